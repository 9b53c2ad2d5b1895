/* SPDX-License-Identifier: MIT */
/* store.h -- What the context needs stored, in its own words. */
#ifndef PARLEY_MESSAGE_STORE_H
#define PARLEY_MESSAGE_STORE_H

#include "message/rules.h"

struct db_part;
struct db_stmt;

/*
 * In a transaction: locks the conversations of n drafts, lowest id first, and
 * tells what is known of each draft but who sends it and whether it was sent
 * before: facts_r[i] of drafts[i].  One statement.
 */
int message_store_lock(struct db *, struct arena *,
    struct message_draft *const *drafts, size_t n,
    struct message_facts *facts_r, struct err *);

/* Adds what the same senders sent under the same client_msg_ids. */
int message_store_earlier(struct db *, struct arena *,
    struct message_draft *const *drafts, size_t n, struct message_facts *facts,
    struct err *);

/*
 * In the same transaction: writes n messages and moves conversation and
 * sender up to them.  -1 "duplicate" if a client_msg_id is taken.
 */
int message_store_add(struct db *, struct arena *,
    const struct message *const *, size_t n, struct err *);

/*
 * The same for one in one round trip, with its event before it and the commit
 * after it.
 */
int message_store_add_and_commit(struct db *, const struct message *,
    const struct db_part *event, struct err *);

/* Messages of a conversation in (from, to): the first or the last limit. */
struct message_slice_bounds {
	uint64_t conv_id;
	uint64_t after, before; /* before 0: no end */
	unsigned limit;
	bool	 is_from_end;
};

/* Ascending, whichever end they were taken from; without sender_name. */
int message_store_slice(struct db *, struct arena *,
    const struct message_slice_bounds *, struct message **, size_t *n_r,
    struct err *);

/* Those in n spans, by conversation and seq; without sender_name. */
int
message_store_spans(struct db *, struct arena *, const struct message_span *,
    size_t n, struct message **, size_t *n_r, struct err *);

/* See message_bounds(). */
int message_store_bounds(struct db *, struct arena *, struct message_place *,
    size_t n, int64_t since_ms, struct err *);

/* Those at n places, in no order; without sender_name. */
int message_store_at(struct db *, struct arena *, const struct message_place *,
    size_t n, struct message **, size_t *n_r, struct err *);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *message_statements(size_t *n_r);

#endif
