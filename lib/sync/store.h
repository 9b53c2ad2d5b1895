/* SPDX-License-Identifier: MIT */
/* store.h -- What the context needs stored, in its own words. */
#ifndef PARLEY_SYNC_STORE_H
#define PARLEY_SYNC_STORE_H

#include "sync/cursor.h"
#include "sync/sync.h"

struct db_stmt;

enum { SYNC_OF_USER = 1, SYNC_IN_CONVERSATION = 2 };
/*
 * Kinds of marks in a conversation.  The ref of a message is its seq and a bit
 * that no id of a member has, so that no two refs are one.
 */
enum { SYNC_MEMBER = SYNC_CONVERSATION + 1, SYNC_MESSAGE };
#define SYNC_MESSAGE_REF (1ull << 63)

/* The clock that stamps changes: the database's. */
int sync_store_now(struct db *, struct arena *, int64_t *now_r, struct err *);

/* In a transaction: stamps the thing later than it ever was. */
int sync_store_mark(struct db *, unsigned scope, uint64_t scope_id,
    unsigned kind, uint64_t ref, struct err *);

/* The same for n things in one trip. */
struct sync_stamp {
	unsigned scope;
	uint64_t scope_id;
	unsigned kind;
	uint64_t ref;
};
int sync_store_mark_many(struct db *, struct arena *, const struct sync_stamp *,
    size_t n, struct err *);

/* Forgets a few of the scope's marks from before. */
int sync_store_sweep(struct db *, unsigned scope, uint64_t scope_id,
    int64_t before_ms, struct err *);

/*
 * The user's marks since then, at most limit, by time, kind and ref, after the
 * last one shown (all 0: from the start).
 */
int sync_store_marks(struct db *, struct arena *, uint64_t user_id,
    int64_t since_ms, const struct sync_seen *after, unsigned limit,
    struct sync_seen **, size_t *n_r, struct err *);

/* The same in n conversations: by conversation, time and ref. */
int sync_store_marks_in(struct db *, struct arena *, const uint64_t *conv_ids,
    size_t n, int64_t since_ms, const struct sync_seen *after, unsigned limit,
    struct sync_seen **, size_t *n_r, struct err *);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *sync_statements(size_t *n_r);

#endif
