/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Pairs, contacts and blocks in MariaDB.
 */
#include "contact/store.h"

#include "base/arena.h"
#include "data/db.h"

enum {
	PAIR_LOCK,
	BONDS,
	REMARKS,
	REMARKED,
	NAMES,
	IDS,
	CONTACT_ADD,
	CONTACT_REMOVE,
	CONTACT_UPDATE,
	CONTACTS,
	BLOCK,
	UNBLOCK,
	BLOCKS,
	BLOCKS_OF
};

static const struct db_stmt statements[] = {
    /* One statement that makes the row and locks it, new or not. */
    [PAIR_LOCK] = {"INSERT INTO contact_pair (low_id, high_id) "
		   "VALUES (?, ?) ON DUPLICATE KEY UPDATE low_id = low_id",
	"uu", NULL},
    [BONDS] = {"SELECT d.them, k.user_id IS NOT NULL, k.remark, k.pinned, "
	       "k.created_at, mine.user_id IS NOT NULL, "
	       "theirs.user_id IS NOT NULL, r.id, r.from_id, r.note, "
	       "r.created_at, k.hidden "
	       "FROM ({SELECT CAST(? AS UNSIGNED) AS me, "
	       "CAST(? AS UNSIGNED) AS them| UNION ALL }) d "
	       "LEFT JOIN contact k "
	       "ON k.user_id = d.me AND k.contact_id = d.them "
	       "LEFT JOIN block mine "
	       "ON mine.user_id = d.me AND mine.blocked_id = d.them "
	       "LEFT JOIN block theirs "
	       "ON theirs.user_id = d.them AND theirs.blocked_id = d.me "
	       "LEFT JOIN contact_request r "
	       "ON r.pair_low = LEAST(d.me, d.them) "
	       "AND r.pair_high = GREATEST(d.me, d.them)",
	"{uu}", "uusuiuuuusiu"},
    [REMARKS] = {"SELECT contact_id, remark FROM contact "
		 "WHERE user_id = ? AND contact_id IN ({?|,})",
	"u{u}", "us"},
    [REMARKED] = {"SELECT contact_id FROM contact "
		  "WHERE user_id = ? AND remark LIKE ? LIMIT ?",
	"usu", "u"},
    [NAMES] = {"SELECT k.contact_id, k.remark FROM contact k "
	       "LEFT JOIN block theirs ON theirs.user_id = k.contact_id "
	       "AND theirs.blocked_id = k.user_id "
	       "WHERE k.user_id = ? AND theirs.user_id IS NULL "
	       "AND (? = 0 OR EXISTS (SELECT 1 FROM contact_labelled l "
	       "WHERE l.user_id = k.user_id AND l.contact_id = k.contact_id "
	       "AND l.label_id = ?)) ORDER BY k.contact_id LIMIT ?",
	"uuuu", "us"},
    [IDS] = {"SELECT k.contact_id FROM contact k "
	     "LEFT JOIN block mine ON mine.user_id = k.user_id "
	     "AND mine.blocked_id = k.contact_id "
	     "LEFT JOIN block theirs ON theirs.user_id = k.contact_id "
	     "AND theirs.blocked_id = k.user_id "
	     "WHERE k.user_id = ? AND mine.user_id IS NULL "
	     "AND theirs.user_id IS NULL LIMIT ?",
	"uu", "u"},
    [CONTACT_ADD] = {"INSERT INTO contact (user_id, contact_id, "
		     "created_at) VALUES (?, ?, ?), (?, ?, ?)",
	"uuiuui", NULL},
    [CONTACT_REMOVE] = {"DELETE FROM contact "
			"WHERE (user_id = ? AND contact_id = ?) "
			"OR (user_id = ? AND contact_id = ?)",
	"uuuu", NULL},
    [CONTACT_UPDATE] = {"UPDATE contact SET remark = COALESCE(?, remark), "
			"pinned = COALESCE(?, pinned), "
			"hidden = COALESCE(?, hidden) "
			"WHERE user_id = ? AND contact_id = ?",
	"suuuu", NULL},
    [CONTACTS] = {"SELECT k.contact_id, k.remark, k.pinned, k.created_at, "
		  "mine.user_id IS NOT NULL OR theirs.user_id IS NOT NULL, "
		  "k.hidden "
		  "FROM contact k LEFT JOIN block mine "
		  "ON mine.user_id = k.user_id "
		  "AND mine.blocked_id = k.contact_id "
		  "LEFT JOIN block theirs ON theirs.user_id = k.contact_id "
		  "AND theirs.blocked_id = k.user_id "
		  "WHERE k.user_id = ? AND k.hidden BETWEEN ? AND ? "
		  "AND (? = 0 OR EXISTS (SELECT 1 FROM contact_labelled l "
		  "WHERE l.user_id = k.user_id "
		  "AND l.contact_id = k.contact_id AND l.label_id = ?)) "
		  "AND (? OR "
		  "(NOT k.pinned, k.created_at, k.contact_id) > (?, ?, ?)) "
		  "ORDER BY k.pinned DESC, k.created_at, k.contact_id LIMIT ?",
	"uuuuuuuiuu", "usuiuu"},
    [BLOCK] = {"INSERT INTO block (user_id, blocked_id, created_at, is_known) "
	       "VALUES (?, ?, ?, ?)",
	"uuiu", NULL},
    [UNBLOCK] = {"DELETE FROM block WHERE user_id = ? AND blocked_id = ?", "uu",
	NULL},
    [BLOCKS] = {"SELECT blocked_id, created_at, is_known FROM block "
		"WHERE user_id = ? AND blocked_id > ? "
		"ORDER BY blocked_id LIMIT ?",
	"uuu", "uiu"},
    [BLOCKS_OF] = {"SELECT blocked_id, created_at, is_known FROM block "
		   "WHERE user_id = ? AND blocked_id IN ({?|,})",
	"u{u}", "uiu"},
};

