/* SPDX-License-Identifier: MIT */
/*
 * store_link.c -- Invite links in MariaDB.
 */
#include "conversation/store_entry.h"

#include "base/arena.h"
#include "data/db.h"

enum { LINK_ADD, LINKS, LINK, LINK_USE, LINK_REVOKE };

#define LINK_COLUMNS \
	"SELECT id, conv_id, by_id, expires_at, max_uses, uses, created_at"
#define LINK_OUT "uuuiuui"

/* It works: not revoked, not over, not used up. */
#define LINK_WORKS                                                       \
	"revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) " \
	"AND (max_uses IS NULL OR uses < max_uses)"

static const struct db_stmt statements[] = {
    [LINK_ADD] = {"INSERT INTO invite_link (conv_id, by_id, expires_at, "
		  "max_uses, created_at) VALUES (?, ?, ?, ?, ?)",
	"uuiui", NULL},
    [LINKS] = {LINK_COLUMNS " FROM invite_link FORCE INDEX (of_conversation) "
			    "WHERE conv_id = ? AND id < ? AND " LINK_WORKS
			    " ORDER BY id DESC LIMIT ?",
	"uuiu", LINK_OUT},
    [LINK] = {LINK_COLUMNS ", " LINK_WORKS " FROM invite_link WHERE id = ?",
	"iu", LINK_OUT "u"},
    [LINK_USE] = {"UPDATE invite_link SET uses = uses + 1 "
		  "WHERE id = ? AND " LINK_WORKS,
	"ui", NULL},
    [LINK_REVOKE] = {"UPDATE invite_link SET revoked_at = ? "
		     "WHERE conv_id = ? AND id = ? AND revoked_at IS NULL",
	"iuu", NULL},
};

static int
one(int64_t rows)
{
	return rows == -1 ? -1 : rows > 0;
}

static void
link_read(const struct db_rows *rows, size_t r, struct group_link *link)
{
	*link = (struct group_link){
	    .id = db_u(rows, r, 0),
	    .conv_id = db_u(rows, r, 1),
	    .by_id = db_u(rows, r, 2),
	    .expires_ms = db_i(rows, r, 3),
	    .max_uses = (unsigned)db_u(rows, r, 4),
	    .uses = (unsigned)db_u(rows, r, 5),
	    .created_ms = db_i(rows, r, 6),
	};
}

int
entry_store_link_add(
    struct db *db, struct group_link *link, int64_t now_ms, struct err *e)
{
	const struct db_value row[] = {db_val_u(link->conv_id),
	    db_val_u(link->by_id),
	    link->expires_ms != 0 ? db_val_i(link->expires_ms) : db_val_null(),
	    link->max_uses != 0 ? db_val_u(link->max_uses) : db_val_null(),
	    db_val_i(now_ms)};

	if (db_exec_many(db, &statements[LINK_ADD], 1, row, e) == -1)
		return -1;
	link->id = db_insert_id(db);
	link->created_ms = now_ms;
	return 0;
}

int
entry_store_links(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t before, int64_t now_ms, unsigned limit, struct group_link **list_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[LINKS], a, &rows, e, conv_id,
		before != 0 ? before : UINT64_MAX, now_ms,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		link_read(&rows, r, &(*list_r)[r]);
	return 0;
}

int
entry_store_link(struct db *db, struct arena *a, uint64_t id, int64_t now_ms,
    struct group_link *link, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, &statements[LINK], a, &rows, e, now_ms, id);

	if (found == 1) {
		link_read(&rows, 0, link);
		link->works = db_u(&rows, 0, 7) != 0;
	}
	return found;
}

int
entry_store_link_use(struct db *db, uint64_t id, int64_t now_ms, struct err *e)
{
	return one(db_exec(db, &statements[LINK_USE], e, id, now_ms));
}

int
entry_store_link_revoke(
    struct db *db, uint64_t conv_id, uint64_t id, int64_t now_ms, struct err *e)
{
	return one(
	    db_exec(db, &statements[LINK_REVOKE], e, now_ms, conv_id, id));
}

const struct db_stmt *
link_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
