/* SPDX-License-Identifier: MIT */
/* store_group.c -- Groups as rows of conversations in MariaDB. */
#include "conversation/store_group.h"

#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"

enum { GET, LOCK, MAKE, PUT, TOUCH };

#define STATE                                                         \
	"SELECT id, type, status, title, description, join_policy, "  \
	"from_start, muted_all, slow_mode_s, nmembers, max_members, " \
	"last_seq, members_version, created_at FROM conversation "    \
	"WHERE id = ?"
#define STATE_OUT "uuussuuuuuuuui"

static const struct db_stmt statements[] = {
    [GET] = {STATE, "u", STATE_OUT},
    [LOCK] = {STATE " FOR UPDATE", "u", STATE_OUT},
    [MAKE] = {"INSERT INTO conversation (type, title, description, "
	      "join_policy, from_start, nmembers, max_members, last_at, "
	      "created_at) VALUES (2, ?, ?, ?, ?, ?, ?, ?, ?)",
	"ssuuuuii", NULL},
    [PUT] = {"UPDATE conversation SET status = ?, title = ?, "
	     "description = ?, join_policy = ?, from_start = ?, "
	     "muted_all = ?, slow_mode_s = ?, nmembers = ?, "
	     "max_members = ?, members_version = ? WHERE id = ?",
	"ussuuuuuuuu", NULL},
    [TOUCH] = {"UPDATE conversation SET moved_at = CURRENT_TIMESTAMP(3) "
	       "WHERE id = ?",
	"u", NULL},
};

static void
state_read(const struct db_rows *rows, size_t r, struct group_state *g)
{
	*g = (struct group_state){
	    .id = db_u(rows, r, 0),
	    .type = (enum conversation_type)db_u(rows, r, 1),
	    .status = (enum conversation_status)db_u(rows, r, 2),
	    .title = db_s(rows, r, 3),
	    .shared = {.description = db_s(rows, r, 4),
		.join_policy = (enum join_policy)db_u(rows, r, 5),
		.from_start = db_u(rows, r, 6) != 0,
		.muted_all = db_u(rows, r, 7) != 0,
		.slow_mode_s = (unsigned)db_u(rows, r, 8),
		.nmembers = (unsigned)db_u(rows, r, 9),
		.max_members = (unsigned)db_u(rows, r, 10)},
	    .last_seq = db_u(rows, r, 11),
	    .members_version = db_u(rows, r, 12),
	    .created_ms = db_i(rows, r, 13),
	};
}

int
group_store_get(struct db *db, struct arena *a, uint64_t conv_id, bool locks,
    struct group_state *g, struct err *e)
{
	struct db_rows rows;
	int	       found;

	found =
	    db_find(db, &statements[locks ? LOCK : GET], a, &rows, e, conv_id);
	if (found == 1)
		state_read(&rows, 0, g);
	return found;
}

int
group_store_make(
    struct db *db, struct group_state *g, int64_t now_ms, struct err *e)
{
	const struct conversation_shared *s = &g->shared;

	if (db_exec(db, &statements[MAKE], e, g->title, s->description,
		(uint64_t)s->join_policy, (uint64_t)s->from_start,
		(uint64_t)s->nmembers, (uint64_t)s->max_members, now_ms,
		now_ms) == -1)
		return -1;
	g->id = db_insert_id(db);
	return 0;
}

int
group_store_put(struct db *db, const struct group_state *g, struct err *e)
{
	const struct conversation_shared *s = &g->shared;

	return db_exec(db, &statements[PUT], e, (uint64_t)g->status, g->title,
		   s->description, (uint64_t)s->join_policy,
		   (uint64_t)s->from_start, (uint64_t)s->muted_all,
		   (uint64_t)s->slow_mode_s, (uint64_t)s->nmembers,
		   (uint64_t)s->max_members, g->members_version, g->id) == -1
		   ? -1
		   : 0;
}

int
group_store_touch(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    struct err *e)
{
	struct db_value *rows = arena_alloc(a, n * sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = db_val_u(ids[i]);
	return db_exec_many(db, &statements[TOUCH], n, rows, e) == -1 ? -1 : 0;
}

const struct db_stmt *
group_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
