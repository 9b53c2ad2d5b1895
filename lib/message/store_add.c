/* SPDX-License-Identifier: MIT */
/*
 * store_add.c -- What a send writes, n messages in one trip.
 *
 * Either their conversations are locked, or they are moved only where they are
 * as they were known to be (WRITE_KNOWN), which then is the lock.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "data/db.h"
#include "message/store.h"

#define OF_SENDER "conv_id = ? AND user_id = ?"

enum { ADD, ADVANCE, ADVANCE_KNOWN, HELD, ADVANCE_SENDER, STATEMENTS };

/* Parameters. */
enum { ADD_WIDTH = 10, MOVE_WIDTH = 5, KNOWN_WIDTH = 4, READ_WIDTH = 8 };

static const struct db_stmt statements[STATEMENTS] = {
    [ADD] = {"INSERT INTO message (conv_id, seq, sender_id, sender_type, "
	     "client_msg_id, type, content, reply_to, mentions, created_at) "
	     "VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)|,}",
	"{uuuusssusi}", NULL},
    /* One for all rows: a statement costs more than what it does to a row. */
    [ADVANCE] = {"UPDATE conversation SET "
		 "last_seq = CASE id {WHEN ? THEN ?| } END, "
		 "last_at = CASE id {WHEN ? THEN ?| } END "
		 "WHERE id IN ({?|,})",
	"{uu}{ui}{u}", NULL},
    /* Of a row that is not as it was known to be nothing moves, ... */
    [ADVANCE_KNOWN] = {"UPDATE conversation FORCE INDEX (PRIMARY) SET "
		       "last_seq = CASE id {WHEN ? THEN ?| } END, "
		       "last_at = CASE id {WHEN ? THEN ?| } END "
		       "WHERE id IN ({?|,}) AND CASE id {WHEN ? THEN last_seq "
		       "= ? AND bond = ? AND members_version = ?| } END",
	"{uu}{ui}{u}{uuuu}", NULL},
    /* ... and then nothing else is written. */
    [HELD] = {"IF ROW_COUNT() <> ? THEN " DB_STALE " END IF", "u", NULL},
    /*
     * Sending counts as reading, and ends the draft; in this order, for each
     * assignment sees those before it.  A sender without a row has neither.
     * Left to itself MariaDB goes by conversations_of, and from there by the
     * primary key.
     */
    [ADVANCE_SENDER] = {"UPDATE member FORCE INDEX (PRIMARY) SET "
			"read_seq = CASE {WHEN " OF_SENDER " THEN ?| } END, "
			"delivered_seq = read_seq, marked = 0, "
			"last_sent_at = COALESCE("
			"CASE {WHEN " OF_SENDER
			" THEN ?| } END, last_sent_at), "
			"draft_version = draft_version + "
			"(? AND draft IS NOT NULL), draft = IF(?, NULL, draft) "
			"WHERE {" OF_SENDER "| OR }",
	"{uuu}{uui}uu{uu}", NULL},
};

static void
add_params(const struct message *m, struct db_value v[ADD_WIDTH])
{
	v[0] = db_val_u(m->conv_id);
	v[1] = db_val_u(m->seq);
	v[2] = db_val_u(m->sender_id);
	v[3] = db_val_u(message_sender_type(m->sender_type));
	v[4] = db_val_s(m->client_msg_id);
	v[5] = db_val_s(m->type);
	v[6] = db_val_s(m->content);
	v[7] = m->reply_to != 0 ? db_val_u(m->reply_to) : db_val_null();
	v[8] = db_val_s(m->mentions);
	v[9] = db_val_i(m->created_ms);
}

/*
 * Is there a later one of the same conversation (and sender)?  Then it is the
 * one to move up to, and this one moves nothing: its id is NULL.
 */
static struct db_value
conv_unless_later(
    const struct message *const *list, size_t i, size_t n, bool of_sender)
{
	for (size_t k = i + 1; k < n && list[k]->conv_id == list[i]->conv_id;
	     k++)
		if (!of_sender || list[k]->sender_id == list[i]->sender_id)
			return db_val_null();
	return db_val_u(list[i]->conv_id);
}

/* Notices are no talk: they neither count against slow mode nor end a draft. */
static bool
is_said(const struct message *m)
{
	return strcmp(m->sender_type, "system") != 0;
}

