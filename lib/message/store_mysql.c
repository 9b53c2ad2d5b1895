/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Messages in MariaDB.
 *
 * FACTS is the one statement of the house that looks into other contexts'
 * tables: it asks user, member, contact and block what their own contexts
 * would say, because a send can afford one look and not five.  It locks the
 * conversations (in the order of the drafts) and what was sent before under
 * the same client_msg_id; the scalar queries lock nothing, and see what was
 * committed when the lock was got.
 */
#include "message/store.h"

#include <string.h>

#include "base/arena.h"
#include "data/db.h"

/* struct message, in the order of message_read(). */
#define COLUMNS(m)                                                        \
	m ".conv_id, " m ".seq, " m ".sender_id, " m ".sender_type, " m   \
	  ".client_msg_id, " m ".type, " m ".content, " m ".reply_to, " m \
	  ".created_at, " m ".edited_at, " m ".recalled_at"
#define COLUMN_TYPES "uuuusssuiii"
#define OTHER "c.user_low + c.user_high - d.sender_id"
/* Is there a row of the two people, this way and, or or, that way round? */
#define ROW(t, x, y)                                             \
	"EXISTS (SELECT 1 FROM " t " WHERE " x " = d.sender_id " \
	"AND " y " = " OTHER ")"
#define TWO(t, x, y, both) "(" ROW(t, x, y) both ROW(t, y, x) ")"

#define ADD_SQL                                                       \
	"INSERT INTO message (conv_id, seq, sender_id, sender_type, " \
	"client_msg_id, type, content, reply_to, created_at) "        \
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ADD_TYPES "uuuusssui"
#define ADVANCE_SQL                                           \
	"UPDATE conversation c LEFT JOIN member m "           \
	"ON m.conv_id = c.id AND m.user_id = ? "              \
	"SET c.last_seq = ?, c.last_at = ?, m.read_seq = ?, " \
	"m.delivered_seq = ? WHERE c.id = ?"
#define ADVANCE_TYPES "uuiuuu"

enum { FACTS, ADD, ADVANCE, ADD_ONE_LAST, SLICE, SLICE_END, AT };
enum {
	ADD_WIDTH = sizeof(ADD_TYPES) - 1,
	ADVANCE_WIDTH = sizeof(ADVANCE_TYPES) - 1
};

static const struct db_stmt statements[] = {
    [FACTS] =
	{"SELECT d.n, c.id IS NOT NULL, c.type, c.last_seq, "
	 "c.last_at, c.members_version, "
	 "(SELECT role FROM member WHERE conv_id = c.id "
	 "AND user_id = d.sender_id), "
	 "(SELECT display_name FROM user WHERE id = d.sender_id), " TWO(
	     "contact", "user_id", "contact_id", " AND ") ", " TWO("block",
	     "user_id", "blocked_id",
	     " OR ") ", " COLUMNS("e") " FROM ({SELECT CAST(? AS UNSIGNED) AS "
				       "n, "
				       "CAST(? AS UNSIGNED) AS conv_id, "
				       "CAST(? AS UNSIGNED) AS sender_id, "
				       "CAST(? AS CHAR(64) CHARACTER SET "
				       "ascii) "
				       "COLLATE ascii_bin AS client_msg_id| "
				       "UNION ALL }) d "
				       "LEFT JOIN conversation c ON c.id = "
				       "d.conv_id "
				       "LEFT JOIN message e ON e.sender_id = "
				       "d.sender_id "
				       "AND e.client_msg_id = d.client_msg_id "
				       "FOR UPDATE",
	    "{uuus}", "uuuuiuusuu" COLUMN_TYPES},
    [ADD] = {ADD_SQL, ADD_TYPES, NULL},
    [ADVANCE] = {ADVANCE_SQL, ADVANCE_TYPES, NULL},
    [ADD_ONE_LAST] = {"BEGIN NOT ATOMIC " ADD_SQL "; " ADVANCE_SQL
		      "; COMMIT; END",
	ADD_TYPES ADVANCE_TYPES, NULL, .commits = true},
    [SLICE] = {"SELECT " COLUMNS(
		   "m") " FROM message m "
			"WHERE m.conv_id = ? AND m.seq > ? AND m.seq < ? "
			"ORDER BY m.seq LIMIT ?",
	"uuuu", COLUMN_TYPES},
    [SLICE_END] = {"SELECT " COLUMNS(
		       "m") " FROM message m "
			    "WHERE m.conv_id = ? AND m.seq > ? AND m.seq < ? "
			    "ORDER BY m.seq DESC LIMIT ?",
	"uuuu", COLUMN_TYPES},
    [AT] = {"SELECT " COLUMNS("m") " FROM message m "
				   "WHERE (m.conv_id, m.seq) IN ({(?, ?)|,})",
	"{uu}", COLUMN_TYPES},
};

static const char *const SENDER_TYPES[] = {"", "user", "system", "app"};

static uint64_t
sender_type_number(const char *name)
{
	for (uint64_t i = 1; i < 4; i++)
		if (strcmp(SENDER_TYPES[i], name) == 0)
			return i;
	return 1;
}

