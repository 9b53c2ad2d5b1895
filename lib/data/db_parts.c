/* SPDX-License-Identifier: MIT */
/*
 * db_parts.c -- Several statements in one round trip.
 *
 * They are run as one compound statement, which is made and kept for every
 * combination that is met; programs have a handful of them.  Where a
 * transaction is due it begins with that; so does the first query of any.
 */
#include "data/db_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/metrics.h"
#include "base/str.h"

/* Between nodes of a cluster ids have gaps: there none is told. */
#define FIRST_ID "SELECT LAST_INSERT_ID() * (@@auto_increment_increment = 1)"

struct db_compound {
	struct db_compound   *next;
	const struct db_stmt *parts[DB_PARTS_MAX];
	size_t		      caps[DB_PARTS_MAX]; /* of their lists */
	size_t		      n;
	bool		      opens, commits, tells_id;
	struct db_stmt	      whole;
};

/* -- the combinations ------------------------------------------------------ */

static void
compound_write(struct db *db, struct db_compound *c)
{
	struct strbuf sql;

	strbuf_init(&sql, db->arena);
	strbuf_adds(&sql, "BEGIN NOT ATOMIC ");
	if (c->opens)
		strbuf_adds(&sql, "START TRANSACTION; ");
	for (size_t i = 0; i < c->n; i++) {
		const char *part = c->parts[i]->sql;

		strbuf_adds(&sql, c->caps[i] == 0 ? part
						  : db_list_sql(db->scratch,
							part, c->caps[i]));
		strbuf_adds(&sql, "; ");
	}
	strbuf_adds(&sql, c->commits ? "COMMIT; " : "");
	strbuf_adds(&sql, c->tells_id ? FIRST_ID "; END" : "END");
	c->whole = (struct db_stmt){sql.data, NULL, NULL};
}

static bool
is_same(const struct db_compound *x, const struct db_compound *y)
{
	size_t i = 0;

	while (i < x->n && i < y->n && x->parts[i] == y->parts[i] &&
	       x->caps[i] == y->caps[i])
		i++;
	return i == x->n && i == y->n && x->opens == y->opens &&
	       x->commits == y->commits && x->tells_id == y->tells_id;
}

static const struct db_stmt *
compound_get(struct db *db, const struct db_compound *wanted)
{
	struct db_compound *c = db->compounds;

	while (c != NULL && !is_same(c, wanted))
		c = c->next;
	if (c == NULL) {
		c = arena_memdup(db->arena, wanted, sizeof(*wanted));
		compound_write(db, c);
		c->next = db->compounds;
		db->compounds = c;
	}
	return &c->whole;
}

/* -- a call ---------------------------------------------------------------- */

/* Signatures and parameters of the parts, spelled out, one after the other. */
static void
call_join(struct arena *a, const struct db_part *parts,
    const struct db_compound *c, struct db_call *call)
{
	struct strbuf	 in;
	struct db_value *params;
	size_t		 at = 0;
	struct db_call	 each[DB_PARTS_MAX];

	strbuf_init(&in, a);
	for (size_t i = 0; i < c->n; i++) {
		each[i] = (struct db_call){.stmt = parts[i].stmt,
		    .in = parts[i].stmt->in,
		    .params = parts[i].params};
		if (c->caps[i] > 0)
			db_list_spell(a, &each[i], parts[i].n, c->caps[i]);
		strbuf_adds(&in, each[i].in);
	}
	params = arena_alloc(a, in.len * sizeof(*params));
	for (size_t i = 0; i < c->n; i++) {
		size_t width = strlen(each[i].in);

		if (width > 0)
			memcpy(params + at, each[i].params,
			    width * sizeof(*params));
		at += width;
	}
	call->in = in.len > 0 ? in.data : "";
	call->params = params;
}

