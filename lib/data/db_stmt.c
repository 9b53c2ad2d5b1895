/* SPDX-License-Identifier: MIT */
/*
 * db_stmt.c -- Prepares statements once, binds, and runs them.
 *
 * A statement is tried again only when that is safe: when the connection was
 * found dead before anything was sent, when a SELECT lost it, or when MariaDB
 * has undone it for a deadlock; and never within a transaction.
 */
#include "data/db_private.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/metrics.h"

enum { ATTEMPTS = 3, PATIENCE_US = 1000000 };

/* -- preparing ------------------------------------------------------------- */

/*
 * Statements are remembered by the address of their row; the text tells one
 * row from another that came to stand at the same address.
 */
struct db_prepared {
	MYSQL_STMT *st;
	char	   *sql;
};

void
db_prepared_free(struct db_prepared **p)
{
	if (*p == NULL)
		return;
	mysql_stmt_close((*p)->st);
	free((*p)->sql);
	free(*p);
	*p = NULL;
}

static void
remember(struct db *db, uint64_t key, MYSQL_STMT *st, const char *sql)
{
	struct db_prepared *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->sql = strdup(sql)) == NULL)
		abort();
	p->st = st;
	map_put(db->stmts, key, p);
}

static MYSQL_STMT *
recall(struct db *db, uint64_t key, const char *sql)
{
	struct db_prepared *p = map_get(db->stmts, key);

	if (p == NULL || strcmp(p->sql, sql) == 0)
		return p == NULL ? NULL : p->st;
	map_remove(db->stmts, key);
	db_prepared_free(&p);
	return NULL;
}

/*
 * One prepared statement for each row of a table, and of those with a list
 * one for each power of two.  Addresses have 47 bits.
 */
static uint64_t
cache_key(const struct db_call *call)
{
	unsigned variant =
	    call->is_list ? (unsigned)__builtin_ctzll(call->n) + 1 : 0;

	return (uint64_t)(uintptr_t)call->stmt << 8 | variant;
}

static int
check(const struct db_call *call, MYSQL_STMT *st, struct err *e)
{
	const char *out = call->stmt->out == NULL ? "" : call->stmt->out;
	size_t	    params = mysql_stmt_param_count(st);
	size_t	    columns = mysql_stmt_field_count(st);

	if (params != strlen(call->in))
		return err_set(e, ERR_INTERNAL, "internal",
		    "%zu parameters, signature \"%.40s\": %.100s", params,
		    call->in, call->stmt->sql);
	/* Of a CALL the columns are known only when it has run. */
	if (columns != 0 && columns != strlen(out))
		return err_set(e, ERR_INTERNAL, "internal",
		    "%zu columns, signature \"%.40s\": %.100s", columns, out,
		    call->stmt->sql);
	return 0;
}

/* What it is called; then its parameters and its columns, and an end of each.
 */
static bool
has_come_prepared(struct db *db, MYSQL_STMT *st)
{
	size_t params = mysql_stmt_param_count(st);
	size_t columns = mysql_stmt_field_count(st);

	return db_has_come(
	    db, 1 + params + (params > 0) + columns + (columns > 0));
}

static MYSQL_STMT *
prepare(struct db *db, const struct db_call *call, struct err *e)
{
	int64_t	    start_us = clock_mono_us();
	const char *sql = call->stmt->sql;
	MYSQL_STMT *st = recall(db, cache_key(call), sql);
	int	    rc;

	if (st != NULL)
		return st;
	if (call->is_list)
		sql = db_list_sql(db->scratch, sql, call->n);
	if ((st = mysql_stmt_init(db->mysql)) == NULL)
		abort();
	db->packet = 1;
	if (mysql_stmt_prepare(st, sql, strlen(sql)) != 0)
		rc = db_fail_stmt(db, st, sql, start_us, e);
	else if (!has_come_prepared(db, st))
		rc = db_fail_mixed_up(db, sql, start_us, e);
	else
		rc = check(call, st, e);
	if (rc == -1) {
		mysql_stmt_close(st);
		return NULL;
	}
	remember(db, cache_key(call), st, call->stmt->sql);
	return st;
}

