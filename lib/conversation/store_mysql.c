/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Conversations and members in MariaDB.
 *
 * One of them, or those of a list of ids; a page is store_list.c's.
 */
#include "conversation/store_columns.h"

#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"

enum { FIND, FIND_MANY, WORLD, MEMBERS, VERSION };

static const struct db_stmt statements[] = {
    [FIND] = {"SELECT " COLUMNS " FROM " VIEWER
	      "JOIN conversation c ON c.id = ? " MINE PEER
	      "WHERE (c.status = 0 AND (m.user_id IS NOT NULL OR c.type = 4)) "
	      "OR (c.type = 4 AND ?)",
	"uuuu", COLUMN_TYPES},
    [FIND_MANY] = {"SELECT " COLUMNS " FROM " VIEWER
		   "JOIN conversation c " MINE PEER
		   "WHERE c.id IN ({?|,}) AND c.status = 0 "
		   "AND (m.user_id IS NOT NULL OR c.type = 4)",
	"uu{u}", COLUMN_TYPES},
    [WORLD] = {"SELECT id, last_seq FROM conversation WHERE singleton = 1", "",
	"uu"},
    [MEMBERS] = {"SELECT c.members_version, m.user_id, "
		 "IF(c.type = 2 AND NOT c.from_start, m.joined_seq, 0) "
		 "FROM conversation c "
		 "LEFT JOIN member m ON m.conv_id = c.id AND c.type <> 4 "
		 "WHERE c.id = ? ORDER BY m.user_id",
	"u", "uuu"},
    [VERSION] = {"SELECT members_version FROM conversation WHERE id = ?", "u",
	"u"},
};

static struct conversation_bond
bond_read(uint64_t bits)
{
	return (struct conversation_bond){
	    .is_contact = (bits & BOND_CONTACT) != 0,
	    .is_blocked = (bits & BOND_BLOCKED) != 0,
	    .is_gone = (bits & BOND_GONE) != 0,
	};
}

static void
conversation_read(const struct db_rows *rows, size_t r, struct conversation *c)
{
	size_t i = 0;

	c->id = db_u(rows, r, i++);
	c->type = (enum conversation_type)db_u(rows, r, i++);
	c->title = db_s(rows, r, i++);
	c->peer_id = db_u(rows, r, i++);
	c->bond = bond_read(db_u(rows, r, i++));
	c->last_seq = db_u(rows, r, i++);
	c->last_at_ms = db_i(rows, r, i++);
	c->created_ms = db_i(rows, r, i++);
	c->members_version = db_u(rows, r, i++);
	c->status = (enum conversation_status)db_u(rows, r, i++);
	c->shared.description = db_s(rows, r, i++);
	c->shared.join_policy = (enum join_policy)db_u(rows, r, i++);
	c->shared.from_start = db_u(rows, r, i++) != 0;
	c->shared.muted_all = db_u(rows, r, i++) != 0;
	c->shared.slow_mode_s = (unsigned)db_u(rows, r, i++);
	c->shared.nmembers = (unsigned)db_u(rows, r, i++);
	c->shared.max_members = (unsigned)db_u(rows, r, i++);
	c->role = (enum member_role)db_u(rows, r, i++);
	c->permissions = (unsigned)db_u(rows, r, i++);
	c->nickname = db_s(rows, r, i++);
	c->muted_until_ms = db_i(rows, r, i++);
	c->last_sent_ms = db_i(rows, r, i++);
	c->cleared_seq = db_u(rows, r, i++);
	c->read_seq = db_u(rows, r, i++);
	c->delivered_seq = db_u(rows, r, i++);
	c->pinned = db_u(rows, r, i++) != 0;
	c->muted = db_u(rows, r, i++) != 0;
	c->hidden = db_u(rows, r, i++) != 0;
	c->silent_until_ms = db_i(rows, r, i++);
	c->marked = db_u(rows, r, i++) != 0;
	c->draft = db_s(rows, r, i++);
	c->draft_at_ms = db_i(rows, r, i++);
	c->draft_version = db_u(rows, r, i++);
	c->peer_read_seq = db_u(rows, r, i++);
	c->peer_delivered_seq = db_u(rows, r, i++);
}

void
conversations_read(const struct db_rows *rows, struct arena *a,
    const struct conversation_viewer *v, struct conversation **list_r,
    size_t *n_r)
{
	*list_r = arena_alloc(a, rows->n * sizeof(**list_r));
	*n_r = rows->n;
	for (size_t r = 0; r < rows->n; r++) {
		conversation_read(rows, r, &(*list_r)[r]);
		(*list_r)[r].is_site_admin = v->is_site_admin;
	}
}

int
conversation_store_find(struct db *db, struct arena *a,
    const struct conversation_viewer *v, uint64_t conv_id,
    struct conversation *c, struct err *e)
{
	struct db_rows rows;
	int	       found;

	found = db_find(db, &statements[FIND], a, &rows, e, v->user_id,
	    v->world_seq, conv_id, (uint64_t)v->is_site_admin);
	if (found == 1) {
		conversation_read(&rows, 0, c);
		c->is_site_admin = v->is_site_admin;
	}
	return found;
}

int
conversation_store_find_many(struct db *db, struct arena *a,
    const struct conversation_viewer *v, const uint64_t *conv_ids, size_t n,
    struct conversation **list_r, size_t *n_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, (2 + n) * sizeof(*params));
	struct db_rows	 rows = {0};

	params[0] = db_val_u(v->user_id);
	params[1] = db_val_u(v->world_seq);
	for (size_t i = 0; i < n; i++)
		params[2 + i] = db_val_u(conv_ids[i]);
	if (n > 0 && db_query_list(db, &statements[FIND_MANY], a, &rows, n,
			 params, e) == -1)
		return -1;
	conversations_read(&rows, a, v, list_r, n_r);
	return 0;
}

int
conversation_store_world(struct db *db, struct arena *a, uint64_t *id_r,
    uint64_t *last_seq_r, struct err *e)
{
	struct db_rows rows;
	int	       found = db_find(db, &statements[WORLD], a, &rows, e);

	*id_r = found == 1 ? db_u(&rows, 0, 0) : 0;
	*last_seq_r = found == 1 ? db_u(&rows, 0, 1) : 0;
	return found == -1 ? -1 : 0;
}

int
conversation_store_members(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t *version_r, const uint64_t **ids_r, const uint64_t **after_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;
	uint64_t      *ids, *after;

	if (db_query(db, &statements[MEMBERS], a, &rows, e, conv_id) == -1)
		return -1;
	ids = arena_alloc(a, rows.n * sizeof(*ids));
	after = arena_alloc(a, rows.n * sizeof(*after));
	*n_r = 0;
	*version_r = rows.n > 0 ? db_u(&rows, 0, 0) : 0;
	for (size_t r = 0; r < rows.n; r++)
		if (!db_is_null(&rows, r, 1)) {
			ids[*n_r] = db_u(&rows, r, 1);
			after[(*n_r)++] = db_u(&rows, r, 2);
		}
	*ids_r = ids;
	*after_r = after;
	return 0;
}

int
conversation_store_version(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t *version_r, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, &statements[VERSION], a, &rows, e, conv_id);

	*version_r = found == 1 ? db_u(&rows, 0, 0) : 0;
	return found == -1 ? -1 : 0;
}

const struct db_stmt *
conversation_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
