/* SPDX-License-Identifier: MIT */
/*
 * store_own.c -- What somebody makes of a conversation, in MariaDB.
 *
 * All of it is the one member row.
 */
#include "base/err.h"
#include "conversation/store.h"
#include "data/db.h"

enum { WORLD_ROW, CONFIGURE, CLEAR, READ, DRAFT };

static const struct db_stmt statements[] = {
    /* The row of somebody in the world channel, when it is first needed. */
    [WORLD_ROW] = {"INSERT IGNORE INTO member (conv_id, user_id, joined_seq, "
		   "read_seq, delivered_seq, joined_at) "
		   "VALUES (?, ?, ?, ?, ?, ?)",
	"uuuuui", NULL},
    [CONFIGURE] = {"UPDATE member m JOIN conversation c "
		   "ON c.id = m.conv_id "
		   "SET m.pinned = COALESCE(?, m.pinned), "
		   "m.muted = COALESCE(?, m.muted), "
		   "m.silent_until = IF(?, ?, m.silent_until), "
		   "m.marked = COALESCE(?, m.marked), "
		   "m.hidden_seq = CASE ? WHEN 1 THEN c.last_seq "
		   "WHEN 0 THEN NULL ELSE m.hidden_seq END "
		   "WHERE m.conv_id = ? AND m.user_id = ?",
	"uuuiuuuu", NULL},
    [CLEAR] = {"UPDATE member m JOIN conversation c ON c.id = m.conv_id "
	       "SET m.cleared_seq = c.last_seq, "
	       "m.hidden_seq = c.last_seq "
	       "WHERE m.conv_id = ? AND m.user_id = ?",
	"uu", NULL},
    [READ] = {"UPDATE member FORCE INDEX (PRIMARY) "
	      "SET delivered_seq = GREATEST(delivered_seq, "
	      "?), read_seq = GREATEST(read_seq, ?), marked = 0 "
	      "WHERE conv_id = ? AND user_id = ? AND (read_seq < ? OR marked)",
	"uuuuu", NULL},
    /*
     * Only what is another text, to the byte: for the collation, "a", "A" and
     * "a " are one.  And if a version is known, only on top of it.
     */
    [DRAFT] = {"UPDATE member SET draft = ?, draft_at = ?, "
	       "draft_version = draft_version + 1 "
	       "WHERE conv_id = ? AND user_id = ? "
	       "AND draft_version = COALESCE(?, draft_version) "
	       "AND NOT BINARY draft <=> ?",
	"siuuus", NULL},
};

int
conversation_store_world_row(struct db *db, uint64_t conv_id,
    const struct conversation_viewer *v, int64_t now_ms, struct err *e)
{
	return db_exec(db, &statements[WORLD_ROW], e, conv_id, v->user_id,
		   v->world_seq, v->world_seq, v->world_seq, now_ms) == -1
		   ? -1
		   : 0;
}

/* NULL stands for "as it is". */
static struct db_value
setting(const bool *value)
{
	return value == NULL ? db_val_null() : db_val_u(*value ? 1 : 0);
}

int
conversation_store_configure(struct db *db, uint64_t user_id, uint64_t conv_id,
    const struct conversation_settings *s, struct err *e)
{
	int64_t until = s->silent_until_ms != NULL ? *s->silent_until_ms : 0;
	bool	sets_mute = s->muted != NULL || s->silent_until_ms != NULL;
	bool	mutes = s->muted != NULL ? *s->muted : until != 0;
	const struct db_value params[] = {setting(s->pinned),
	    s->muted != NULL || until != 0 ? db_val_u(mutes) : db_val_null(),
	    db_val_u(sets_mute),
	    mutes && until != 0 ? db_val_i(until) : db_val_null(),
	    setting(s->marked), setting(s->hidden), db_val_u(conv_id),
	    db_val_u(user_id)};

	return db_exec_many(db, &statements[CONFIGURE], 1, params, e) == -1 ? -1
									    : 0;
}

int
conversation_store_draft(struct db *db, uint64_t user_id, uint64_t conv_id,
    const char *text, const uint64_t *known, int64_t now_ms, struct err *e)
{
	const struct db_value params[] = {db_val_s(text),
	    text != NULL ? db_val_i(now_ms) : db_val_null(), db_val_u(conv_id),
	    db_val_u(user_id), known != NULL ? db_val_u(*known) : db_val_null(),
	    db_val_s(text)};
	int64_t rows = db_exec_many(db, &statements[DRAFT], 1, params, e);

	return rows == -1 ? -1 : rows > 0;
}

int
conversation_store_clear(
    struct db *db, uint64_t user_id, uint64_t conv_id, struct err *e)
{
	return db_exec(db, &statements[CLEAR], e, conv_id, user_id) == -1 ? -1
									  : 0;
}

int
conversation_store_read(struct db *db, uint64_t user_id, uint64_t conv_id,
    uint64_t seq, struct err *e)
{
	int64_t rows;

	rows =
	    db_exec(db, &statements[READ], e, seq, seq, conv_id, user_id, seq);
	return rows == -1 ? -1 : rows > 0;
}

const struct db_stmt *
conversation_own_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
