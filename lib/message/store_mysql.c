/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Messages in MariaDB.
 *
 * A send looks at one row, the conversation's, which it locks.  Whether the
 * same was sent before is told by the unique key `once` when it is written;
 * only where that, or a refusal, makes it matter is it looked up.
 */
#include "message/store.h"

#include <string.h>

#include "base/arena.h"
#include "data/db.h"
#include "message/mention.h"

/* struct message, in the order of message_read(). */
#define COLUMNS                                                           \
	"m.conv_id, m.seq, m.sender_id, m.sender_type, m.client_msg_id, " \
	"m.type, m.content, m.reply_to, m.mentions, m.created_at, "       \
	"m.edited_at, m.recalled_at"
#define COLUMN_TYPES "uuuusssusiii"

/* The first or last so many that call somebody, or everybody, in a range. */
#define CALLS(order)                                           \
	"(SELECT conv_id, seq FROM mention WHERE conv_id = ? " \
	"AND user_id = ? AND seq > ? AND seq < ? "             \
	"ORDER BY seq " order " LIMIT ?)"
#define MENTIONS(order)                                           \
	CALLS(order)                                              \
	" UNION ALL " CALLS(order) "ORDER BY seq " order " LIMIT" \
				   " ?"
#define PLACED                     \
	"STRAIGHT_JOIN message m " \
	"ON m.conv_id = d.conv_id AND m.seq = d.seq "

enum { LOCK, EARLIER, SLICE, SLICE_END, MENTIONED, MENTIONED_END, AT, RECALL };

static const struct db_stmt statements[] = {
    [LOCK] = {"SELECT id, type, user_low, user_high, bond, last_seq, last_at, "
	      "members_version FROM conversation FORCE INDEX (PRIMARY) "
	      "WHERE id IN ({?|,}) FOR UPDATE",
	"{u}", "uuuuuuiu"},
    [EARLIER] = {"SELECT d.n, m.recalled_said, " COLUMNS
		 " FROM ({SELECT CAST(? AS UNSIGNED) AS n, "
		 "CAST(? AS UNSIGNED) AS sender_id, "
		 "CAST(? AS CHAR(64) CHARACTER SET ascii) "
		 "COLLATE ascii_bin AS client_msg_id| UNION ALL }) d "
		 "JOIN message m ON m.sender_id = d.sender_id "
		 "AND m.client_msg_id = d.client_msg_id",
	"{uus}", "us" COLUMN_TYPES},
    [SLICE] = {"SELECT " COLUMNS " FROM message m "
	       "WHERE m.conv_id = ? AND m.seq > ? AND m.seq < ? "
	       "ORDER BY m.seq LIMIT ?",
	"uuuu", COLUMN_TYPES},
    [SLICE_END] = {"SELECT " COLUMNS " FROM message m "
		   "WHERE m.conv_id = ? AND m.seq > ? AND m.seq < ? "
		   "ORDER BY m.seq DESC LIMIT ?",
	"uuuu", COLUMN_TYPES},
    [MENTIONED] = {"SELECT " COLUMNS " FROM (" MENTIONS("ASC") ") d " PLACED
							       "ORDER BY m.seq",
	"uuuuuuuuuuu", COLUMN_TYPES},
    [MENTIONED_END] = {"SELECT " COLUMNS " FROM (" MENTIONS(
			   "DESC") ") d " PLACED "ORDER BY m.seq DESC",
	"uuuuuuuuuuu", COLUMN_TYPES},
    /* Joined, for to weigh a long IN (...) takes longer than to look up. */
    [AT] = {"SELECT " COLUMNS " FROM ({SELECT CAST(? AS UNSIGNED) AS conv_id, "
	    "CAST(? AS UNSIGNED) AS seq| UNION ALL }) d "
	    "STRAIGHT_JOIN message m "
	    "ON m.conv_id = d.conv_id AND m.seq = d.seq",
	"{uu}", COLUMN_TYPES},
    [RECALL] = {"UPDATE message SET content = '', mentions = '', "
		"recalled_at = ?, recalled_said = ? "
		"WHERE conv_id = ? AND seq = ?",
	"isuu", NULL},
};

static const char *const SENDER_TYPES[] = {"", "user", "system", "app"};

uint64_t
message_sender_type(const char *name)
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
	m->mentions = db_s(rows, r, i++);
	m->created_ms = db_i(rows, r, i++);
	m->edited_ms = db_i(rows, r, i++);
	m->recalled_ms = db_i(rows, r, i++);
	m->status = "sent";
}

/* -- sending --------------------------------------------------------------- */