/* The parameters of ADVANCE, list by list, and room for those of KNOWN. */
static struct db_value *
move_params(struct arena *a, const struct message *const *list, size_t n)
{
	struct db_value *v =
	    arena_alloc(a, n * (MOVE_WIDTH + KNOWN_WIDTH) * sizeof(*v));
	struct db_value *seq = v, *at = seq + 2 * n, *id = at + 2 * n;

	for (size_t i = 0; i < n; i++) {
		id[i] = conv_unless_later(list, i, n, false);
		seq[2 * i] = at[2 * i] = id[i];
		seq[2 * i + 1] = db_val_u(list[i]->seq);
		at[2 * i + 1] = db_val_i(list[i]->created_ms);
	}
	return v;
}

/* Of ADVANCE_SENDER.  A notice goes alone, so the first tells of all. */
static struct db_value *
read_params(struct arena *a, const struct message *const *list, size_t n)
{
	struct db_value *v = arena_alloc(a, (n * READ_WIDTH + 2) * sizeof(*v));
	struct db_value *seq = v, *at = seq + 3 * n, *said = at + 3 * n;
	struct db_value *row = said + 2;

	said[0] = said[1] = db_val_u(is_said(list[0]));
	for (size_t i = 0; i < n; i++) {
		row[2 * i] = conv_unless_later(list, i, n, true);
		row[2 * i + 1] = db_val_u(list[i]->sender_id);
		seq[3 * i] = at[3 * i] = row[2 * i];
		seq[3 * i + 1] = at[3 * i + 1] = row[2 * i + 1];
		seq[3 * i + 2] = db_val_u(list[i]->seq);
		at[3 * i + 2] = is_said(list[i]) ? db_val_i(list[i]->created_ms)
						 : db_val_null();
	}
	return v;
}

/* The first of each conversation knows what its row must be; how many are. */
static uint64_t
known_params(const struct message *const *list, size_t n,
    const struct message_audience *known, struct db_value *v)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < n; i++, v += KNOWN_WIDTH) {
		bool is_first =
		    i == 0 || list[i - 1]->conv_id != list[i]->conv_id;

		rows += is_first;
		v[0] = is_first ? db_val_u(list[i]->conv_id) : db_val_null();
		v[1] = db_val_u(list[i]->seq - 1);
		v[2] = db_val_u(known[i].bond);
		v[3] = db_val_u(known[i].members_version);
	}
	return rows;
}

/* What moves the conversations, and what makes sure of all that was known. */
static size_t
advance_parts(struct arena *a, const struct message *const *list, size_t n,
    const struct message_audience *known, struct db_part *parts)
{
	struct db_value *v = move_params(a, list, n), *rows;
	const char     **names;
	uint64_t	*ids;

	if (known == NULL) {
		parts[0] = (struct db_part){&statements[ADVANCE], v, n};
		return 1;
	}
	rows = arena_alloc(a, sizeof(*rows));
	names = arena_alloc(a, n * sizeof(*names));
	ids = arena_alloc(a, n * sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		names[i] = list[i]->sender_name;
		ids[i] = list[i]->sender_id;
	}
	*rows = db_val_u(known_params(list, n, known, v + n * MOVE_WIDTH));
	parts[0] = (struct db_part){&statements[ADVANCE_KNOWN], v, n};
	parts[1] = (struct db_part){&statements[HELD], rows, 0};
	account_names_held_part(a, ids, names, n, &parts[2]);
	return 3;
}

int
message_store_add(struct db *db, struct arena *a,
    const struct message *const *list, size_t n,
    const struct message_audience *known, const struct db_part *events,
    bool commits, uint64_t *event_id_r, struct err *e)
{
	struct db_value *add = arena_alloc(a, n * ADD_WIDTH * sizeof(*add));
	struct db_part	 parts[DB_PARTS_MAX];
	size_t		 nparts = advance_parts(a, list, n, known, parts);

	for (size_t i = 0; i < n; i++)
		add_params(list[i], add + i * ADD_WIDTH);
	parts[nparts++] = (struct db_part){&statements[ADD], add, n};
	parts[nparts++] = (struct db_part){
	    &statements[ADVANCE_SENDER], read_params(a, list, n), n};
	parts[nparts++] = *events;
	return db_exec_parts(db, parts, nparts, commits, event_id_r, e);
}

const struct db_stmt *
message_add_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
