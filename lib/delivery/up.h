/* SPDX-License-Identifier: MIT */
/*
 * up.h -- What the hubs tell deliver: entries of the streams up:{n}.
 *
 * One line of words, the first of which says what it is:
 *
 *	started NODE
 *	connect NODE SOCKET REQUEST SESSION USER OPENED FIRST
 *	replay  NODE SOCKET REQUEST SESSION USER OPENED SINCE CONV SEQ
 *		[CONV SEQ ...]
 *	offline NODE USER
 *	ack     SESSION USER CONV SEQ [CONV SEQ ...]
 *	typing  SESSION USER CONV
 *
 * REQUEST comes back in the answer, so that a late one is told from the one
 * that is waited for.  FIRST: no other socket of the user was welcomed on that
 * node yet.
 * OPENED: what was said after it came (milliseconds since the epoch) is for
 * this socket, too, even if another of the session acknowledged it.
 * SINCE: besides messages, something else may have been missed from then on;
 * 0: nothing.
 * A replay goes on after (CONV, SEQ); the pairs are what the socket was given
 * already.  The shard is that of the user, so one user's entries keep order;
 * that a hub has started is told to every shard.
 */
#ifndef PARLEY_DELIVERY_UP_H
#define PARLEY_DELIVERY_UP_H

#include <stddef.h>
#include <stdint.h>

#include "delivery/node_id.h"

struct arena;

enum up_kind {
	UP_STARTED,
	UP_CONNECT,
	UP_REPLAY,
	UP_OFFLINE,
	UP_ACK,
	UP_TYPING
};

enum { UP_PAIRS_MAX = 512 };

struct up_pair {
	uint64_t conv_id, seq;
};

struct up {
	enum up_kind	kind;
	char		node[NODE_ID_SIZE];
	uint64_t	socket, request, session_id, user_id;
	uint64_t	is_first;
	uint64_t	opened_ms, since_ms;
	struct up_pair	at;    /* of a replay; of typing its conv_id */
	struct up_pair *pairs; /* known (replay), acknowledged (ack) */
	size_t		npairs;
};

const char *up_encode(struct arena *, const struct up *, size_t *len_r);

/* 0, or -1 if it is none of ours; the pairs live in the arena. */
int up_decode(struct arena *, const char *text, struct up *);

#endif
