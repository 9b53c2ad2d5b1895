/* SPDX-License-Identifier: MIT */
/*
 * store_entry.c -- Invitations and requests in MariaDB.
 */
#include "conversation/store_entry.h"

#include "base/arena.h"
#include "data/db.h"
#include "sync/sync.h"

enum {
	INVITE,
	UNINVITE,
	INVITATIONS,
	INVITATIONS_OF,
	ASK,
	UNASK,
	REQUESTS,
	REQUESTS_OF,
	ASKED,
	WAITING,
	RATION_DAY,
	RATION_LEFT,
	RATION_TAKE,
	BETWEEN,
	CUT,
	FORGET_INVITATIONS,
	FORGET_REQUESTS,
	FORGET_RATION,
	END_INVITATIONS,
	END_REQUESTS
};

static const struct db_stmt statements[] = {
    [INVITE] = {"INSERT INTO invitation (conv_id, user_id, by_id, created_at) "
		"VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE conv_id = conv_id",
	"uuui", NULL},
    [UNINVITE] = {"DELETE FROM invitation WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [INVITATIONS] = {"SELECT conv_id, user_id, by_id, '', created_at "
		     "FROM invitation WHERE conv_id = ? AND user_id > ? "
		     "ORDER BY user_id LIMIT ?",
	"uuu", "uuusi"},
    [INVITATIONS_OF] = {"SELECT i.conv_id, i.user_id, i.by_id, '', "
			"i.created_at FROM invitation i "
			"JOIN conversation c ON c.id = i.conv_id "
			"WHERE i.user_id = ? AND i.conv_id > ? "
			"AND c.status = 0 ORDER BY i.conv_id LIMIT ?",
	"uuu", "uuusi"},
    [ASK] = {"INSERT INTO join_request (conv_id, user_id, note, created_at) "
	     "VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE note = VALUES(note)",
	"uusi", NULL},
    [UNASK] = {"DELETE FROM join_request WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [REQUESTS] = {"SELECT conv_id, user_id, 0, note, created_at "
		  "FROM join_request WHERE conv_id = ? AND user_id > ? "
		  "ORDER BY user_id LIMIT ?",
	"uuu", "uuusi"},
    /* Of what cannot be joined any more nothing is shown to who asked. */
    [REQUESTS_OF] = {"SELECT r.conv_id, r.user_id, 0, r.note, r.created_at "
		     "FROM join_request r "
		     "JOIN conversation c ON c.id = r.conv_id "
		     "WHERE r.user_id = ? AND r.conv_id > ? AND c.status = 0 "
		     "AND c.join_policy <> 3 ORDER BY r.conv_id LIMIT ?",
	"uuu", "uuusi"},
    [ASKED] = {"SELECT COUNT(*) FROM join_request WHERE user_id = ?", "u", "u"},
    [WAITING] = {"SELECT user_id, COUNT(*) FROM invitation "
		 "WHERE user_id IN ({?|,}) GROUP BY user_id",
	"{u}", "uu"},
    [RATION_DAY] = {"INSERT INTO invitation_ration (user_id, day, sent) "
		    "VALUES (?, ?, 0) ON DUPLICATE KEY UPDATE "
		    "sent = IF(day = VALUES(day), sent, 0), day = VALUES(day)",
	"uu", NULL},
    [RATION_LEFT] = {"SELECT sent FROM invitation_ration WHERE user_id = ?",
	"u", "u"},
    [RATION_TAKE] = {"UPDATE invitation_ration SET sent = sent + ? "
		     "WHERE user_id = ?",
	"uu", NULL},
    [BETWEEN] = {"SELECT user_id, conv_id FROM invitation "
		 "WHERE user_id = ? AND by_id = ? UNION ALL "
		 "SELECT user_id, conv_id FROM invitation "
		 "WHERE user_id = ? AND by_id = ?",
	"uuuu", "uu"},
    [CUT] = {"DELETE FROM invitation WHERE user_id = ? AND by_id = ?", "uu",
	NULL},
    [FORGET_INVITATIONS] = {"DELETE FROM invitation WHERE user_id = ?", "u",
	NULL},
    [FORGET_REQUESTS] = {"DELETE FROM join_request WHERE user_id = ?", "u",
	NULL},
    [END_INVITATIONS] = {"DELETE FROM invitation WHERE conv_id = ?", "u", NULL},
    [END_REQUESTS] = {"DELETE FROM join_request WHERE conv_id = ?", "u", NULL},
    [FORGET_RATION] = {"DELETE FROM invitation_ration WHERE user_id = ?", "u",
	NULL},
};

static int
one(int64_t rows)
{
	return rows == -1 ? -1 : rows > 0;
}

/* -- invitations and requests ---------------------------------------------- */

enum { INVITE_WIDTH = 4 };

int
entry_store_invite(struct db *db, struct arena *a, uint64_t conv_id,
    const uint64_t *ids, size_t n, uint64_t by_id, int64_t now_ms,
    struct err *e)
{
	struct db_value *rows =
	    arena_alloc(a, n * INVITE_WIDTH * sizeof(*rows));

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		rows[i * INVITE_WIDTH] = db_val_u(conv_id);
		rows[i * INVITE_WIDTH + 1] = db_val_u(ids[i]);
		rows[i * INVITE_WIDTH + 2] = db_val_u(by_id);
		rows[i * INVITE_WIDTH + 3] = db_val_i(now_ms);
	}
	return db_exec_many(db, &statements[INVITE], n, rows, e) == -1 ? -1 : 0;
}

