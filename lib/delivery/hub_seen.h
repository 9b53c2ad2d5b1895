/* SPDX-License-Identifier: MIT */
/*
 * hub_seen.h -- What one socket was given: per conversation, from where to
 * where.  Drops repeats and finds gaps.  Pure but for memory, which an idle
 * socket does not need.
 */
#ifndef PARLEY_DELIVERY_HUB_SEEN_H
#define PARLEY_DELIVERY_HUB_SEEN_H

#include <stdint.h>

#include "delivery/up.h"

enum { SEEN_MAX = UP_PAIRS_MAX };

struct seen_range {
	uint64_t conv_id, first, last;
};

struct hub_seen {
	struct seen_range *range; /* ascending by conversation */
	uint16_t	   n, cap, next_victim;
};

enum seen_verdict {
	SEEN_NEW,    /* give it to the socket, and note it */
	SEEN_REPEAT, /* it has it */
	SEEN_GAP     /* something before it is missing: ask for it first */
};

void seen_free(struct hub_seen *);
enum seen_verdict
seen_judge(const struct hub_seen *, uint64_t conv_id, uint64_t seq);

/*
 * The socket was given seq, or (of a replay, a gap) all it will get before it.
 * Past SEEN_MAX conversations one is forgotten: it may get a repeat.
 */
void seen_note(struct hub_seen *, uint64_t conv_id, uint64_t seq);

/*
 * The device had all up to seq before, be it by another socket.  Not noted
 * where that leaves a hole below what this one was given, nor within that:
 * there it only repeats what we told, and what is below may be to come.
 */
void seen_stand(struct hub_seen *, uint64_t conv_id, uint64_t seq);

#endif
