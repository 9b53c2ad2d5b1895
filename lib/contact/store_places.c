/* SPDX-License-Identifier: MIT */
/*
 * store_places.c -- Where somebody stands in others' lists, in MariaDB, and
 * how they leave them.
 */
#include "base/arena.h"
#include "contact/store.h"
#include "data/db.h"
#include "sync/sync.h"

enum {
	PLACES,
	CONTACTS_OF,
	CONTACT_WITH,
	LABELLED_WITH,
	LABELLED_BY,
	LABELS_BY,
	LINK_OF,
	BLOCKS_BY,
	BLOCKS_OF,
	STATEMENTS
};

static const struct db_stmt statements[STATEMENTS] = {
    /* Each part by an index that begins with the person. */
    [PLACES] = {"SELECT contact_id, 1, user_id FROM contact WHERE user_id = ? "
		"UNION ALL SELECT from_id, 2, id FROM contact_request "
		"WHERE to_id = ? AND status = 0 "
		"UNION ALL SELECT to_id, 2, id FROM contact_request "
		"WHERE to_id = ? AND status = 0 "
		"UNION ALL SELECT to_id, 2, id FROM contact_request "
		"WHERE from_id = ? AND status = 0 "
		"UNION ALL SELECT from_id, 2, id FROM contact_request "
		"WHERE from_id = ? AND status = 0 "
		"UNION ALL SELECT user_id, 3, blocked_id FROM block "
		"WHERE blocked_id = ? AND is_known >= ? LIMIT ?",
	"uuuuuuuu", "uuu"},
    [CONTACTS_OF] = {"DELETE FROM contact WHERE user_id = ?", "u", NULL},
    [CONTACT_WITH] = {"DELETE FROM contact "
		      "WHERE user_id = ? AND contact_id = ?",
	"uu", NULL},
    [LABELLED_WITH] = {"DELETE FROM contact_labelled "
		       "WHERE user_id = ? AND contact_id = ?",
	"uu", NULL},
    [LABELLED_BY] = {"DELETE FROM contact_labelled WHERE user_id = ?", "u",
	NULL},
    [LABELS_BY] = {"DELETE FROM contact_label WHERE user_id = ?", "u", NULL},
    [LINK_OF] = {"DELETE FROM contact_link WHERE user_id = ?", "u", NULL},
    [BLOCKS_BY] = {"DELETE FROM block WHERE user_id = ?", "u", NULL},
    [BLOCKS_OF] = {"DELETE FROM block WHERE blocked_id = ?", "u", NULL},
};

int
contact_store_places(struct db *db, struct arena *a, uint64_t user_id,
    bool also_unknown, size_t cap, struct sync_place **list_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[PLACES], a, &rows, e, user_id, user_id,
		user_id, user_id, user_id, user_id, (uint64_t)!also_unknown,
		(uint64_t)cap) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct sync_place){db_u(&rows, r, 0),
		    (enum sync_kind)db_u(&rows, r, 1), db_u(&rows, r, 2)};
	return 0;
}

/* What goes with a person, by their id alone. */
static const int OWN[] = {
    CONTACTS_OF, LABELLED_BY, LABELS_BY, LINK_OF, BLOCKS_BY, BLOCKS_OF};

int
contact_store_farewell(struct db *db, struct arena *a, uint64_t user_id,
    const struct sync_place *places, size_t n, struct err *e)
{
	struct db_value *params = arena_alloc(a, 2 * n * sizeof(*params));
	size_t		 ncontacts = 0;

	for (size_t i = 0; i < n; i++)
		if (places[i].kind == SYNC_CONTACT) {
			params[2 * ncontacts] = db_val_u(places[i].user_id);
			params[2 * ncontacts++ + 1] = db_val_u(user_id);
		}
	for (int i = CONTACT_WITH; ncontacts > 0 && i <= LABELLED_WITH; i++)
		if (db_exec_many(db, &statements[i], ncontacts, params, e) ==
		    -1)
			return -1;
	for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++)
		if (db_exec(db, &statements[OWN[i]], e, user_id) == -1)
			return -1;
	return 0;
}

const struct db_stmt *
contact_places_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
