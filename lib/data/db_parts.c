/* SPDX-License-Identifier: MIT */
/*
 * db_parts.c -- Several statements in one round trip.
 *
 * They are run as one compound statement, which is made and kept for every
 * combination that is met; programs have a handful of them.
 */
#include "data/db_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct db_compound {
	struct db_compound   *next;
	const struct db_stmt *parts[DB_PARTS_MAX];
	size_t		      n;
	bool		      commits;
	struct db_stmt	      whole;
};

static struct db_compound *
compound_make(
    struct db *db, const struct db_part *parts, size_t n, bool commits)
{
	struct db_compound *c = arena_alloc(db->arena, sizeof(*c));
	struct strbuf	    sql, in;

	strbuf_init(&sql, db->arena);
	strbuf_init(&in, db->arena);
	strbuf_adds(&sql, "BEGIN NOT ATOMIC ");
	for (size_t i = 0; i < n; i++) {
		c->parts[i] = parts[i].stmt;
		strbuf_adds(&sql, parts[i].stmt->sql);
		strbuf_adds(&sql, "; ");
		strbuf_adds(&in, parts[i].stmt->in);
	}
	strbuf_adds(&sql, commits ? "COMMIT; END" : "END");
	c->n = n;
	c->commits = commits;
	c->whole = (struct db_stmt){sql.data, in.data, NULL};
	c->next = db->compounds;
	return db->compounds = c;
}

static struct db_compound *
compound_get(struct db *db, const struct db_part *parts, size_t n, bool commits)
{
	for (struct db_compound *c = db->compounds; c != NULL; c = c->next) {
		size_t i = 0;

		while (i < n && i < c->n && c->parts[i] == parts[i].stmt)
			i++;
		if (i == n && i == c->n && c->commits == commits)
			return c;
	}
	return compound_make(db, parts, n, commits);
}

int
db_exec_parts(struct db *db, const struct db_part *parts, size_t n,
    bool commits, struct err *e)
{
	struct db_call	 call = {0};
	struct db_value *params;
	size_t		 at = 0;

	if (n == 0 || n > DB_PARTS_MAX)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%zu parts of a statement", n);
	arena_reset(db->scratch);
	call.stmt = &compound_get(db, parts, n, commits)->whole;
	call.in = call.stmt->in;
	params = arena_alloc(db->scratch, strlen(call.in) * sizeof(*params));
	for (size_t i = 0; i < n; i++) {
		size_t width = strlen(parts[i].stmt->in);

		memcpy(params + at, parts[i].params, width * sizeof(*params));
		at += width;
	}
	call.params = params;
	if (db_exec_call(db, &call, e) == -1)
		return -1;
	if (commits)
		db->in_tx = false;
	return 0;
}
