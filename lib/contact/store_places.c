/* SPDX-License-Identifier: MIT */
/*
 * store_places.c -- Where somebody stands in others' lists, in MariaDB.
 */
#include "base/arena.h"
#include "contact/store.h"
#include "data/db.h"
#include "sync/sync.h"

/* Each part by an index that begins with the person. */
static const struct db_stmt statement = {
    "SELECT contact_id, 1, user_id FROM contact WHERE user_id = ? "
    "UNION ALL SELECT from_id, 2, id FROM contact_request "
    "WHERE to_id = ? AND status = 0 "
    "UNION ALL SELECT to_id, 2, id FROM contact_request "
    "WHERE from_id = ? AND status = 0 "
    "UNION ALL SELECT user_id, 3, blocked_id FROM block "
    "WHERE blocked_id = ? LIMIT ?",
    "uuuuu", "uuu"};

int
contact_store_places(struct db *db, struct arena *a, uint64_t user_id,
    size_t cap, struct sync_place **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statement, a, &rows, e, user_id, user_id, user_id,
		user_id, (uint64_t)cap) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct sync_place){db_u(&rows, r, 0),
		    (enum sync_kind)db_u(&rows, r, 1), db_u(&rows, r, 2)};
	return 0;
}

const struct db_stmt *
contact_places_statements(size_t *n_r)
{
	*n_r = 1;
	return &statement;
}