static uint64_t
lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int
contact_store_pair_lock(struct db *db, uint64_t a, uint64_t b, struct err *e)
{
	uint64_t low = lower(a, b);

	return db_exec(db, &statements[PAIR_LOCK], e, low, a + b - low) == -1
		   ? -1
		   : 0;
}

static void
bond_read(const struct db_rows *rows, size_t r, uint64_t me,
    int64_t open_since_ms, struct contact_bond *bond)
{
	uint64_t asked = db_u(rows, r, 7);
	bool	 is_over = asked != 0 && db_i(rows, r, 10) <= open_since_ms;

	bond->is_contact = db_u(rows, r, 1) != 0;
	bond->remark = db_is_null(rows, r, 2) ? "" : db_s(rows, r, 2);
	bond->pinned = db_u(rows, r, 3) != 0;
	bond->since_ms = db_i(rows, r, 4);
	bond->blocked_by_me = db_u(rows, r, 5) != 0;
	bond->blocked_by_them = db_u(rows, r, 6) != 0;
	bond->request_id = is_over ? 0 : asked;
	bond->expired_id = is_over ? asked : 0;
	bond->request_is_mine = asked != 0 && db_u(rows, r, 8) == me;
	bond->request_note =
	    is_over || db_is_null(rows, r, 9) ? "" : db_s(rows, r, 9);
	bond->hidden = db_u(rows, r, 11) != 0;
}

int
contact_store_bonds(struct db *db, struct arena *a, uint64_t me,
    const uint64_t *them, size_t n, int64_t open_since_ms,
    struct contact_bond *bonds_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, 2 * n * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		bonds_r[i] =
		    (struct contact_bond){.remark = "", .request_note = ""};
		params[2 * i] = db_val_u(me);
		params[2 * i + 1] = db_val_u(them[i]);
	}
	if (n == 0)
		return 0;
	if (db_query_list(db, &statements[BONDS], a, &rows, n, params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (!db_is_null(&rows, r, 0) &&
			    db_u(&rows, r, 0) == them[i])
				bond_read(
				    &rows, r, me, open_since_ms, &bonds_r[i]);
	return 0;
}

int
contact_store_remarks(struct db *db, struct arena *a, uint64_t me,
    const uint64_t *them, size_t n, const char **remarks_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, (n + 1) * sizeof(*params));
	struct db_rows	 rows;

	params[0] = db_val_u(me);
	for (size_t i = 0; i < n; i++) {
		remarks_r[i] = "";
		params[i + 1] = db_val_u(them[i]);
	}
	if (n == 0)
		return 0;
	if (db_query_list(db, &statements[REMARKS], a, &rows, n, params, e) ==
	    -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (db_u(&rows, r, 0) == them[i])
				remarks_r[i] = db_s(&rows, r, 1);
	return 0;
}

int
contact_store_remarked(struct db *db, struct arena *a, uint64_t me,
    const char *text, size_t cap, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[REMARKED], a, &rows, e, me,
		db_like(a, text, true), (uint64_t)cap) == -1)
		return -1;
	*ids_r = db_column(a, &rows, 0);
	*n_r = rows.n;
	return 0;
}

int
contact_store_ids(struct db *db, struct arena *a, uint64_t user_id, size_t cap,
    const uint64_t **ids_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[IDS], a, &rows, e, user_id,
		(uint64_t)cap) == -1)
		return -1;
	*ids_r = db_column(a, &rows, 0);
	*n_r = rows.n;
	return 0;
}

/* -- contacts -------------------------------------------------------------- */

