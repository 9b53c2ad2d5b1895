/* SPDX-License-Identifier: MIT */
/*
 * store_mention.c -- How often somebody is called beyond what they have read.
 *
 * Each row of mention knows its number among those of the same person in the
 * same conversation, so a count is that of the last less that of the last one
 * read, however many there are.  lib/message writes them.
 */
#include "base/arena.h"
#include "conversation/store.h"
#include "data/db.h"

enum { COUNT, STATEMENTS };

/* The number of the last row there is for whom, and up to a seq. */
#define LAST(whom, upto)                                             \
	"COALESCE((SELECT n.nth FROM mention n "                     \
	"WHERE n.conv_id = d.conv_id AND n.user_id = " whom " " upto \
	"ORDER BY n.seq DESC LIMIT 1), 0)"
#define BEYOND(whom) LAST(whom, "") " - " LAST(whom, "AND n.seq <= d.seen ")

static const struct db_stmt statements[STATEMENTS] = {
    [COUNT] = {"SELECT d.i, " BEYOND("v.user_id") " + " BEYOND(
		   "0") " FROM (SELECT CAST(? AS UNSIGNED) AS user_id) v "
			"JOIN ({SELECT CAST(? AS UNSIGNED) AS i, "
			"CAST(? AS UNSIGNED) AS conv_id, "
			"CAST(? AS UNSIGNED) AS seen| UNION ALL }) d",
	"u{uuu}", "uu"},
};

int
conversation_store_mentions(struct db *db, struct arena *a, uint64_t user_id,
    const struct conversation *c, size_t n, unsigned *counts_r, struct err *e)
{
	enum { WIDTH = 3 };
	struct db_value *params =
	    arena_alloc(a, (1 + n * WIDTH) * sizeof(*params));
	struct db_rows rows;
	size_t	       nasked = 0;

	params[0] = db_val_u(user_id);
	for (size_t i = 0; i < n; i++) {
		struct db_value *p = params + 1 + nasked * WIDTH;
		uint64_t	 unread = conversation_unread(&c[i]);

		counts_r[i] = 0;
		if (c[i].type == CONVERSATION_DIRECT || unread == 0)
			continue;
		p[0] = db_val_u(i);
		p[1] = db_val_u(c[i].id);
		p[2] = db_val_u(c[i].last_seq - unread);
		nasked++;
	}
	if (nasked == 0)
		return 0;
	if (db_query_list(
		db, &statements[COUNT], a, &rows, nasked, params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		if (!db_is_null(&rows, r, 0))
			counts_r[db_u(&rows, r, 0)] =
			    (unsigned)db_u(&rows, r, 1);
	return 0;
}

const struct db_stmt *
conversation_mention_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
