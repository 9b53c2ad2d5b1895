/* SPDX-License-Identifier: MIT */
/*
 * db_call.c -- The calls that contexts make: typed arguments in, rows out.
 */
#include "data/db_private.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/metrics.h"

/* -- values ---------------------------------------------------------------- */

static const struct db_value *
value_at(const struct db_rows *rows, size_t r, size_t c)
{
	return &rows->values[r * rows->ncols + c];
}

uint64_t
db_u(const struct db_rows *rows, size_t r, size_t c)
{
	return value_at(rows, r, c)->u;
}

int64_t
db_i(const struct db_rows *rows, size_t r, size_t c)
{
	return (int64_t)value_at(rows, r, c)->u;
}

const char *
db_s(const struct db_rows *rows, size_t r, size_t c)
{
	return value_at(rows, r, c)->s;
}

size_t
db_len(const struct db_rows *rows, size_t r, size_t c)
{
	return value_at(rows, r, c)->len;
}

bool
db_is_null(const struct db_rows *rows, size_t r, size_t c)
{
	return value_at(rows, r, c)->is_null;
}

struct db_value
db_val_u(uint64_t u)
{
	return (struct db_value){.u = u};
}

struct db_value
db_val_i(int64_t i)
{
	return (struct db_value){.u = (uint64_t)i};
}

struct db_value
db_val_s(const char *s)
{
	return s == NULL ? db_val_null() : db_val_b(s, strlen(s));
}

struct db_value
db_val_b(const void *p, size_t n)
{
	return p == NULL ? db_val_null() : (struct db_value){.s = p, .len = n};
}

struct db_value
db_val_null(void)
{
	return (struct db_value){.is_null = true};
}

/* -- calls ----------------------------------------------------------------- */

static struct db_value *
read_arguments(struct arena *a, const char *in, va_list ap)
{
	struct db_value *values = arena_alloc(a, strlen(in) * sizeof(*values));

	for (size_t i = 0; in[i] != '\0'; i++) {
		if (in[i] == 'u')
			values[i] = db_val_u(va_arg(ap, uint64_t));
		else if (in[i] == 'i')
			values[i] = db_val_i(va_arg(ap, int64_t));
		else if (in[i] == 's')
			values[i] = db_val_s(va_arg(ap, const char *));
		else {
			const void *p = va_arg(ap, const void *);

			values[i] = db_val_b(p, va_arg(ap, size_t));
		}
	}
	return values;
}

int64_t
db_exec_call(struct db *db, const struct db_call *call, struct err *e)
{
	int64_t	    start_us = clock_mono_us(), affected;
	MYSQL_STMT *st = db_start(db, call, e);

	if (st == NULL)
		return -1;
	affected = (int64_t)mysql_stmt_affected_rows(st);
	if (db_finish(db, st, call->stmt->sql, e) == -1)
		return -1;
	metric_observe_us(METRIC_DB_SECONDS, clock_mono_us() - start_us);
	/* -1 would read as failure; it stands for a CALL or a SELECT. */
	return affected < 0 ? 0 : affected;
}

int
db_query_call(struct db *db, const struct db_call *call, struct arena *a,
    size_t max, struct db_rows *rows, struct err *e)
{
	int64_t	    start_us = clock_mono_us();
	MYSQL_STMT *st;

	if (db->is_tx_due && db_only_reads(call))
		return db_query_opening(db, call, a, max, rows, e);
	st = db_start(db, call, e);
	if (st == NULL ||
	    db_fetch(db, call->stmt->out, call->stmt->sql, st, a, max, rows,
		e) == -1 ||
	    db_finish(db, st, call->stmt->sql, e) == -1)
		return -1;
	metric_observe_us(METRIC_DB_SECONDS, clock_mono_us() - start_us);
	return 0;
}

/* Begins a call: the scratch arena is its own from here on. */
static struct db_call
call_of(struct db *db, const struct db_stmt *stmt, va_list ap)
{
	arena_reset(db->scratch);
	return (struct db_call){.stmt = stmt,
	    .in = stmt->in,
	    .params = read_arguments(db->scratch, stmt->in, ap)};
}

int64_t
db_exec(struct db *db, const struct db_stmt *stmt, struct err *e, ...)
{
	struct db_call call;
	va_list	       ap;

	va_start(ap, e);
	call = call_of(db, stmt, ap);
	va_end(ap);
	return db_exec_call(db, &call, e);
}

uint64_t
db_insert_id(const struct db *db)
{
	return db->insert_id;
}

int
db_query(struct db *db, const struct db_stmt *stmt, struct arena *a,
    struct db_rows *rows, struct err *e, ...)
{
	struct db_call call;
	va_list	       ap;

	va_start(ap, e);
	call = call_of(db, stmt, ap);
	va_end(ap);
	return db_query_call(db, &call, a, SIZE_MAX, rows, e);
}

int
db_find(struct db *db, const struct db_stmt *stmt, struct arena *a,
    struct db_rows *rows, struct err *e, ...)
{
	struct db_call call;
	va_list	       ap;

	va_start(ap, e);
	call = call_of(db, stmt, ap);
	va_end(ap);
	if (db_query_call(db, &call, a, 1, rows, e) == -1)
		return -1;
	return rows->n == 1;
}
