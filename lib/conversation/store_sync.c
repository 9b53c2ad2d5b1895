/* SPDX-License-Identifier: MIT */
/*
 * store_sync.c -- Which conversations moved, in MariaDB.
 *
 * Looks at the heads of all the user's conversations by their keys: a few
 * look-ups each, and nothing that a send would have to keep for it.
 */
#include "base/arena.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "sync/sync.h"

#define MS(time) "CAST(UNIX_TIMESTAMP(" time ") * 1000 AS SIGNED)"

enum { MOVES, PLACES, STATEMENTS };

static const struct db_stmt statements[STATEMENTS] = {
    [MOVES] =
	{"SELECT c.id, c.type, c.status <> 0, GREATEST(m.joined_seq, "
	 "m.cleared_seq), "
	 "c.last_seq, c.last_at, m.read_seq, m.delivered_seq, "
	 "COALESCE(p.user_id, 0), COALESCE(p.read_seq, 0), "
	 "COALESCE(p.delivered_seq, 0), " MS("c.moved_at") ", " MS(
	     "m.moved_at") ", COALESCE(" MS("p.moved_at") ", 0) "
							  "FROM (SELECT CAST(? "
							  "AS SIGNED) AS ms) "
							  "since "
							  "JOIN member m "
							  "JOIN conversation c "
							  "ON c.id = m.conv_id "
							  "LEFT JOIN member p "
							  "ON c.type = 1 AND "
							  "p.conv_id = c.id "
							  "AND p.user_id = "
							  "IF(c.user_low = "
							  "m.user_id, "
							  "c.user_high, "
							  "c.user_low) "
							  "WHERE m.user_id = ? "
							  "AND m.conv_id > ? "
							  "AND (c.moved_at >= "
							  "FROM_UNIXTIME(since."
							  "ms / 1000) "
							  "OR m.moved_at >= "
							  "FROM_UNIXTIME(since."
							  "ms / 1000) "
							  "OR p.moved_at >= "
							  "FROM_UNIXTIME(since."
							  "ms / 1000)) "
							  "ORDER BY m.conv_id "
							  "LIMIT ?",
	    "iuuu", "uuuuuiuuuuuiii"},
    [PLACES] = {"SELECT IF(c.user_low = m.user_id, c.user_high, c.user_low), "
		"c.id FROM member m JOIN conversation c "
		"ON c.id = m.conv_id AND c.type = 1 "
		"WHERE m.user_id = ? LIMIT ?",
	"uu", "uu"},
};

const struct db_stmt *
conversation_sync_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}

int
conversation_moves(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t after, int64_t since_ms, unsigned limit,
    struct conversation_move **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(app->db, &statements[MOVES], a, &rows, e, since_ms,
		user_id, after, (uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct conversation_move){
		    .conv_id = db_u(&rows, r, 0),
		    .type = (enum conversation_type)db_u(&rows, r, 1),
		    .is_over = db_u(&rows, r, 2) != 0,
		    .floor_seq = db_u(&rows, r, 3),
		    .last_seq = db_u(&rows, r, 4),
		    .last_at_ms = db_i(&rows, r, 5),
		    .read_seq = db_u(&rows, r, 6),
		    .delivered_seq = db_u(&rows, r, 7),
		    .peer_id = db_u(&rows, r, 8),
		    .peer_read_seq = db_u(&rows, r, 9),
		    .peer_delivered_seq = db_u(&rows, r, 10),
		    .moved_ms = db_i(&rows, r, 11),
		    .own_moved_ms = db_i(&rows, r, 12),
		    .peer_moved_ms = db_i(&rows, r, 13),
		};
	*n_r = rows.n;
	return 0;
}

int
conversation_places(struct db *db, struct arena *a, uint64_t user_id,
    size_t cap, struct sync_place **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[PLACES], a, &rows, e, user_id,
		(uint64_t)cap) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct sync_place){
		    db_u(&rows, r, 0), SYNC_CONVERSATION, db_u(&rows, r, 1)};
	return 0;
}