int
contact_store_add(
    struct db *db, uint64_t a, uint64_t b, int64_t now_ms, struct err *e)
{
	return db_exec(db, &statements[CONTACT_ADD], e, a, b, now_ms, b, a,
		   now_ms) == -1
		   ? -1
		   : 0;
}

int
contact_store_remove(struct db *db, uint64_t a, uint64_t b, struct err *e)
{
	int64_t rows;

	rows = db_exec(db, &statements[CONTACT_REMOVE], e, a, b, b, a);
	return rows == -1 ? -1 : rows > 0;
}

static struct db_value
flag(const bool *value)
{
	return value != NULL ? db_val_u(*value ? 1 : 0) : db_val_null();
}

int
contact_store_update(struct db *db, uint64_t me, uint64_t them,
    const struct contact_change *x, struct err *e)
{
	const struct db_value params[] = {db_val_s(x->remark), flag(x->pinned),
	    flag(x->hidden), db_val_u(me), db_val_u(them)};

	return db_exec_many(db, &statements[CONTACT_UPDATE], 1, params, e) == -1
		   ? -1
		   : 0;
}

int
contact_store_page(struct db *db, struct arena *a, uint64_t me,
    const struct contact_page *page, const struct contact_mark *mark,
    struct contact **list_r, size_t *n_r, struct err *e)
{
	static const struct contact_mark start;
	struct db_rows			 rows;
	bool				 from_start = mark == NULL;

	if (from_start)
		mark = &start;
	if (db_query(db, &statements[CONTACTS], a, &rows, e, me,
		(uint64_t)(page->shown == CONTACTS_HIDDEN),
		(uint64_t)(page->shown != CONTACTS_SHOWN), page->label_id,
		page->label_id, (uint64_t)from_start, (uint64_t)!mark->pinned,
		mark->created_ms, mark->user_id, (uint64_t)page->limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct contact){
		    .user_id = db_u(&rows, r, 0),
		    .remark = db_s(&rows, r, 1),
		    .pinned = db_u(&rows, r, 2) != 0,
		    .created_ms = db_i(&rows, r, 3),
		    .is_barred = db_u(&rows, r, 4) != 0,
		    .hidden = db_u(&rows, r, 5) != 0,
		};
	return contact_store_labelled(db, a, me, *list_r, *n_r, e);
}

int
contact_store_names(struct db *db, struct arena *a, uint64_t me,
    uint64_t label_id, unsigned cap, struct contact_name **list_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[NAMES], a, &rows, e, me, label_id,
		label_id, (uint64_t)cap) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] =
		    (struct contact_name){db_u(&rows, r, 0), db_s(&rows, r, 1)};
	return 0;
}

/* -- blocks ---------------------------------------------------------------- */

int
contact_store_block(
    struct db *db, uint64_t me, const struct contact_blocked *b, struct err *e)
{
	return db_exec(db, &statements[BLOCK], e, me, b->user_id, b->created_ms,
		   (uint64_t)b->is_known) == -1
		   ? -1
		   : 1;
}

int
contact_store_unblock(struct db *db, uint64_t me, uint64_t them, struct err *e)
{
	int64_t rows = db_exec(db, &statements[UNBLOCK], e, me, them);

	return rows == -1 ? -1 : rows > 0;
}

static void
blocks_read(const struct db_rows *rows, struct arena *a,
    struct contact_blocked **list_r, size_t *n_r)
{
	*list_r = arena_alloc(a, rows->n * sizeof(**list_r));
	*n_r = rows->n;
	for (size_t r = 0; r < rows->n; r++)
		(*list_r)[r] = (struct contact_blocked){
		    .user_id = db_u(rows, r, 0),
		    .created_ms = db_i(rows, r, 1),
		    .is_known = db_u(rows, r, 2) != 0,
		};
}

int
contact_store_blocks(struct db *db, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_blocked **list_r, size_t *n_r,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, (1 + n) * sizeof(*params));
	struct db_rows	 rows = {0};

	params[0] = db_val_u(me);
	for (size_t i = 0; i < n; i++)
		params[1 + i] = db_val_u(ids[i]);
	if (n > 0 && db_query_list(db, &statements[BLOCKS_OF], a, &rows, n,
			 params, e) == -1)
		return -1;
	blocks_read(&rows, a, list_r, n_r);
	return 0;
}

int
contact_store_block_page(struct db *db, struct arena *a, uint64_t me,
    uint64_t after, unsigned limit, struct contact_blocked **list_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[BLOCKS], a, &rows, e, me, after,
		(uint64_t)limit) == -1)
		return -1;
	blocks_read(&rows, a, list_r, n_r);
	return 0;
}

const struct db_stmt *
contact_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
