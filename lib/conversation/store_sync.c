/* SPDX-License-Identifier: MIT */
/*
 * store_sync.c -- Which conversations moved, in MariaDB.
 *
 * Looks at the heads of all the user's conversations by their keys: a few
 * look-ups each, and nothing that a send would have to keep for it.
 */
#include "base/arena.h"
#include "conversation/group.h"
#include "conversation/rights.h"
#include "conversation/store.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "sync/sync.h"

#define MS(time) "CAST(UNIX_TIMESTAMP(" time ") * 1000 AS SIGNED)"
#define SINCE "FROM_UNIXTIME(v.ms / 1000)"

enum { MOVES, SEATS, PLACES, STATEMENTS };

static const struct db_stmt statements[STATEMENTS] = {
    /* Everybody is in the world channel, with or without a row of their own. */
    [MOVES] =
	{"SELECT c.id, c.type, c.status <> 0, "
	 "GREATEST(COALESCE(m.joined_seq, v.world_seq), "
	 "COALESCE(m.cleared_seq, 0)), c.last_seq, c.last_at, "
	 "COALESCE(m.read_seq, v.world_seq), "
	 "COALESCE(m.delivered_seq, v.world_seq), "
	 "COALESCE(p.user_id, 0), COALESCE(p.read_seq, 0), "
	 "COALESCE(p.delivered_seq, 0), " MS(
	     "c.moved_at") ", "
			   "COALESCE(" MS(
			       "m.moved_at") ", 0), "
					     "COALESCE(" MS(
						 "p.moved_at") ", 0) "
							       "FROM (SELECT "
							       "CAST(? AS "
							       "SIGNED) AS ms, "
							       "CAST(? AS "
							       "UNSIGNED) "
							       "AS user_id, "
							       "CAST(? AS "
							       "UNSIGNED) AS "
							       "world_seq) v "
							       "JOIN (SELECT "
							       "conv_id FROM "
							       "member "
							       "WHERE user_id "
							       "= ? AND "
							       "conv_id > ? "
							       "UNION SELECT "
							       "id "
							       "FROM "
							       "conversation "
							       "WHERE "
							       "singleton = 1 "
							       "AND id > ?) "
							       "mine "
							       "STRAIGHT_JOIN "
							       "conversation c "
							       "ON c.id = "
							       "mine.conv_id "
							       "LEFT JOIN "
							       "member m ON "
							       "m.conv_id = "
							       "c.id "
							       "AND m.user_id "
							       "= v.user_id "
							       "LEFT JOIN "
							       "member p ON "
							       "c.type = 1 AND "
							       "p.conv_id = "
							       "c.id "
							       "AND p.user_id "
							       "= "
							       "IF(c.user_low "
							       "= v.user_id, "
							       "c.user_high, "
							       "c.user_low) "
							       "WHERE "
							       "c.moved_at "
							       ">= " SINCE
							       " OR m.moved_at "
							       ">= " SINCE " "
							       "OR p.moved_at "
							       ">= " SINCE
							       " ORDER BY c.id "
							       "LIMIT ?",
	    "iuuuuuu", "uuuuuiuuuuuiii"},
    [SEATS] = {"SELECT m.conv_id, m.user_id, m.role, m.permissions, "
	       "m.nickname, m.muted_until, m.joined_at "
	       "FROM ({SELECT CAST(? AS UNSIGNED) AS conv_id, "
	       "CAST(? AS UNSIGNED) AS user_id| UNION ALL }) d "
	       "STRAIGHT_JOIN member m "
	       "ON m.conv_id = d.conv_id AND m.user_id = d.user_id",
	"{uu}", "uuuusii"},
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
	struct conversation_viewer v;
	struct db_rows		   rows;

	if (conversation_viewer_get(app, a, user_id, &v, e) == -1 ||
	    db_query(app->db, &statements[MOVES], a, &rows, e, since_ms,
		user_id, v.world_seq, user_id, after, after,
		(uint64_t)limit) == -1)
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

int
conversation_members_at(struct app *app, struct arena *a,
    const struct conversation_seat *seats, size_t n,
    struct group_member *members_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, 2 * n * sizeof(*params));
	struct db_rows	 rows = {0};

	for (size_t i = 0; i < n; i++) {
		members_r[i] = (struct group_member){.nickname = ""};
		params[2 * i] = db_val_u(seats[i].conv_id);
		params[2 * i + 1] = db_val_u(seats[i].user_id);
	}
	if (n > 0 && db_query_list(app->db, &statements[SEATS], a, &rows, n,
			 params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (seats[i].conv_id == db_u(&rows, r, 0) &&
			    seats[i].user_id == db_u(&rows, r, 1))
				members_r[i] = (struct group_member){
				    .user_id = seats[i].user_id,
				    .role = (enum member_role)db_u(&rows, r, 2),
				    .permissions = (unsigned)db_u(&rows, r, 3),
				    .nickname = db_s(&rows, r, 4),
				    .muted_until_ms = db_i(&rows, r, 5),
				    .joined_ms = db_i(&rows, r, 6),
				};
	return 0;
}
