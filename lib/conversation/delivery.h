/* SPDX-License-Identifier: MIT */
/*
 * delivery.h -- What deliver asks of conversations: extents, and how far
 * messages have come.
 *
 * No rights are asked: deliver acts for the members themselves.
 */
#ifndef PARLEY_CONVERSATION_DELIVERY_H
#define PARLEY_CONVERSATION_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct db_stmt;
struct err;

/* What of a conversation is there for one of its members: (floor, last]. */
struct conversation_extent {
	uint64_t conv_id;
	uint64_t floor_seq; /* joined there, or the view was emptied there */
	uint64_t last_seq;
	int64_t	 last_at; /* when that was said, ms; 0: never */
};

/* The user's conversations from an id on, ascending by it. */
int conversation_extents(struct app *, struct arena *, uint64_t user_id,
    uint64_t from_conv, unsigned limit, struct conversation_extent **,
    size_t *n_r, struct err *);

/* A device of the user acknowledged what there is up to seq. */
struct conversation_ack {
	uint64_t conv_id, user_id;
	uint64_t seq; /* out: no further than the last message; 0: no member */
	bool	 is_further; /* out: further than any of the user's before */
	bool	 is_told;    /* out: the others hear of it, … */
	uint64_t members_version; /* … who are at least at this version */
};

/* Takes note of n acknowledgements: one row a member and conversation. */
int conversation_delivered(struct app *, struct arena *,
    struct conversation_ack *, size_t n, struct err *);

/* Every statement, for the test that prepares them all. */
const struct db_stmt *conversation_delivery_statements(size_t *n_r);

#endif