int
db_prepare_all(
    struct db *db, const struct db_stmt *stmts, size_t n, struct err *e)
{
	arena_reset(db->scratch);
	for (size_t i = 0; i < n; i++) {
		bool	       is_list = strchr(stmts[i].in, '{') != NULL;
		struct db_call call = {
		    &stmts[i], is_list, is_list, stmts[i].in, NULL};
		char  *in = arena_strdup(db->scratch, stmts[i].in);
		size_t kept = 0;

		/* For a list of one the signature is as it is, bar braces. */
		for (char *at = in; *at != '\0'; at++)
			if (*at != '{' && *at != '}')
				in[kept++] = *at;
		in[kept] = '\0';
		call.in = in;
		if (db_connect(db, e) == -1 || prepare(db, &call, e) == NULL)
			return -1;
	}
	return 0;
}

/* -- running --------------------------------------------------------------- */

static MYSQL_BIND *
bind_one(struct arena *a, const char *in, const struct db_value *params)
{
	size_t	    n = strlen(in);
	MYSQL_BIND *binds = arena_alloc(a, n * sizeof(*binds));
	my_bool	   *nulls = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++) {
		struct db_value *v = arena_memdup(a, &params[i], sizeof(*v));

		nulls[i] = (my_bool)v->is_null;
		binds[i].is_null = &nulls[i];
		if (in[i] == 'u' || in[i] == 'i') {
			binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
			binds[i].is_unsigned = (my_bool)(in[i] == 'u');
			binds[i].buffer = &v->u;
		} else {
			binds[i].buffer_type =
			    in[i] == 's' ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
			binds[i].buffer = (void *)v->s;
			binds[i].buffer_length = v->len;
			binds[i].length = &v->len;
		}
	}
	return binds;
}

bool
db_only_reads(const struct db_call *call)
{
	const char *sql = call->stmt->sql;

	while (isspace((unsigned char)*sql))
		sql++;
	return call->is_query || strncasecmp(sql, "SELECT", 6) == 0;
}

/* Has the server nothing of a transaction yet that could be lost? */
static bool
is_outside(const struct db *db)
{
	return !db->in_tx || db->is_tx_due;
}

/* Executes; -1 with *e.  *again_r: is it safe to try once more? */
static int
execute(struct db *db, const struct db_call *call, MYSQL_STMT *st,
    bool *again_r, struct err *e)
{
	unsigned    n = call->is_list ? 0 : (unsigned)call->n;
	MYSQL_BIND *binds =
	    n == 0 ? bind_one(db->scratch, call->in, call->params)
		   : db_bind_array(db->scratch, call->in, n, call->params);
	int64_t start_us = clock_mono_us();
	bool	is_answered;

	metric_add(METRIC_DB_QUERIES, 1);
	mysql_stmt_attr_set(st, STMT_ATTR_ARRAY_SIZE, &n);
	db->packet = 1;
	is_answered = mysql_stmt_bind_param(st, binds) == 0 &&
		      mysql_stmt_execute(st) == 0;
	if (is_answered && db_has_begun(db)) {
		breaker_close(&db->breaker);
		if (call->opens)
			db->is_tx_due = false;
		return 0;
	}
	if (is_answered)
		db_fail_mixed_up(db, call->stmt->sql, start_us, e);
	else
		db_fail_stmt(db, st, call->stmt->sql, start_us, e);
	if (db->mysql != NULL) {
		mysql_stmt_reset(st);
		/* How far it came is unknown: there may be one to undo. */
		if (call->opens)
			db->is_tx_due = false;
	}
	*again_r =
	    is_outside(db) &&
	    (e->is_retryable || (db->mysql == NULL && db_only_reads(call) &&
				    clock_mono_us() - start_us < PATIENCE_US));
	return -1;
}

MYSQL_STMT *
db_start(struct db *db, const struct db_call *call, struct err *e)
{
	MYSQL_STMT *st;
	bool	    again = true;

	if (db->is_tx_due && !call->opens && db_tx_open(db, e) == -1)
		return NULL;
	for (int attempt = 0; again && attempt < ATTEMPTS; attempt++) {
		if (db_connect(db, e) == -1)
			return NULL;
		if ((st = prepare(db, call, e)) == NULL) {
			/* What was not even prepared has not been run. */
			again = is_outside(db) && db->mysql == NULL;
			continue;
		}
		if (execute(db, call, st, &again, e) == 0) {
			if (attempt > 0)
				err_clear(e);
			return st;
		}
	}
	return NULL;
}
