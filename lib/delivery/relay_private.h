/* SPDX-License-Identifier: MIT */
/*
 * relay_private.h -- What the relay's files share.
 *
 *	relay.c		what is new
 *	relay_sweep.c	what was handled, and what was missed
 *	relay_lease.c	whose rows they are
 *	relay_publish.c	rows go out, or, if nobody could take them, end
 *	relay_share.c	a key's go out no faster than its share
 */
#ifndef PARLEY_DELIVERY_RELAY_PRIVATE_H
#define PARLEY_DELIVERY_RELAY_PRIVATE_H

#include "data/bus.h"
#include "delivery/event.h"
#include "delivery/relay.h"
#include "delivery/window.h"

enum { RELAY_WINDOW = 16384 }; /* rows published and not handled */

struct relay {
	struct app   *app;
	struct bus   *bus;
	struct arena *arena; /* of one step */
	struct window window;
	struct gaps   gaps;
	struct held   held;
	uint64_t      high;  /* the greatest id seen */
	uint64_t      swept; /* up to here it was looked below it; 0: anew */
	size_t	      look;  /* where in the window room is made next */
	unsigned      batch;
	int64_t	      republish_ms;
	struct lease *lease;		      /* NULL: all shards are ours */
	uint32_t      fence[BUS_SHARDS_MAX];  /* under which it is ours */
	bool	      ours[BUS_SHARDS_MAX];   /* published as rows come */
	bool	      coming[BUS_SHARDS_MAX]; /* ours once all before is out */
	bool	      saw_foreign;
};

unsigned relay_shard(const struct relay *, uint64_t key);

/* Is a shard ours, or will be when it is taken up? */
bool relay_works_on(const struct relay *, unsigned shard);

/*
 * Publishes rows, ascending, and takes them into the window.  A row that is no
 * event becomes a dead letter.
 */
int relay_publish(
    struct relay *, const struct delivery_event *, size_t n, struct err *);

/* Publishes the rows of these ids, as far as they exist, batch by batch. */
int
relay_publish_ids(struct relay *, const uint64_t *ids, size_t n, struct err *);

/* -- relay_share.c --------------------------------------------------------- */

/*
 * May this row go out now?  1, and it is promised its place in the window
 * until window_settle(); 0 if it must wait for others of its key (it is held
 * back, see relay_follow()); -1 if too many keys do that already.
 */
int relay_admit(struct relay *, uint64_t id, uint64_t key);

/* What was held back goes out, in order, as far as the shares permit. */
int relay_follow(struct relay *, struct err *);

/* Keys that are not ours any more are not held, either. */
void relay_let_go(struct relay *);

#endif