static void
message_read(const struct db_rows *rows, size_t r, size_t i, struct message *m)
{
	m->conv_id = db_u(rows, r, i++);
	m->seq = db_u(rows, r, i++);
	m->id = message_id(m->conv_id, m->seq);
	m->sender_id = db_u(rows, r, i++);
	m->sender_type = SENDER_TYPES[db_u(rows, r, i++) & 3];
	m->client_msg_id = db_s(rows, r, i++);
	m->type = db_s(rows, r, i++);
	m->content = db_s(rows, r, i++);
	m->reply_to = db_u(rows, r, i++);
	m->created_ms = db_i(rows, r, i++);
	m->edited_ms = db_i(rows, r, i++);
	m->recalled_ms = db_i(rows, r, i++);
	m->status = "sent";
}

static void
facts_read(const struct db_rows *rows, size_t r, struct message_facts *f)
{
	f->exists = db_u(rows, r, 1) != 0;
	f->type = (enum conversation_type)db_u(rows, r, 2);
	f->last_seq = db_u(rows, r, 3);
	f->last_at_ms = db_i(rows, r, 4);
	f->members_version = db_u(rows, r, 5);
	f->role = (enum member_role)db_u(rows, r, 6);
	f->sender_name = db_s(rows, r, 7);
	f->is_contact = db_u(rows, r, 8) != 0;
	f->is_blocked = db_u(rows, r, 9) != 0;
	f->has_earlier = !db_is_null(rows, r, 10);
	if (f->has_earlier) {
		message_read(rows, r, 10, &f->earlier);
		f->earlier.sender_name = f->sender_name;
	}
}

int
message_store_facts(struct db *db, struct arena *a,
    struct message_draft *const *drafts, size_t n,
    struct message_facts *facts_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * 4 * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		params[4 * i] = db_val_u(i);
		params[4 * i + 1] = db_val_u(drafts[i]->conv_id);
		params[4 * i + 2] = db_val_u(drafts[i]->sender_id);
		params[4 * i + 3] = db_val_s(drafts[i]->client_msg_id);
	}
	if (db_query_list(db, &statements[FACTS], a, &rows, n, params, e) == -1)
		return -1;
	/* Rows without a number fill the list up to a prepared length. */
	for (size_t r = 0; r < rows.n; r++)
		if (!db_is_null(&rows, r, 0) && db_u(&rows, r, 0) < n)
			facts_read(&rows, r, &facts_r[db_u(&rows, r, 0)]);
	return 0;
}

/* The parameters of ADD and ADVANCE for one message. */
static void
message_params(
    const struct message *m, struct db_value *add, struct db_value *advance)
{
	const struct db_value row[ADD_WIDTH] = {db_val_u(m->conv_id),
	    db_val_u(m->seq), db_val_u(m->sender_id),
	    db_val_u(sender_type_number(m->sender_type)),
	    db_val_s(m->client_msg_id), db_val_s(m->type), db_val_s(m->content),
	    m->reply_to != 0 ? db_val_u(m->reply_to) : db_val_null(),
	    db_val_i(m->created_ms)};
	const struct db_value up[ADVANCE_WIDTH] = {db_val_u(m->sender_id),
	    db_val_u(m->seq), db_val_i(m->created_ms), db_val_u(m->seq),
	    db_val_u(m->seq), db_val_u(m->conv_id)};

	memcpy(add, row, sizeof(row));
	memcpy(advance, up, sizeof(up));
}

int
message_store_add(struct db *db, struct arena *a,
    const struct message *const *messages, size_t n, struct err *e)
{
	struct db_value *add = arena_alloc(a, n * ADD_WIDTH * sizeof(*add));
	struct db_value *advance =
	    arena_alloc(a, n * ADVANCE_WIDTH * sizeof(*advance));

	for (size_t i = 0; i < n; i++)
		message_params(messages[i], add + i * ADD_WIDTH,
		    advance + i * ADVANCE_WIDTH);
	if (db_exec_many(db, &statements[ADD], n, add, e) == -1 ||
	    db_exec_many(db, &statements[ADVANCE], n, advance, e) == -1)
		return -1;
	return 0;
}

int
message_store_add_one_last(
    struct db *db, const struct message *m, struct err *e)
{
	struct db_value params[ADD_WIDTH + ADVANCE_WIDTH];

	message_params(m, params, params + ADD_WIDTH);
	return db_exec_many(db, &statements[ADD_ONE_LAST], 1, params, e) == -1
		   ? -1
		   : 0;
}

static void
messages_read(const struct db_rows *rows, bool is_reversed, struct arena *a,
    struct message **messages_r, size_t *n_r)
{
	struct message *list = arena_alloc(a, rows->n * sizeof(*list));

	for (size_t r = 0; r < rows->n; r++)
		message_read(
		    rows, is_reversed ? rows->n - 1 - r : r, 0, &list[r]);
	*messages_r = list;
	*n_r = rows->n;
}

int
message_store_slice(struct db *db, struct arena *a,
    const struct message_slice_bounds *b, struct message **messages_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[b->is_from_end ? SLICE_END : SLICE], a,
		&rows, e, b->conv_id, b->after,
		b->before != 0 ? b->before : UINT64_MAX,
		(uint64_t)b->limit) == -1)
		return -1;
	messages_read(&rows, b->is_from_end, a, messages_r, n_r);
	return 0;
}

int
message_store_at(struct db *db, struct arena *a,
    const struct message_place *places, size_t n, struct message **messages_r,
    size_t *n_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * 2 * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		params[2 * i] = db_val_u(places[i].conv_id);
		params[2 * i + 1] = db_val_u(places[i].seq);
	}
	if (db_query_list(db, &statements[AT], a, &rows, n, params, e) == -1)
		return -1;
	messages_read(&rows, false, a, messages_r, n_r);
	return 0;
}

const struct db_stmt *
message_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
