/* SPDX-License-Identifier: MIT */
/*
 * store_names.c -- The parts of names in MariaDB.
 *
 * What begins with a text is a range of the key: from the text to the text
 * with a byte behind it that UTF-8 does not have.
 */
#include <string.h>

#include "account/names.h"
#include "base/arena.h"
#include "base/str.h"
#include "data/db.h"

enum {
	FORGET,
	ADD,
	AT,
	AMONG,
	PROGRESS,
	PROGRESS_SET,
	USERS_AFTER,
	STATEMENTS
};

/*
 * Users whose parts are written in one transaction; and of those who came
 * last, how many are looked at again, for one may still be committing.
 */
enum { BATCH = 200, SLACK = 1000 };

static const struct db_stmt statements[STATEMENTS] = {
    [FORGET] = {"DELETE FROM name_part WHERE user_id = ?", "u", NULL},
    [ADD] = {"INSERT IGNORE INTO name_part (place, part, user_id) "
	     "VALUES (?, ?, ?)",
	"ubu", NULL},
    [AT] = {"SELECT STRAIGHT_JOIN p.part, p.user_id FROM name_part p "
	    "JOIN user u ON u.id = p.user_id AND u.status = 0 "
	    "WHERE p.place = ? AND p.part >= ? AND p.part < ? "
	    "AND (p.part > ? OR p.user_id > ?) "
	    "AND (u.hidden = 0 OR u.id IN ({?|,})) "
	    "ORDER BY p.part, p.user_id LIMIT ?",
	"ubbbu{u}u", "su"},
    [AMONG] = {"SELECT DISTINCT user_id FROM name_part FORCE INDEX (of_user) "
	       "WHERE part >= ? AND part < ? AND user_id IN ({?|,})",
	"bb{u}", "u"},
    [PROGRESS] = {"SELECT upto FROM name_progress WHERE version = ?", "u", "u"},
    [PROGRESS_SET] = {"REPLACE INTO name_progress (version, upto) "
		      "VALUES (?, ?)",
	"uu", NULL},
    [USERS_AFTER] = {"SELECT id, username, display_name, status FROM user "
		     "WHERE id > ? ORDER BY id LIMIT ? FOR UPDATE",
	"uu", "ussu"},
};

/* -- writing --------------------------------------------------------------- */

enum { WIDTH = 3 };

static size_t
rows_of(struct arena *a, uint64_t id, const char *username,
    const char *display_name, struct db_value rows[WIDTH * NAME_PARTS_MAX])
{
	struct name_part *parts =
	    arena_alloc(a, NAME_PARTS_MAX * sizeof(*parts));
	size_t n = name_parts(a, username, display_name, parts);

	for (size_t i = 0; i < n; i++) {
		rows[i * WIDTH] = db_val_u((uint64_t)parts[i].place);
		rows[i * WIDTH + 1] =
		    db_val_b(parts[i].text, strlen(parts[i].text));
		rows[i * WIDTH + 2] = db_val_u(id);
	}
	return n;
}

int
names_forget(struct db *db, uint64_t id, struct err *e)
{
	return db_exec(db, &statements[FORGET], e, id) == -1 ? -1 : 0;
}

int
names_put(struct db *db, struct arena *a, uint64_t id, const char *username,
    const char *display_name, struct err *e)
{
	struct db_value *rows =
	    arena_alloc(a, (size_t)WIDTH * NAME_PARTS_MAX * sizeof(*rows));
	size_t n = rows_of(a, id, username, display_name, rows);

	if (names_forget(db, id, e) == -1)
		return -1;
	if (n > 0 && db_exec_many(db, &statements[ADD], n, rows, e) == -1)
		return -1;
	return 0;
}

/* -- those who were there before ------------------------------------------- */

struct writing {
	struct arena *arena;
	uint64_t      upto, last;
	size_t	      n;
};

static int
progress(struct db *db, struct writing *w, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, &statements[PROGRESS], w->arena, &rows, e,
	    (uint64_t)NAMES_VERSION);

	w->upto = found == 1 ? db_u(&rows, 0, 0) : 0;
	return found == -1 ? -1 : 0;
}

