/* SPDX-License-Identifier: MIT */
/* store_link.c -- The links that people hand out, in MariaDB. */
#include "contact/store.h"

#include "base/arena.h"
#include "data/db.h"

enum { LINK_OF, LINK_OWNER, LINK_ADD, LINK_REMOVE, STATEMENTS };

static const struct db_stmt statements[STATEMENTS] = {
    [LINK_OF] = {"SELECT id, created_at FROM contact_link WHERE user_id = ?",
	"u", "ui"},
    [LINK_OWNER] = {"SELECT user_id FROM contact_link WHERE id = ?", "u", "u"},
    [LINK_ADD] = {"INSERT INTO contact_link (user_id, created_at) "
		  "VALUES (?, ?)",
	"ui", NULL},
    [LINK_REMOVE] = {"DELETE FROM contact_link WHERE user_id = ?", "u", NULL},
};

int
contact_store_link_of(struct db *db, struct arena *a, uint64_t me,
    struct contact_link *link, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, &statements[LINK_OF], a, &rows, e, me);

	if (found == 1)
		*link = (struct contact_link){
		    .id = db_u(&rows, 0, 0), .created_ms = db_i(&rows, 0, 1)};
	return found;
}

int
contact_store_link_owner(struct db *db, struct arena *a, uint64_t id,
    uint64_t *user_id_r, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, &statements[LINK_OWNER], a, &rows, e, id);

	if (found == 1)
		*user_id_r = db_u(&rows, 0, 0);
	return found;
}

int
contact_store_link_add(
    struct db *db, uint64_t me, struct contact_link *link, struct err *e)
{
	if (db_exec(db, &statements[LINK_ADD], e, me, link->created_ms) == -1)
		return -1;
	link->id = db_insert_id(db);
	return 0;
}

int
contact_store_link_remove(struct db *db, uint64_t me, struct err *e)
{
	return db_exec(db, &statements[LINK_REMOVE], e, me) == -1 ? -1 : 0;
}

const struct db_stmt *
contact_link_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
