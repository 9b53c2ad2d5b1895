/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Marks in MariaDB.
 *
 * A mark is stamped by the clock of the database, so that the nodes' do not
 * count, and later than before, so that no two changes look the same.
 */
#include "sync/store.h"

#include <string.h>

#include "base/arena.h"
#include "data/db.h"

#define NOW_MS "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"

enum { SWEEP_LIMIT = 8 };
enum { NOW, MARK, SWEEP, MARKS, MARKS_IN };

static const struct db_stmt statements[] = {
    [NOW] = {"SELECT " NOW_MS, "", "i"},
    [MARK] = {"INSERT INTO sync_mark (scope, scope_id, kind, ref, changed_at) "
	      "VALUES (?, ?, ?, ?, " NOW_MS ") ON DUPLICATE KEY UPDATE "
	      "changed_at = GREATEST(changed_at + 1, VALUES(changed_at))",
	"uuuu", NULL},
    [SWEEP] = {"DELETE FROM sync_mark WHERE scope = ? AND scope_id = ? "
	       "AND changed_at < ? LIMIT ?",
	"uuiu", NULL},
    [MARKS] = {"SELECT 0, kind, ref, changed_at FROM sync_mark "
	       "WHERE scope = 1 AND scope_id = ? AND changed_at >= ? "
	       "AND (changed_at, kind, ref) > (?, ?, ?) "
	       "ORDER BY changed_at, kind, ref LIMIT ?",
	"uiiuuu", "uuui"},
    /* A conversation itself is ref 0, so no two have one place. */
    [MARKS_IN] = {"SELECT scope_id, kind, ref, changed_at FROM sync_mark "
		  "WHERE scope = 2 AND changed_at >= ? "
		  "AND (scope_id, changed_at, ref) > (?, ?, ?) "
		  "AND scope_id IN ({?|,}) "
		  "ORDER BY scope_id, changed_at, ref LIMIT ?",
	"iuiu{u}u", "uuui"},
};

int
sync_store_now(struct db *db, struct arena *a, int64_t *now_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[NOW], a, &rows, e) == -1)
		return -1;
	*now_r = db_i(&rows, 0, 0);
	return 0;
}

int
sync_store_mark(struct db *db, unsigned scope, uint64_t scope_id, unsigned kind,
    uint64_t ref, struct err *e)
{
	return db_exec(db, &statements[MARK], e, (uint64_t)scope, scope_id,
		   (uint64_t)kind, ref) == -1
		   ? -1
		   : 0;
}

int
sync_store_mark_many(struct db *db, struct arena *a,
    const struct sync_stamp *stamp, size_t n, struct err *e)
{
	enum { WIDTH = 4 };
	struct db_value *rows = arena_alloc(a, n * WIDTH * sizeof(*rows));

	for (size_t i = 0; i < n; i++) {
		rows[i * WIDTH] = db_val_u(stamp[i].scope);
		rows[i * WIDTH + 1] = db_val_u(stamp[i].scope_id);
		rows[i * WIDTH + 2] = db_val_u(stamp[i].kind);
		rows[i * WIDTH + 3] = db_val_u(stamp[i].ref);
	}
	return db_exec_many(db, &statements[MARK], n, rows, e) == -1 ? -1 : 0;
}

int
sync_store_sweep(struct db *db, unsigned scope, uint64_t scope_id,
    int64_t before_ms, struct err *e)
{
	return db_exec(db, &statements[SWEEP], e, (uint64_t)scope, scope_id,
		   before_ms, (uint64_t)SWEEP_LIMIT) == -1
		   ? -1
		   : 0;
}

static void
marks_read(const struct db_rows *rows, struct arena *a, unsigned limit,
    struct sync_seen **list_r, size_t *n_r)
{
	*n_r = rows->n < limit ? rows->n : limit;
	*list_r = arena_alloc(a, *n_r * sizeof(**list_r));
	for (size_t r = 0; r < *n_r; r++)
		(*list_r)[r] = (struct sync_seen){db_u(rows, r, 0),
		    db_u(rows, r, 1), db_u(rows, r, 2), db_i(rows, r, 3)};
}

int
sync_store_marks(struct db *db, struct arena *a, uint64_t user_id,
    int64_t since_ms, const struct sync_seen *after, unsigned limit,
    struct sync_seen **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[MARKS], a, &rows, e, user_id, since_ms,
		after->changed_ms, after->kind, after->ref,
		(uint64_t)limit) == -1)
		return -1;
	marks_read(&rows, a, limit, list_r, n_r);
	return 0;
}

int
sync_store_marks_in(struct db *db, struct arena *a, const uint64_t *conv_ids,
    size_t n, int64_t since_ms, const struct sync_seen *after, unsigned limit,
    struct sync_seen **list_r, size_t *n_r, struct err *e)
{
	enum { FIXED = 4 };
	struct db_value *params =
	    arena_alloc(a, (FIXED + n + 1) * sizeof(*params));
	struct db_rows rows;

	params[0] = db_val_i(since_ms);
	params[1] = db_val_u(after->scope_id);
	params[2] = db_val_i(after->changed_ms);
	params[3] = db_val_u(after->ref);
	for (size_t i = 0; i < n; i++)
		params[FIXED + i] = db_val_u(conv_ids[i]);
	params[FIXED + n] = db_val_u(limit);
	*n_r = 0;
	if (n == 0)
		return 0;
	if (db_query_list(db, &statements[MARKS_IN], a, &rows, n, params, e) ==
	    -1)
		return -1;
	marks_read(&rows, a, limit, list_r, n_r);
	return 0;
}

const struct db_stmt *
sync_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