/* The parts of all of them, in two trips. */
static int
write_all(
    struct db *db, struct arena *a, const struct db_rows *users, struct err *e)
{
	enum { DELETED = 2 };
	struct db_value *ids = arena_alloc(a, users->n * sizeof(*ids));
	struct db_value *rows =
	    arena_alloc(a, users->n * WIDTH * NAME_PARTS_MAX * sizeof(*rows));
	size_t n = 0;

	for (size_t r = 0; r < users->n; r++) {
		ids[r] = db_val_u(db_u(users, r, 0));
		if (db_u(users, r, 3) != DELETED)
			n += rows_of(a, db_u(users, r, 0), db_s(users, r, 1),
			    db_s(users, r, 2), rows + n * WIDTH);
	}
	if (db_exec_many(db, &statements[FORGET], users->n, ids, e) == -1)
		return -1;
	if (n > 0 && db_exec_many(db, &statements[ADD], n, rows, e) == -1)
		return -1;
	return 0;
}

/* Their rows are locked, so that nobody is renamed meanwhile. */
static int
write_batch(struct db *db, void *ctx, struct err *e)
{
	struct writing *w = ctx;
	struct db_rows	users;

	if (db_query(db, &statements[USERS_AFTER], w->arena, &users, e, w->upto,
		(uint64_t)BATCH) == -1)
		return -1;
	w->n = users.n;
	if (users.n > 0 && write_all(db, w->arena, &users, e) == -1)
		return -1;
	if (users.n > 0)
		w->last = db_u(&users, users.n - 1, 0);
	if (users.n < BATCH) {
		if (w->last <= w->upto + SLACK)
			return 0;
		w->last -= SLACK;
	}
	return db_exec(db, &statements[PROGRESS_SET], e,
		   (uint64_t)NAMES_VERSION, w->last) == -1
		   ? -1
		   : 0;
}

int
names_write_some(struct db *db, struct arena *a, uint64_t *n, struct err *e)
{
	struct writing w = {.arena = a};

	if (progress(db, &w, e) == -1 || tx_run(db, write_batch, &w, e) == -1)
		return -1;
	*n += w.n;
	return w.n == BATCH;
}

/* -- looking --------------------------------------------------------------- */

/* The first text that no longer begins with this one. */
static struct db_value
beyond(struct arena *a, const char *text)
{
	struct strbuf b;

	strbuf_init(&b, a);
	strbuf_adds(&b, text);
	strbuf_addc(&b, (char)0xff);
	return db_val_b(b.data, b.len);
}

int
names_at(struct db *db, struct arena *a, const struct account_needle *needle,
    const struct account_range *range, struct account_hit **list_r, size_t *n_r,
    struct err *e)
{
	const struct account_hit *after = range->after;
	const char	*from = after != NULL ? after->part : needle->text;
	size_t		 n = 0, len = strlen(from);
	struct db_rows	 rows;
	struct db_value *params =
	    arena_alloc(a, (6 + range->nshown) * sizeof(*params));

	params[n++] = db_val_u((uint64_t)range->place);
	params[n++] = db_val_b(from, len);
	params[n++] = beyond(a, needle->text);
	params[n++] = db_val_b(from, len);
	params[n++] = db_val_u(after != NULL ? after->user_id : 0);
	for (size_t i = 0; i < range->nshown; i++)
		params[n++] = db_val_u(range->shown[i]);
	params[n] = db_val_u(range->limit);
	if (db_query_list(
		db, &statements[AT], a, &rows, range->nshown, params, e) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] =
		    (struct account_hit){db_u(&rows, r, 1), db_s(&rows, r, 0)};
	return 0;
}

int
names_among(struct db *db, struct arena *a, const struct account_needle *needle,
    const uint64_t *ids, size_t n, uint64_t *found_r, size_t *n_r,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, (2 + n) * sizeof(*params));
	struct db_rows	 rows;

	params[0] = db_val_b(needle->text, strlen(needle->text));
	params[1] = beyond(a, needle->text);
	for (size_t i = 0; i < n; i++)
		params[2 + i] = db_val_u(ids[i]);
	if (db_query_list(db, &statements[AMONG], a, &rows, n, params, e) == -1)
		return -1;
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		found_r[r] = db_u(&rows, r, 0);
	return 0;
}

const struct db_stmt *
names_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
