/* SPDX-License-Identifier: MIT */
/*
 * sync.h -- What changed for somebody since they last asked.
 *
 * Nothing is written for each member, and nothing at all by a send: messages
 * and positions are found by the rows they change anyhow.  Every other change
 * leaves a mark, "look at this again", in the transaction that makes it; the
 * reader looks, and what is not there any more has been removed.  How a cursor
 * misses nothing is told in docs/decisions/0006-sync.md.
 */
#ifndef PARLEY_SYNC_SYNC_H
#define PARLEY_SYNC_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct app;
struct arena;
struct db;
struct err;

/* Longer than any transaction, and than clocks are apart. */
enum { SYNC_SLACK_MS = 30 * 1000 };

enum { SYNC_CURSOR_MAX = 7000 }; /* bytes; a URL holds it */

/* What a mark is about, and what its ref is. */
enum sync_kind {
	SYNC_CONTACT = 1,  /* the other person */
	SYNC_REQUEST,	   /* the request */
	SYNC_BLOCK,	   /* the person blocked */
	SYNC_CONVERSATION, /* the conversation: settings, title, having left */
	SYNC_LABEL = 6	   /* the label; 5 stands for members: see store.h */
};

/*
 * Within the caller's transaction: this changed, came or went for the user, on
 * all devices.
 */
int sync_mark(
    struct db *, uint64_t user_id, enum sync_kind, uint64_t ref, struct err *);

/* Somebody has this in a list of theirs. */
struct sync_place {
	uint64_t       user_id;
	enum sync_kind kind;
	uint64_t       ref;
};

/* Marks n places at once. */
int sync_mark_many(struct db *, struct arena *, const struct sync_place *,
    size_t n, struct err *);

/*
 * The same for everybody in a conversation: one of its members changed, came
 * or went; or, with user_id 0, the conversation itself did.  The transaction
 * must change the conversation's row, too (its members_version, say).
 */
int sync_mark_in(struct db *, uint64_t conv_id, uint64_t user_id, struct err *);

/* What was marked for the user since then, all of it. */
int sync_recent(struct app *, struct arena *, uint64_t user_id,
    int64_t since_ms, struct sync_place **, size_t *n_r, struct err *);

/*
 * n members of a conversation came, went or changed: marked for everybody in
 * it as above, and for each of them.  However many, it is one trip.
 */
int sync_mark_members(struct db *, struct arena *, uint64_t conv_id,
    const uint64_t *user_ids, size_t n, struct err *);

/*
 * Somebody changed in n conversations, whose rows the transaction changes,
 * too: marked for everybody in them.
 */
int sync_mark_member(struct db *, struct arena *, uint64_t user_id,
    const uint64_t *conv_ids, size_t n, struct err *);

/* A message of a conversation, whose row changes, too, is not what it was. */
int
sync_mark_message(struct db *, uint64_t conv_id, uint64_t seq, struct err *);

/*
 * Use case: the next page of what changed since the cursor (NULL: from now on,
 * with the list of conversations), as the contract shows it: {cursor, more,
 * messages, receipts, contacts, …}.  -1 "invalid" for a cursor that is not
 * this user's, not ours, or too old.
 */
int sync_changes(struct app *, struct arena *, uint64_t user_id,
    const char *cursor, json_t **object_r, struct err *);

#endif