enum { BOND_CONTACT = 1, BOND_BLOCKED = 2, BOND_GONE = 4 };

/* A direct conversation's members are its two people. */
void
message_facts_stand(struct message_facts *f, uint64_t sender_id)
{
	bool is_in = sender_id != 0 &&
		     (f->people[0] == sender_id || f->people[1] == sender_id);

	f->standing.type = f->type;
	f->standing.role = is_in ? MEMBER_MEMBER : MEMBER_NONE;
	f->standing.bond.is_contact = (f->bond & BOND_CONTACT) != 0;
	f->standing.bond.is_blocked = (f->bond & BOND_BLOCKED) != 0;
	f->standing.bond.is_gone = (f->bond & BOND_GONE) != 0;
}

static void
facts_read(const struct db_rows *rows, size_t r, uint64_t sender_id,
    struct message_facts *f)
{
	f->exists = true;
	f->type = (enum conversation_type)db_u(rows, r, 1);
	f->people[0] = db_u(rows, r, 2);
	f->people[1] = db_u(rows, r, 3);
	f->bond = db_u(rows, r, 4);
	f->last_seq = db_u(rows, r, 5);
	f->last_at_ms = db_i(rows, r, 6);
	f->members_version = db_u(rows, r, 7);
	message_facts_stand(f, sender_id);
}

int
message_store_lock(struct db *db, struct arena *a,
    struct message_draft *const *drafts, size_t n,
    struct message_facts *facts_r, const struct db_part *also,
    struct db_rows *also_r, struct err *e)
{
	struct db_value *ids = arena_alloc(a, n * sizeof(*ids));
	struct db_part	 parts[2] = {{&statements[LOCK], ids, n}};
	struct db_rows	 rows[2];

	for (size_t i = 0; i < n; i++)
		ids[i] = db_val_u(drafts[i]->conv_id);
	if (also != NULL)
		parts[1] = *also;
	if (db_query_parts(db, parts, also != NULL ? 2 : 1, a, rows, e) == -1)
		return -1;
	for (size_t r = 0; r < rows[0].n; r++)
		for (size_t i = 0; i < n; i++)
			if (drafts[i]->conv_id == db_u(&rows[0], r, 0))
				facts_read(&rows[0], r, drafts[i]->sender_id,
				    &facts_r[i]);
	if (also != NULL)
		*also_r = rows[1];
	return 0;
}

int
message_store_earlier(struct db *db, struct arena *a,
    struct message_draft *const *drafts, size_t n, struct message_facts *facts,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, n * 3 * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++) {
		params[3 * i] = db_val_u(i);
		params[3 * i + 1] = db_val_u(drafts[i]->sender_id);
		params[3 * i + 2] = db_val_s(drafts[i]->client_msg_id);
	}
	if (db_query_list(db, &statements[EARLIER], a, &rows, n, params, e) ==
	    -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++) {
		struct message_facts *f = &facts[db_u(&rows, r, 0)];

		f->has_earlier = true;
		f->recalled_said =
		    db_is_null(&rows, r, 1) ? NULL : db_s(&rows, r, 1);
		message_read(&rows, r, 2, &f->earlier);
		f->earlier.sender_name = f->sender_name;
	}
	return 0;
}

int
message_store_recall(struct db *db, const struct message_place *at,
    const char *said, int64_t now_ms, struct err *e)
{
	return db_exec(db, &statements[RECALL], e, now_ms, said, at->conv_id,
		   at->seq) == -1
		   ? -1
		   : 0;
}

/* -- reading --------------------------------------------------------------- */

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

static int
mentioned_query(struct db *db, struct arena *a,
    const struct message_slice_bounds *b, uint64_t before, struct db_rows *rows,
    struct err *e)
{
	uint64_t limit = b->limit;

	return db_query(db,
	    &statements[b->is_from_end ? MENTIONED_END : MENTIONED], a, rows, e,
	    b->conv_id, b->mentioned, b->after, before, limit, b->conv_id,
	    (uint64_t)MENTION_ALL, b->after, before, limit, limit);
}

int
message_store_slice(struct db *db, struct arena *a,
    const struct message_slice_bounds *b, struct message **messages_r,
    size_t *n_r, struct err *e)
{
	uint64_t       before = b->before != 0 ? b->before : UINT64_MAX;
	struct db_rows rows;
	int	       rc;

	if (b->mentioned != 0)
		rc = mentioned_query(db, a, b, before, &rows, e);
	else
		rc = db_query(db,
		    &statements[b->is_from_end ? SLICE_END : SLICE], a, &rows,
		    e, b->conv_id, b->after, before, (uint64_t)b->limit);
	if (rc == -1)
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
