/* SPDX-License-Identifier: MIT */
/*
 * store_labels.c -- Labels, and who has them, in MariaDB.
 *
 * A label is only ever asked for together with whose it is.
 */
#include "base/arena.h"
#include "contact/store.h"
#include "data/db.h"

#define LABEL "SELECT id, name, created_at FROM contact_label WHERE user_id = ?"
#define LABEL_OUT "usi"

enum {
	LABELS,
	LABELS_OF,
	LABEL_ADD,
	LABEL_RENAME,
	LABEL_DELETE,
	LABEL_TAKE_OFF,
	LABELLED,
	LABELLED_ADD,
	LABELLED_CLEAR,
	STATEMENTS
};

static const struct db_stmt statements[STATEMENTS] = {
    [LABELS] = {LABEL " ORDER BY name, id", "u", LABEL_OUT},
    [LABELS_OF] = {LABEL " AND id IN ({?|,}) ORDER BY name, id", "u{u}",
	LABEL_OUT},
    [LABEL_ADD] = {"INSERT INTO contact_label (user_id, name, created_at) "
		   "VALUES (?, ?, ?)",
	"usi", NULL},
    [LABEL_RENAME] = {"UPDATE contact_label SET name = ? "
		      "WHERE id = ? AND user_id = ?",
	"suu", NULL},
    [LABEL_DELETE] = {"DELETE FROM contact_label WHERE id = ? AND user_id = ?",
	"uu", NULL},
    [LABEL_TAKE_OFF] = {"DELETE FROM contact_labelled "
			"WHERE label_id = ? AND user_id = ?",
	"uu", NULL},
    [LABELLED] = {"SELECT contact_id, label_id FROM contact_labelled "
		  "WHERE user_id = ? AND contact_id IN ({?|,}) "
		  "ORDER BY contact_id, label_id",
	"u{u}", "uu"},
    [LABELLED_ADD] = {"INSERT IGNORE INTO contact_labelled "
		      "(user_id, contact_id, label_id) VALUES (?, ?, ?)",
	"uuu", NULL},
    [LABELLED_CLEAR] = {"DELETE FROM contact_labelled "
			"WHERE user_id = ? AND contact_id = ?",
	"uu", NULL},
};

/* The pair of somebody and nobody. */
int
contact_store_own_lock(struct db *db, uint64_t me, struct err *e)
{
	return contact_store_pair_lock(db, 0, me, e);
}

static void
labels_read(const struct db_rows *rows, struct arena *a,
    struct contact_label **list_r, size_t *n_r)
{
	*list_r = arena_alloc(a, rows->n * sizeof(**list_r));
	*n_r = rows->n;
	for (size_t r = 0; r < rows->n; r++)
		(*list_r)[r] = (struct contact_label){
		    db_u(rows, r, 0), db_s(rows, r, 1), db_i(rows, r, 2)};
}

int
contact_store_labels(struct db *db, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_label **list_r, size_t *n_r,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, (1 + n) * sizeof(*params));
	struct db_rows	 rows = {0};

	params[0] = db_val_u(me);
	for (size_t i = 0; ids != NULL && i < n; i++)
		params[1 + i] = db_val_u(ids[i]);
	if (ids == NULL
		? db_query(db, &statements[LABELS], a, &rows, e, me) == -1
		: n > 0 && db_query_list(db, &statements[LABELS_OF], a, &rows,
			       n, params, e) == -1)
		return -1;
	labels_read(&rows, a, list_r, n_r);
	return 0;
}

int
contact_store_label_add(
    struct db *db, uint64_t me, struct contact_label *label, struct err *e)
{
	if (db_exec(db, &statements[LABEL_ADD], e, me, label->name,
		label->created_ms) == -1)
		return -1;
	label->id = db_insert_id(db);
	return 0;
}

/* A row that already was so counts as not affected. */
int
contact_store_label_rename(struct db *db, struct arena *a, uint64_t me,
    struct contact_label *label, struct err *e)
{
	const char	     *name = label->name;
	struct contact_label *found;
	size_t		      n;

	if (db_exec(db, &statements[LABEL_RENAME], e, name, label->id, me) ==
		-1 ||
	    contact_store_labels(db, a, me, &label->id, 1, &found, &n, e) == -1)
		return -1;
	if (n == 1)
		*label = found[0];
	return n == 1;
}

int
contact_store_label_delete(
    struct db *db, uint64_t me, uint64_t id, struct err *e)
{
	int64_t gone = db_exec(db, &statements[LABEL_DELETE], e, id, me);

	if (gone <= 0)
		return (int)gone;
	return db_exec(db, &statements[LABEL_TAKE_OFF], e, id, me) == -1 ? -1
									 : 1;
}

int
contact_store_labelled(struct db *db, struct arena *a, uint64_t me,
    struct contact *list, size_t n, struct err *e)
{
	struct db_value *params = arena_alloc(a, (1 + n) * sizeof(*params));
	struct db_rows	 rows;
	uint64_t	*labels;

	params[0] = db_val_u(me);
	for (size_t i = 0; i < n; i++)
		params[1 + i] = db_val_u(list[i].user_id);
	if (n == 0)
		return 0;
	if (db_query_list(db, &statements[LABELLED], a, &rows, n, params, e) ==
	    -1)
		return -1;
	labels = arena_alloc(a, rows.n * sizeof(*labels));
	for (size_t r = 0; r < rows.n; r++) {
		labels[r] = db_u(&rows, r, 1);
		for (size_t i = 0; i < n; i++) {
			if (list[i].user_id != db_u(&rows, r, 0))
				continue;
			if (list[i].nlabels++ == 0)
				list[i].labels = &labels[r];
		}
	}
	return 0;
}

int
contact_store_label_set(struct db *db, struct arena *a, uint64_t me,
    uint64_t them, const uint64_t *labels, size_t n, struct err *e)
{
	enum { WIDTH = 3 };
	struct db_value *rows = arena_alloc(a, WIDTH * n * sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		rows[WIDTH * i] = db_val_u(me);
		rows[WIDTH * i + 1] = db_val_u(them);
		rows[WIDTH * i + 2] = db_val_u(labels[i]);
	}
	if (db_exec(db, &statements[LABELLED_CLEAR], e, me, them) == -1)
		return -1;
	if (n > 0 &&
	    db_exec_many(db, &statements[LABELLED_ADD], n, rows, e) == -1)
		return -1;
	return 0;
}

const struct db_stmt *
contact_label_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
