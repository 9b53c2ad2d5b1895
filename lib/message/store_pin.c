/* SPDX-License-Identifier: MIT */
/*
 * store_pin.c -- Pinned messages in MariaDB.
 */
#include "base/arena.h"
#include "data/db.h"
#include "message/store.h"

enum { PIN, UNPIN, IS_PINNED, COUNT, PINS };

static const struct db_stmt statements[] = {
    [PIN] = {"INSERT INTO pin (conv_id, seq, by_id, created_at) "
	     "VALUES (?, ?, ?, ?)",
	"uuui", NULL},
    [UNPIN] = {"DELETE FROM pin WHERE conv_id = ? AND seq = ?", "uu", NULL},
    [IS_PINNED] = {"SELECT seq FROM pin WHERE conv_id = ? AND seq = ?", "uu",
	"u"},
    [COUNT] = {"SELECT COUNT(*) FROM pin WHERE conv_id = ?", "u", "u"},
    [PINS] = {"SELECT seq, by_id, created_at FROM pin WHERE conv_id = ? "
	      "AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?",
	"uuuu", "uui"},
};

int
message_store_pin(struct db *db, const struct message_place *at, uint64_t by_id,
    int64_t now_ms, struct err *e)
{
	return db_exec(db, &statements[PIN], e, at->conv_id, at->seq, by_id,
		   now_ms) == -1
		   ? -1
		   : 0;
}

int
message_store_unpin(
    struct db *db, const struct message_place *at, struct err *e)
{
	int64_t rows = db_exec(db, &statements[UNPIN], e, at->conv_id, at->seq);

	return rows == -1 ? -1 : rows > 0;
}

int
message_store_is_pinned(struct db *db, struct arena *a,
    const struct message_place *at, struct err *e)
{
	struct db_rows rows;

	return db_find(
	    db, &statements[IS_PINNED], a, &rows, e, at->conv_id, at->seq);
}

int
message_store_pin_count(struct db *db, struct arena *a, uint64_t conv_id,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[COUNT], a, &rows, e, conv_id) == -1)
		return -1;
	*n_r = db_u(&rows, 0, 0);
	return 0;
}

int
message_store_pins(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t after, uint64_t before, unsigned limit,
    struct message_pin **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[PINS], a, &rows, e, conv_id, after, before,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct message_pin){
		    .message = {.conv_id = conv_id, .seq = db_u(&rows, r, 0)},
		    .by_id = db_u(&rows, r, 1),
		    .created_ms = db_i(&rows, r, 2),
		};
	return 0;
}

const struct db_stmt *
pin_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