int
entry_store_uninvite(
    struct db *db, uint64_t conv_id, uint64_t user_id, struct err *e)
{
	return one(db_exec(db, &statements[UNINVITE], e, conv_id, user_id));
}

static int
askings(struct db *db, int statement, struct arena *a, uint64_t of,
    uint64_t after, unsigned limit, struct group_asking **list_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[statement], a, &rows, e, of, after,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct group_asking){
		    .conv_id = db_u(&rows, r, 0),
		    .user_id = db_u(&rows, r, 1),
		    .by_id = db_u(&rows, r, 2),
		    .note = db_s(&rows, r, 3),
		    .created_ms = db_i(&rows, r, 4),
		};
	return 0;
}

int
entry_store_invitations(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t after, unsigned limit, struct group_asking **list_r, size_t *n_r,
    struct err *e)
{
	return askings(
	    db, INVITATIONS, a, conv_id, after, limit, list_r, n_r, e);
}

int
entry_store_invitations_of(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t after, unsigned limit, struct group_asking **list_r, size_t *n_r,
    struct err *e)
{
	return askings(
	    db, INVITATIONS_OF, a, user_id, after, limit, list_r, n_r, e);
}

int
entry_store_ask(struct db *db, const struct group_asking *asking, struct err *e)
{
	return db_exec(db, &statements[ASK], e, asking->conv_id,
		   asking->user_id, asking->note, asking->created_ms) == -1
		   ? -1
		   : 0;
}

int
entry_store_unask(
    struct db *db, uint64_t conv_id, uint64_t user_id, struct err *e)
{
	return one(db_exec(db, &statements[UNASK], e, conv_id, user_id));
}

int
entry_store_requests(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t after, unsigned limit, struct group_asking **list_r, size_t *n_r,
    struct err *e)
{
	return askings(db, REQUESTS, a, conv_id, after, limit, list_r, n_r, e);
}

int
entry_store_requests_of(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t after, unsigned limit, struct group_asking **list_r, size_t *n_r,
    struct err *e)
{
	return askings(
	    db, REQUESTS_OF, a, user_id, after, limit, list_r, n_r, e);
}

int
entry_store_asked(struct db *db, struct arena *a, uint64_t user_id, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[ASKED], a, &rows, e, user_id) == -1)
		return -1;
	*n_r = db_u(&rows, 0, 0);
	return 0;
}

/* -- bounds ---------------------------------------------------------------- */

int
entry_store_hold(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    uint64_t day, struct err *e)
{
	struct db_value *rows = arena_alloc(a, 2 * n * sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		rows[2 * i] = db_val_u(ids[i]);
		rows[2 * i + 1] = db_val_u(day);
	}
	return db_exec_many(db, &statements[RATION_DAY], n, rows, e) == -1 ? -1
									   : 0;
}

int
entry_store_waiting(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, uint64_t *waiting_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		waiting_r[i] = 0;
		params[i] = db_val_u(ids[i]);
	}
	if (n == 0)
		return 0;
	if (db_query_list(db, &statements[WAITING], a, &rows, n, params, e) ==
	    -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (ids[i] == db_u(&rows, r, 0))
				waiting_r[i] = db_u(&rows, r, 1);
	return 0;
}

int
entry_store_ration(struct db *db, struct arena *a, uint64_t user_id,
    unsigned want, unsigned max, unsigned *granted_r, struct err *e)
{
	struct db_rows rows;
	uint64_t       sent, left;

	if (db_query(db, &statements[RATION_LEFT], a, &rows, e, user_id) == -1)
		return -1;
	sent = rows.n > 0 ? db_u(&rows, 0, 0) : max;
	left = sent < max ? max - sent : 0;
	*granted_r = want < left ? want : (unsigned)left;
	if (*granted_r == 0)
		return 0;
	return db_exec(db, &statements[RATION_TAKE], e, (uint64_t)*granted_r,
		   user_id) == -1
		   ? -1
		   : 0;
}

/* -- endings --------------------------------------------------------------- */

int
entry_store_cut(struct db *db, struct arena *a, uint64_t x, uint64_t y,
    struct sync_place **places_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[BETWEEN], a, &rows, e, x, y, y, x) == -1)
		return -1;
	*places_r = arena_alloc(a, rows.n * sizeof(**places_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*places_r)[r] = (struct sync_place){
		    db_u(&rows, r, 0), SYNC_CONVERSATION, db_u(&rows, r, 1)};
	if (rows.n == 0)
		return 0;
	if (db_exec(db, &statements[CUT], e, x, y) == -1 ||
	    db_exec(db, &statements[CUT], e, y, x) == -1)
		return -1;
	return 0;
}

/* Runs statements about one id, each of them. */
static int
each(struct db *db, const int *list, size_t n, uint64_t id, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db_exec(db, &statements[list[i]], e, id) == -1)
			return -1;
	return 0;
}

int
entry_store_turn_away(struct db *db, uint64_t conv_id, struct err *e)
{
	static const int all[] = {END_INVITATIONS, END_REQUESTS};

	return each(db, all, sizeof(all) / sizeof(all[0]), conv_id, e);
}

int
entry_store_forget(struct db *db, uint64_t user_id, struct err *e)
{
	static const int all[] = {
	    FORGET_INVITATIONS, FORGET_REQUESTS, FORGET_RATION};

	return each(db, all, sizeof(all) / sizeof(all[0]), user_id, e);
}

const struct db_stmt *
entry_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
