/* SPDX-License-Identifier: MIT */
/*
 * store_member.c -- Who is, was or may not be in a group, in MariaDB.
 *
 * Members are listed by the index `ranked`, so that a page is one range of it
 * wherever it begins.  Many are added by few statements, each over all rows.
 */
#include "conversation/store_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"

enum {
	PEOPLE,
	STANDINGS,
	ENTER,
	FORGET_FORMER,
	FORGET_INVITATION,
	FORGET_REQUEST,
	LEAVE,
	REMEMBER,
	MEMBER_PUT,
	MEMBERS,
	STAFF,
	OF_USER,
	BAN,
	UNBAN,
	BANS
};

enum { STAFF_MAX = 64 };

#define MEMBER "user_id, role, permissions, nickname, muted_until, joined_at"
#define MEMBER_OUT "uuusii"

static const struct db_stmt statements[] = {
    /* Rows come in no order: the first column says whose each is. */
    [PEOPLE] =
	{"SELECT d.id, m.role, m.permissions, m.nickname, m.muted_until, "
	 "m.joined_at, m.last_sent_at, b.user_id IS NOT NULL, "
	 "i.user_id IS NOT NULL, f.user_id IS NOT NULL, "
	 "r.user_id IS NOT NULL "
	 "FROM (SELECT CAST(? AS UNSIGNED) AS conv_id) c STRAIGHT_JOIN "
	 "({SELECT CAST(? AS UNSIGNED) AS id| UNION ALL }) d "
	 "LEFT JOIN member m ON m.conv_id = c.conv_id AND m.user_id = d.id "
	 "LEFT JOIN conversation_ban b "
	 "ON b.conv_id = c.conv_id AND b.user_id = d.id "
	 "LEFT JOIN invitation i "
	 "ON i.conv_id = c.conv_id AND i.user_id = d.id "
	 "LEFT JOIN former_member f "
	 "ON f.conv_id = c.conv_id AND f.user_id = d.id "
	 "LEFT JOIN join_request r "
	 "ON r.conv_id = c.conv_id AND r.user_id = d.id",
	    "u{u}", "uuusiiiuuuu"},
    /* Of one in a thousand it matters why they are no members. */
    [STANDINGS] =
	{"SELECT d.n, c.type, c.status, c.join_policy, c.muted_all, "
	 "c.slow_mode_s, m.role, m.permissions, m.muted_until, "
	 "m.last_sent_at, b.user_id IS NOT NULL, i.user_id IS NOT NULL, "
	 "f.user_id IS NOT NULL, GREATEST(COALESCE(m.cleared_seq, 0), "
	 "IF(c.type = 2 AND NOT c.from_start, COALESCE(m.joined_seq, 0), 0)), "
	 "m.nickname FROM ({SELECT CAST(? AS UNSIGNED) AS n, "
	 "CAST(? AS UNSIGNED) AS conv_id, CAST(? AS UNSIGNED) AS user_id"
	 "| UNION ALL }) d "
	 "STRAIGHT_JOIN conversation c ON c.id = d.conv_id "
	 "LEFT JOIN member m ON m.conv_id = c.id AND m.user_id = d.user_id "
	 "LEFT JOIN conversation_ban b ON m.user_id IS NULL "
	 "AND b.conv_id = c.id AND b.user_id = d.user_id "
	 "LEFT JOIN invitation i ON m.user_id IS NULL "
	 "AND i.conv_id = c.id AND i.user_id = d.user_id "
	 "LEFT JOIN former_member f ON m.user_id IS NULL "
	 "AND f.conv_id = c.id AND f.user_id = d.user_id",
	    "{uuu}", "uuuuuuuuiiuuuus"},
    [ENTER] = {"INSERT INTO member (conv_id, user_id, role, permissions, "
	       "joined_seq, read_seq, delivered_seq, joined_at) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	"uuuuuuui", NULL},
    [FORGET_FORMER] = {"DELETE FROM former_member "
		       "WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [FORGET_INVITATION] = {"DELETE FROM invitation "
			   "WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [FORGET_REQUEST] = {"DELETE FROM join_request "
			"WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [LEAVE] = {"DELETE FROM member WHERE conv_id = ? AND user_id = ?", "uu",
	NULL},
    [REMEMBER] = {"REPLACE INTO former_member "
		  "(conv_id, user_id, was_kicked, left_at) "
		  "VALUES (?, ?, ?, ?)",
	"uuui", NULL},
    [MEMBER_PUT] = {"UPDATE member SET role = ?, permissions = ?, "
		    "nickname = ?, muted_until = ? "
		    "WHERE conv_id = ? AND user_id = ?",
	"uusiuu", NULL},
    [MEMBERS] = {"SELECT " MEMBER " FROM member FORCE INDEX (ranked) "
		 "WHERE conv_id = ? AND (role < ? OR (role = ? "
		 "AND user_id > ?)) ORDER BY role DESC, user_id LIMIT ?",
	"uuuuu", MEMBER_OUT},
    [STAFF] = {"SELECT user_id FROM member WHERE conv_id = ? AND role >= 2 "
	       "AND (role = 3 OR permissions & ?) "
	       "ORDER BY role DESC, user_id LIMIT ?",
	"uuu", "u"},
    [OF_USER] = {"SELECT m.conv_id FROM member m "
		 "JOIN conversation c ON c.id = m.conv_id "
		 "WHERE m.user_id = ? AND m.conv_id > ? AND c.type = 2 "
		 "AND c.status = 0 ORDER BY m.conv_id LIMIT ?",
	"uuu", "u"},
    [BAN] = {"REPLACE INTO conversation_ban "
	     "(conv_id, user_id, by_id, created_at) VALUES (?, ?, ?, ?)",
	"uuui", NULL},
    [UNBAN] = {"DELETE FROM conversation_ban "
	       "WHERE conv_id = ? AND user_id = ?",
	"uu", NULL},
    [BANS] = {"SELECT user_id, by_id, created_at FROM conversation_ban "
	      "WHERE conv_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
	"uuu", "uui"},
};

/* -- people ---------------------------------------------------------------- */

static int
by_id(const void *a, const void *b)
{
	const struct group_person *x = *(struct group_person *const *)a;
	const struct group_person *y = *(struct group_person *const *)b;

	return x->member.user_id < y->member.user_id
		   ? -1
		   : x->member.user_id > y->member.user_id;
}

static struct group_person *
person_of(struct group_person **sorted, size_t n, uint64_t id)
{
	struct group_person   key = {.member.user_id = id}, *at = &key;
	struct group_person **found =
	    bsearch(&at, sorted, n, sizeof(struct group_person *), by_id);

	return found == NULL ? NULL : *found;
}

static void
person_read(const struct db_rows *rows, size_t r, struct group_person *p)
{
	struct group_member	     *m = &p->member;
	struct conversation_standing *s = &p->standing;

	m->role = (enum member_role)db_u(rows, r, 1);
	m->permissions = (unsigned)db_u(rows, r, 2);
	m->nickname = db_is_null(rows, r, 3) ? "" : db_s(rows, r, 3);
	m->muted_until_ms = db_i(rows, r, 4);
	m->joined_ms = db_i(rows, r, 5);
	s->role = m->role;
	s->permissions = m->permissions;
	s->muted_until_ms = m->muted_until_ms;
	s->last_sent_ms = db_i(rows, r, 6);
	s->is_banned = db_u(rows, r, 7) != 0;
	s->is_invited = db_u(rows, r, 8) != 0;
	s->was_member = db_u(rows, r, 9) != 0;
	p->has_asked = db_u(rows, r, 10) != 0;
}

int
group_store_people(struct db *db, struct arena *a, uint64_t conv_id,
    const uint64_t *ids, size_t n, struct group_person *people, struct err *e)
{
	struct db_value *params = arena_alloc(a, (n + 1) * sizeof(*params));
	struct group_person **sorted = arena_alloc(a, n * sizeof(*sorted));
	struct db_rows	      rows;

	params[0] = db_val_u(conv_id);
	for (size_t i = 0; i < n; i++) {
		people[i] = (struct group_person){
		    .member = {.user_id = ids[i], .nickname = ""}};
		params[i + 1] = db_val_u(ids[i]);
		sorted[i] = &people[i];
	}
	if (n == 0)
		return 0;
	qsort(sorted, n, sizeof(struct group_person *), by_id);
	if (db_query_list(db, &statements[PEOPLE], a, &rows, n, params, e) ==
	    -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++) {
		struct group_person *p =
		    person_of(sorted, n, db_u(&rows, r, 0));

		if (p != NULL)
			person_read(&rows, r, p);
	}
	return 0;
}

int
group_store_standings(struct db *db, struct arena *a,
    const struct conversation_seat *seats, size_t n,
    struct conversation_standing *standings, struct err *e)
{
	enum { WIDTH = 3 };
	struct db_value *params = arena_alloc(a, n * WIDTH * sizeof(*params));
	struct db_rows	 rows = {0};

	for (size_t i = 0; i < n; i++) {
		standings[i] =
		    (struct conversation_standing){.type = CONVERSATION_GROUP};
		params[i * WIDTH] = db_val_u(i);
		params[i * WIDTH + 1] = db_val_u(seats[i].conv_id);
		params[i * WIDTH + 2] = db_val_u(seats[i].user_id);
	}
	if (n > 0 && db_query_list(db, &statements[STANDINGS], a, &rows, n,
			 params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		standings[db_u(&rows, r, 0)] = (struct conversation_standing){
		    .type = (enum conversation_type)db_u(&rows, r, 1),
		    .status = (enum conversation_status)db_u(&rows, r, 2),
		    .join_policy = (enum join_policy)db_u(&rows, r, 3),
		    .muted_all = db_u(&rows, r, 4) != 0,
		    .slow_mode_s = (unsigned)db_u(&rows, r, 5),
		    .role = (enum member_role)db_u(&rows, r, 6),
		    .permissions = (unsigned)db_u(&rows, r, 7),
		    .muted_until_ms = db_i(&rows, r, 8),
		    .last_sent_ms = db_i(&rows, r, 9),
		    .is_banned = db_u(&rows, r, 10) != 0,
		    .is_invited = db_u(&rows, r, 11) != 0,
		    .was_member = db_u(&rows, r, 12) != 0,
		    .floor_seq = db_u(&rows, r, 13),
		    .nickname = db_s(&rows, r, 14),
		};
	return 0;
}

enum { ENTER_WIDTH = 8, PAIR_WIDTH = 2 };

int
group_store_enter(struct db *db, struct arena *a, const struct group_state *g,
    const struct group_member *m, size_t n, struct err *e)
{
	static const int forget[] = {
	    FORGET_FORMER, FORGET_INVITATION, FORGET_REQUEST};
	struct db_value *rows = arena_alloc(a, n * ENTER_WIDTH * sizeof(*rows));
	struct db_value *pairs = arena_alloc(a, n * PAIR_WIDTH * sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		const struct db_value row[ENTER_WIDTH] = {db_val_u(g->id),
		    db_val_u(m[i].user_id), db_val_u(m[i].role),
		    db_val_u(m[i].permissions), db_val_u(g->last_seq),
		    db_val_u(g->last_seq), db_val_u(g->last_seq),
		    db_val_i(m[i].joined_ms)};

		memcpy(rows + i * ENTER_WIDTH, row, sizeof(row));
		memcpy(pairs + i * PAIR_WIDTH, row, PAIR_WIDTH * sizeof(*row));
	}
	if (db_exec_many(db, &statements[ENTER], n, rows, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(forget) / sizeof(forget[0]); i++)
		if (db_exec_many(db, &statements[forget[i]], n, pairs, e) == -1)
			return -1;
	return 0;
}

int
group_store_leave(struct db *db, uint64_t conv_id, uint64_t user_id,
    bool was_kicked, int64_t now_ms, struct err *e)
{
	int64_t rows = db_exec(db, &statements[LEAVE], e, conv_id, user_id);

	if (rows < 1)
		return (int)rows;
	return db_exec(db, &statements[REMEMBER], e, conv_id, user_id,
		   (uint64_t)was_kicked, now_ms) == -1
		   ? -1
		   : 1;
}

int
group_store_member_put(struct db *db, uint64_t conv_id,
    const struct group_member *m, struct err *e)
{
	const struct db_value row[] = {db_val_u(m->role),
	    db_val_u(m->permissions), db_val_s(m->nickname),
	    m->muted_until_ms != 0 ? db_val_i(m->muted_until_ms)
				   : db_val_null(),
	    db_val_u(conv_id), db_val_u(m->user_id)};

	return db_exec_many(db, &statements[MEMBER_PUT], 1, row, e) == -1 ? -1
									  : 0;
}

int
group_store_members(struct db *db, struct arena *a, uint64_t conv_id,
    const struct group_member *mark, unsigned limit,
    struct group_member **list_r, size_t *n_r, struct err *e)
{
	uint64_t role =
	    mark->role != MEMBER_NONE ? mark->role : MEMBER_OWNER + 1;
	struct db_rows rows;

	if (db_query(db, &statements[MEMBERS], a, &rows, e, conv_id, role, role,
		mark->user_id, (uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct group_member){
		    .user_id = db_u(&rows, r, 0),
		    .role = (enum member_role)db_u(&rows, r, 1),
		    .permissions = (unsigned)db_u(&rows, r, 2),
		    .nickname = db_s(&rows, r, 3),
		    .muted_until_ms = db_i(&rows, r, 4),
		    .joined_ms = db_i(&rows, r, 5),
		};
	return 0;
}

static int
ids_query(struct db *db, int statement, struct arena *a, uint64_t of,
    uint64_t which, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[statement], a, &rows, e, of, which,
		(uint64_t)limit) == -1)
		return -1;
	*ids_r = db_column(a, &rows, 0);
	*n_r = rows.n;
	return 0;
}

int
group_store_staff(struct db *db, struct arena *a, uint64_t conv_id,
    unsigned permissions, const uint64_t **ids_r, size_t *n_r, struct err *e)
{
	return ids_query(
	    db, STAFF, a, conv_id, permissions, STAFF_MAX, ids_r, n_r, e);
}

int
group_store_of_user(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t after, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	return ids_query(db, OF_USER, a, user_id, after, limit, ids_r, n_r, e);
}

/* -- bans ------------------------------------------------------------------ */

int
group_store_ban(
    struct db *db, uint64_t conv_id, const struct group_ban *ban, struct err *e)
{
	return db_exec(db, &statements[BAN], e, conv_id, ban->user_id,
		   ban->by_id, ban->created_ms) == -1
		   ? -1
		   : 0;
}

int
group_store_unban(
    struct db *db, uint64_t conv_id, uint64_t user_id, struct err *e)
{
	int64_t rows = db_exec(db, &statements[UNBAN], e, conv_id, user_id);

	return rows == -1 ? -1 : rows > 0;
}

int
group_store_bans(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t after, unsigned limit, struct group_ban **list_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[BANS], a, &rows, e, conv_id, after,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct group_ban){
		    db_u(&rows, r, 0), db_u(&rows, r, 1), db_i(&rows, r, 2)};
	return 0;
}

const struct db_stmt *
member_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
