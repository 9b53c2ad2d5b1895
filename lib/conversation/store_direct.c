/* SPDX-License-Identifier: MIT */
/*
 * store_direct.c -- The one conversation of two people, in MariaDB.
 *
 * Kept by (lower id, higher id); what the two are to each other stands in its
 * row, so that a send looks no further.
 */
#include "base/err.h"
#include "conversation/store.h"
#include "data/db.h"

enum { DIRECT, HAVE_MET, DIRECT_LOCK, ADD, ADD_MEMBERS, SETTLE, PART };

static const struct db_stmt statements[] = {
    [DIRECT] = {"SELECT id FROM conversation "
		"WHERE user_low = ? AND user_high = ?",
	"uu", "u"},
    [HAVE_MET] = {"SELECT 1 FROM member x JOIN conversation c "
		  "ON c.id = x.conv_id AND c.type IN (1, 2) "
		  "JOIN member y ON y.conv_id = x.conv_id AND y.user_id = ? "
		  "WHERE x.user_id = ? LIMIT 1",
	"uu", "u"},
    [DIRECT_LOCK] = {"SELECT id FROM conversation "
		     "WHERE user_low = ? AND user_high = ? FOR UPDATE",
	"uu", "u"},
    [ADD] = {"INSERT INTO conversation "
	     "(type, user_low, user_high, last_at, created_at) "
	     "VALUES (1, ?, ?, ?, ?)",
	"uuii", NULL},
    [ADD_MEMBERS] = {"INSERT INTO member (conv_id, user_id, joined_at) "
		     "VALUES (?, ?, ?), (?, ?, ?)",
	"uuiuui", NULL},
    [SETTLE] = {"UPDATE conversation SET bond = (bond & 4) | ? "
		"WHERE user_low = ? AND user_high = ?",
	"uuu", NULL},
    [PART] = {"UPDATE member m JOIN conversation c "
	      "ON c.id = m.conv_id AND c.type = 1 SET c.bond = 4 "
	      "WHERE m.user_id = ?",
	"u", NULL},
};

static int
direct_find(struct db *db, int statement, struct arena *a, uint64_t low,
    uint64_t high, uint64_t *id_r, struct err *e)
{
	struct db_rows rows;
	int	       found;

	found = db_find(db, &statements[statement], a, &rows, e, low, high);
	if (found == 1)
		*id_r = db_u(&rows, 0, 0);
	return found;
}

int
conversation_store_direct(struct db *db, struct arena *a, uint64_t low,
    uint64_t high, uint64_t *id_r, struct err *e)
{
	return direct_find(db, DIRECT, a, low, high, id_r, e);
}

int
conversation_store_have_met(
    struct db *db, struct arena *a, uint64_t x, uint64_t y, struct err *e)
{
	struct db_rows rows;

	return db_find(db, &statements[HAVE_MET], a, &rows, e, x, y);
}

int
conversation_store_direct_lock(struct db *db, struct arena *a, uint64_t low,
    uint64_t high, uint64_t *id_r, struct err *e)
{
	return direct_find(db, DIRECT_LOCK, a, low, high, id_r, e);
}

int
conversation_store_direct_add(struct db *db, uint64_t low, uint64_t high,
    int64_t now_ms, uint64_t *id_r, struct err *e)
{
	if (db_exec(db, &statements[ADD], e, low, high, now_ms, now_ms) == -1)
		return -1;
	*id_r = db_insert_id(db);
	if (db_exec(db, &statements[ADD_MEMBERS], e, *id_r, low, now_ms, *id_r,
		high, now_ms) == -1)
		return -1;
	return 0;
}

int
conversation_store_settle(struct db *db, uint64_t low, uint64_t high,
    const struct conversation_bond *bond, struct err *e)
{
	uint64_t bits = (bond->is_contact ? BOND_CONTACT : 0) |
			(bond->is_blocked ? BOND_BLOCKED : 0);

	return db_exec(db, &statements[SETTLE], e, bits, low, high) == -1 ? -1
									  : 0;
}

int
conversation_store_part(struct db *db, uint64_t user_id, struct err *e)
{
	return db_exec(db, &statements[PART], e, user_id) == -1 ? -1 : 0;
}

const struct db_stmt *
conversation_direct_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
