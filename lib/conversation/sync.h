/* SPDX-License-Identifier: MIT */
/*
 * sync.h -- What lib/sync asks of conversations: which of them moved.
 */
#ifndef PARLEY_CONVERSATION_SYNC_H
#define PARLEY_CONVERSATION_SYNC_H

#include "conversation/conversation.h"

struct db_stmt;
struct conversation_seat;
struct group_member;
struct sync_place;

/* One of the user's conversations in which something moved of late. */
struct conversation_move {
	uint64_t	       conv_id;
	enum conversation_type type;
	bool		       is_over;	  /* dissolved, switched off */
	uint64_t	       floor_seq; /* joined or emptied there */
	uint64_t	       last_seq;
	int64_t		       last_at_ms;
	uint64_t	       read_seq, delivered_seq; /* the user's own */
	uint64_t	       peer_id, peer_read_seq, peer_delivered_seq;
	/* When the rows last changed, by the clock of the database. */
	int64_t moved_ms, own_moved_ms, peer_moved_ms;
};

/*
 * The first limit of them with an id above after, ascending by it, whose row,
 * or the user's place in it, or the other person's, changed at since_ms or
 * later.
 */
int conversation_moves(struct app *, struct arena *, uint64_t user_id,
    uint64_t after, int64_t since_ms, unsigned limit,
    struct conversation_move **, size_t *n_r, struct err *);

/* Of these conversations the user's: *n_r of n, in any order. */
int conversation_find_many(struct app *, struct arena *, uint64_t user_id,
    const uint64_t *conv_ids, size_t n, struct conversation **, size_t *n_r,
    struct err *);

/*
 * The members in n seats; role MEMBER_NONE where there is none (any more).  In
 * one query.
 */
int conversation_members_at(struct app *, struct arena *,
    const struct conversation_seat *, size_t n, struct group_member *members_r,
    struct err *);

/* Where somebody is the other person of a direct conversation; at most cap. */
int conversation_places(struct db *, struct arena *, uint64_t user_id,
    size_t cap, struct sync_place **, size_t *n_r, struct err *);

/* Every statement, for the test that prepares them all. */
const struct db_stmt *conversation_sync_statements(size_t *n_r);

#endif
