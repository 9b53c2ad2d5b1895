/* SPDX-License-Identifier: MIT */
/* store.h -- What the context needs stored, in its own words. */
#ifndef PARLEY_MESSAGE_STORE_H
#define PARLEY_MESSAGE_STORE_H

#include "message/rules.h"

struct db_stmt;

/*
 * In a transaction: locks the conversations of n drafts and tells what is
 * known of each draft, facts_r[i] of drafts[i].  The drafts come sorted by
 * conversation, which is the order of the locks.  One statement.
 */
int message_store_facts(struct db *, struct arena *,
    struct message_draft *const *drafts, size_t n,
    struct message_facts *facts_r, struct err *);

/*
 * In the same transaction: writes n messages and moves conversation and
 * sender up to them.  -1 "duplicate" if a client_msg_id is taken.
 */
int message_store_add(struct db *, struct arena *,
    const struct message *const *, size_t n, struct err *);

/* The same for one, and commits: nothing of the transaction comes after. */
int
message_store_add_one_last(struct db *, const struct message *, struct err *);

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

/* Those at n places, in no order; without sender_name. */
int message_store_at(struct db *, struct arena *, const struct message_place *,
    size_t n, struct message **, size_t *n_r, struct err *);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *message_statements(size_t *n_r);

#endif
