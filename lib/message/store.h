/* SPDX-License-Identifier: MIT */
/* store.h -- What the context needs stored, in its own words. */
#ifndef PARLEY_MESSAGE_STORE_H
#define PARLEY_MESSAGE_STORE_H

#include "message/rules.h"
#include "message/write.h"

struct db_part;
struct db_rows;
struct db_stmt;

/*
 * In a transaction: locks the conversations of n drafts, lowest id first, and
 * tells what is known of each draft but who sends it and whether it was sent
 * before: facts_r[i] of drafts[i].  What else is to be known goes along in the
 * same trip and is asked when the locks are held, so that it is as true as
 * what they guard: a query with its rows, or NULL.
 */
int message_store_lock(struct db *, struct arena *,
    struct message_draft *const *drafts, size_t n,
    struct message_facts *facts_r, const struct db_part *also,
    struct db_rows *also_r, struct err *);

/* What the facts of a conversation say of somebody as its sender. */
void message_facts_stand(struct message_facts *, uint64_t sender_id);

/* Adds what the same senders sent under the same client_msg_ids. */
int message_store_earlier(struct db *, struct arena *,
    struct message_draft *const *drafts, size_t n, struct message_facts *facts,
    struct err *);

/*
 * In the same transaction and one trip: writes n messages, which stand in the
 * order of their conversations, moves conversations and senders up to them, and
 * then runs what tells of them; with commits that was all.  It is prepared for
 * each n, so let that be one of few.  -1 "duplicate" if a client_msg_id is
 * taken.  event_id_r: of the first row of the outbox; NULL: it is not asked.
 *
 * With `known` nothing was locked: known[i] and the number before messages[i]
 * are what its conversation's row must say, and its sender must bear the name
 * in it; else -1 "stale", and nothing of it may be committed.
 */
int message_store_add(struct db *, struct arena *,
    const struct message *const *messages, size_t n,
    const struct message_audience *known, const struct db_part *events,
    bool commits, uint64_t *event_id_r, struct err *);

/* In the same transaction: notes whom a message mentions, if anybody. */
int message_store_mentions(
    struct db *, struct arena *, const struct message *, struct err *);

/* In a transaction that holds the conversation: it mentions nobody any more. */
int message_store_unmention(struct db *, const struct message *, struct err *);

/*
 * In a transaction that holds the conversation: what it said is gone, but for
 * its digest.
 */
int message_store_recall(struct db *, const struct message_place *,
    const char *said, int64_t now_ms, struct err *);

/*
 * Pinned messages; those that change something belong into a transaction that
 * holds the conversation.  unpin: 1 gone, 0 it was not, -1; is_pinned alike.
 */
int message_store_pin(struct db *, const struct message_place *, uint64_t by_id,
    int64_t now_ms, struct err *);
int
message_store_unpin(struct db *, const struct message_place *, struct err *);
int message_store_is_pinned(
    struct db *, struct arena *, const struct message_place *, struct err *);
int message_store_pin_count(
    struct db *, struct arena *, uint64_t conv_id, size_t *n_r, struct err *);

/* Of (after, before) the newest messages first; only their seq is known. */
int message_store_pins(struct db *, struct arena *, uint64_t conv_id,
    uint64_t after, uint64_t before, unsigned limit, struct message_pin **,
    size_t *n_r, struct err *);

/* Messages of a conversation in (from, to): the first or the last limit. */
struct message_slice_bounds {
	uint64_t conv_id;
	uint64_t after, before; /* before 0: no end */
	unsigned limit;
	bool	 is_from_end;
	uint64_t mentioned; /* only those that mention this user; 0: all */
};

/* Ascending, whichever end they were taken from; without sender_name. */
int message_store_slice(struct db *, struct arena *,
    const struct message_slice_bounds *, struct message **, size_t *n_r,
    struct err *);

/* See message_bounds(). */
int message_store_bounds(struct db *, struct arena *, struct message_place *,
    size_t n, int64_t since_ms, struct err *);

/* See message_first_since(). */
int message_store_first_since(struct db *, struct arena *, uint64_t conv_id,
    uint64_t after, uint64_t upto, int64_t since_ms, uint64_t *seq_r,
    struct err *);

/* Those at n places, in no order; without sender_name. */
int message_store_at(struct db *, struct arena *, const struct message_place *,
    size_t n, struct message **, size_t *n_r, struct err *);

/* How "user", "system" and "app" are stored. */
uint64_t message_sender_type(const char *name);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *message_statements(size_t *n_r);
const struct db_stmt *message_add_statements(size_t *n_r);
const struct db_stmt *message_bounds_statements(size_t *n_r);
const struct db_stmt *pin_statements(size_t *n_r);
const struct db_stmt *mention_statements(size_t *n_r);

#endif
