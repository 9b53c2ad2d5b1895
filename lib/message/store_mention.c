/* SPDX-License-Identifier: MIT */
/*
 * store_mention.c -- Who is called where, in MariaDB.
 *
 * A row for each who is called by name, and one, of nobody's id, for everybody:
 * what a message costs does not depend on how many are in the conversation.
 * Each row knows how many of its kind there are up to it, so that unread ones
 * are counted by two look-ups (lib/conversation/store_mention.c).  Where one
 * goes, those after it step down, so that the difference stays the number.
 */
#include "base/arena.h"
#include "data/db.h"
#include "message/mention.h"
#include "message/store.h"

enum { CALL, UNCALL, CLOSE_UP, STATEMENTS };
enum { WIDTH = 5 };

static const struct db_stmt statements[STATEMENTS] = {
    /* Under the lock of the conversation, so nobody counts beside us. */
    [CALL] = {"INSERT INTO mention (conv_id, user_id, seq, nth) "
	      "SELECT ?, ?, ?, 1 + COALESCE((SELECT nth FROM mention "
	      "WHERE conv_id = ? AND user_id = ? "
	      "ORDER BY seq DESC LIMIT 1), 0)",
	"uuuuu", NULL},
    /* Under the same lock; of one person, by the primary key. */
    [UNCALL] = {"DELETE FROM mention "
		"WHERE conv_id = ? AND user_id = ? AND seq = ?",
	"uuu", NULL},
    [CLOSE_UP] = {"UPDATE mention SET nth = nth - 1 "
		  "WHERE conv_id = ? AND user_id = ? AND seq > ?",
	"uuu", NULL},
};

static void
put_row(struct db_value row[WIDTH], const struct message *m, uint64_t user_id)
{
	row[0] = row[3] = db_val_u(m->conv_id);
	row[1] = row[4] = db_val_u(user_id);
	row[2] = db_val_u(m->seq);
}

/* Who is called with everybody is not called once more; nor who speaks. */
static size_t
called(const struct message *m, uint64_t ids[MENTIONS_MAX])
{
	size_t n = mention_ids(m->mentions, ids), left = 0;

	for (size_t i = 0; i < n; i++)
		if (ids[i] == MENTION_ALL) {
			ids[0] = MENTION_ALL;
			return 1;
		}
	for (size_t i = 0; i < n; i++)
		if (ids[i] != m->sender_id)
			ids[left++] = ids[i];
	return left;
}

int
message_store_mentions(
    struct db *db, struct arena *a, const struct message *m, struct err *e)
{
	uint64_t	 ids[MENTIONS_MAX];
	size_t		 n = called(m, ids);
	struct db_value *rows = arena_alloc(a, n * WIDTH * sizeof(*rows));

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		put_row(rows + i * WIDTH, m, ids[i]);
	return db_exec_many(db, &statements[CALL], n, rows, e) == -1 ? -1 : 0;
}

int
message_store_unmention(struct db *db, const struct message *m, struct err *e)
{
	uint64_t ids[MENTIONS_MAX];
	size_t	 n = called(m, ids);

	for (size_t i = 0; i < n; i++) {
		int64_t gone = db_exec(
		    db, &statements[UNCALL], e, m->conv_id, ids[i], m->seq);

		if (gone == -1 ||
		    (gone > 0 && db_exec(db, &statements[CLOSE_UP], e,
				     m->conv_id, ids[i], m->seq) == -1))
			return -1;
	}
	return 0;
}

const struct db_stmt *
mention_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
