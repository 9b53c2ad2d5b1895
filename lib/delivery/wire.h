/* SPDX-License-Identifier: MIT */
/*
 * wire.h -- What deliver tells the hubs: the messages on node:{id}.
 *
 * One message holds any number of records, and its head an epoch (which
 * deliver process) and a counter that rises by one from message to message on
 * that channel, so that a hub notices what it missed.  Numbers are
 * little-endian; frames end in a newline and are written to pipes as they are.
 * Pure but for memory.  docs/delivery.md has the layout byte by byte.
 */
#ifndef PARLEY_DELIVERY_WIRE_H
#define PARLEY_DELIVERY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "data/bus.h"

enum wire_kind {
	WIRE_USERS = 1, /* frame to all devices of the targets; arg: not to
			   this session */
	WIRE_SESSION =
	    2,		 /* frame to session arg of the target, then close it */
	WIRE_SOCKET = 3, /* frame to one socket, in answer to request arg */
	WIRE_WELCOME = 4, /* the session lives: say hello; arg: request */
	WIRE_REFUSED = 5, /* it does not: say so and close; arg: request */
	WIRE_CURSOR = 6,  /* the replay stands at conv, seq; arg: request */
	WIRE_END = 7,	  /* the replay is complete; arg: request */
	WIRE_RESYNC = 8,  /* Redis was emptied: catch up, all of you */
	WIRE_ALL = 9,	  /* frame to everybody's devices: no targets */
	WIRE_STAND = 10	  /* the socket's device has conv up to seq; arg:
			     request */
};

struct wire_record {
	enum wire_kind	kind;
	uint64_t	conv_id;
	uint64_t	seq; /* of a message; else 0 */
	uint64_t	arg;
	const uint64_t *targets; /* users, or the one socket */
	size_t		ntargets;
	const char     *frame; /* ends in a newline */
	size_t		frame_len;
	unsigned	voice; /* the shard that it is told for */
	uint32_t	fence; /* of that shard's owner; 0: none */
};

/* A shard of one of the bus's topics, as a number below it. */
enum { WIRE_VOICES = BUS_TOPICS * BUS_SHARDS_MAX };

enum {
	WIRE_HEAD = 24,	       /* bytes of a message before its records */
	WIRE_FRAME_MAX = 65536 /* of one WebSocket frame: without its newline */
};

/* Appends a record; the frame's newline is added if it lacks one. */
void wire_add(struct strbuf *, const struct wire_record *);

/* A message starts as wire_begin() and is sent after wire_seal(). */
void wire_begin(struct strbuf *, struct arena *);
void wire_seal(struct strbuf *, uint64_t epoch, uint64_t counter);

/* Reading: 0 or -1; then records until 0, with -1 for a broken one. */
struct wire_reader {
	const char *at, *end;
	uint64_t    epoch, counter;
};
int wire_open(struct wire_reader *, const char *, size_t);
int wire_next(struct wire_reader *, struct wire_record *);

/* Target i: they stand unaligned in a message that was read. */
uint64_t wire_target(const struct wire_record *, size_t i);

/* -- counters: what a hub makes of them ------------------------------------ */

enum { WIRE_PEERS_MAX = 16 };

struct wire_tracker {
	struct wire_peer {
		uint64_t epoch, counter;
		int64_t	 heard_ms;
	} peer[WIRE_PEERS_MAX];
	size_t n;
};

/* Takes note of a message: false if one before it was missed. */
bool wire_track(
    struct wire_tracker *, uint64_t epoch, uint64_t counter, int64_t now_ms);

#endif