static int
call_make(struct db *db, const struct db_part *parts, size_t n, bool is_query,
    bool commits, bool tells_id, struct db_call *call_r, struct err *e)
{
	struct db_compound c = {.n = n,
	    .opens = db->is_tx_due,
	    .commits = commits,
	    .tells_id = tells_id};

	if (n == 0 || n > DB_PARTS_MAX)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%zu parts of a statement", n);
	for (size_t i = 0; i < n; i++) {
		c.parts[i] = parts[i].stmt;
		c.caps[i] = is_query && parts[i].n > 0 ? db_list_cap(parts[i].n)
						       : parts[i].n;
	}
	*call_r = (struct db_call){.opens = c.opens, .is_query = is_query};
	call_r->stmt = compound_get(db, &c);
	call_join(db->scratch, parts, &c, call_r);
	return 0;
}

/* -- results --------------------------------------------------------------- */

/* Each part's rows in turn; an error of a later part comes between them. */
static int
fetch_all(struct db *db, const struct db_part *parts, size_t n, MYSQL_STMT *st,
    struct arena *a, size_t max, struct db_rows *rows_r, struct err *e)
{
	const char *sql = NULL;

	for (size_t i = 0; i < n; i++) {
		sql = parts[i].stmt->sql;
		if ((i > 0 && db_next(db, st, sql, e) == -1) ||
		    db_fetch(db, parts[i].stmt->out, sql, st, a, max,
			&rows_r[i], e) == -1)
			return -1;
	}
	return db_finish(db, st, sql, e);
}

static int
query_parts(struct db *db, const struct db_part *parts, size_t n,
    struct arena *a, size_t max, struct db_rows *rows_r, struct err *e)
{
	int64_t	       start_us = clock_mono_us();
	struct db_call call;
	MYSQL_STMT    *st;

	if (call_make(db, parts, n, true, false, false, &call, e) == -1 ||
	    (st = db_start(db, &call, e)) == NULL ||
	    fetch_all(db, parts, n, st, a, max, rows_r, e) == -1)
		return -1;
	metric_observe_us(METRIC_DB_SECONDS, clock_mono_us() - start_us);
	return 0;
}

static int
exec_for_id(
    struct db *db, const struct db_call *call, uint64_t *id_r, struct err *e)
{
	int64_t	       start_us = clock_mono_us();
	struct db_rows rows;
	MYSQL_STMT    *st = db_start(db, call, e);

	if (st == NULL || db_fetch(db, "u", call->stmt->sql, st, db->scratch, 1,
			      &rows, e) == -1)
		return -1;
	*id_r = db_u(&rows, 0, 0);
	if (db_finish(db, st, call->stmt->sql, e) == -1)
		return -1;
	metric_observe_us(METRIC_DB_SECONDS, clock_mono_us() - start_us);
	return 0;
}

int
db_exec_parts(struct db *db, const struct db_part *parts, size_t n,
    bool commits, uint64_t *id_r, struct err *e)
{
	struct db_call call;
	int	       rc;

	arena_reset(db->scratch);
	if (call_make(db, parts, n, false, commits, id_r != NULL, &call, e) ==
	    -1)
		return -1;
	rc = id_r != NULL ? exec_for_id(db, &call, id_r, e)
	     : db_exec_call(db, &call, e) == -1 ? -1
						: 0;
	if (rc == 0 && commits)
		db->in_tx = false;
	return rc;
}

int
db_query_parts(struct db *db, const struct db_part *parts, size_t n,
    struct arena *a, struct db_rows *rows_r, struct err *e)
{
	arena_reset(db->scratch);
	return query_parts(db, parts, n, a, SIZE_MAX, rows_r, e);
}

int
db_query_opening(struct db *db, const struct db_call *query, struct arena *a,
    size_t max, struct db_rows *rows, struct err *e)
{
	struct db_part part = {query->stmt, query->params, 0};

	/* A list was spelled out already: it is the statement's from here. */
	if (query->is_list)
		part.n = query->n;
	return query_parts(db, &part, 1, a, max, rows, e);
}
