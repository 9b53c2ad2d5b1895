/* SPDX-License-Identifier: MIT */
/*
 * window.h -- What the relay remembers: rows it published, ids it missed.
 *
 * The window holds the rows that are published and not handled yet, so that
 * none is published twice in a row; it is bounded, and full it stops the
 * relay.  No key may fill it: each may have as many rows in it as there is
 * room left, so one leaves half of it to the others, ten leave an eleventh.
 * The held are keys that have their share: what follows of them waits.  The
 * gaps are ids that were skipped over: their transactions may still commit, for
 * rows become visible out of the order of their ids.  All is in memory only: a
 * relay that starts publishes what it finds.  Pure: no clock, no I/O.
 */
#ifndef PARLEY_DELIVERY_WINDOW_H
#define PARLEY_DELIVERY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/bus.h"

struct window_slot {
	uint64_t	    id; /* of the outbox row */
	uint64_t	    key;
	int64_t		    created_ms;
	int64_t		    due_ms; /* to be looked at again: clock_boot_ms() */
	struct bus_position position;
	unsigned	    shard;
	unsigned	    tries;
};

struct map;

struct window {
	struct window_slot *slot; /* ascending by id */
	size_t		    n, cap, max;
	struct map *keys;     /* how many rows of each, promised ones, too */
	uint64_t   *promised; /* keys of rows about to be put */
	size_t	    npromised;
};

void window_init(struct window *, size_t max);
void window_free(struct window *);

struct window_slot *window_find(const struct window *, uint64_t id);
size_t		    window_room(const struct window *);

/* How many rows of a key are in it; may there be one more? */
size_t window_of(const struct window *, uint64_t key);
bool   window_admits(const struct window *, uint64_t key);

/*
 * A row that is admitted counts from now on, until window_settle(): by then it
 * was put, or it was not published.
 */
void window_promise(struct window *, uint64_t key);
void window_settle(struct window *);

/* Adds a row that was published, or notes that it was once more. */
void window_put(struct window *, const struct window_slot *);

/*
 * ids are all rows from one id up to another that exist: forgets what is there
 * between them and not among these, for it was handled.  Returns how many.
 */
size_t window_prune(struct window *, const uint64_t *ids, size_t n,
    uint64_t from, uint64_t upto);

/* Forgets the rows of shards that are not ours (one flag a shard). */
void window_keep(struct window *, const bool *ours);

/* Far more than a window has keys: so many are in it when they are held. */
enum { HELD_MAX = 65536 };

struct held {
	struct map *from; /* by key: the first id that waits */
	size_t	    at;	  /* of held_next() */
};

void held_init(struct held *);
void held_free(struct held *);

bool held_is_empty(const struct held *);

/* The first id of the key that waits; 0: it is not held. */
uint64_t held_from(const struct held *, uint64_t key);

/* This row waits, and all of its key behind it; false if there is no room. */
bool held_back(struct held *, uint64_t key, uint64_t id, bool *is_new_r);

/* What waits of it begins here now; 0: nothing does. */
void held_move(struct held *, uint64_t key, uint64_t from);

/* The next in turn, around and around, while *left (at first: all) lasts. */
bool held_next(struct held *, size_t *left, uint64_t *key_r);

enum { GAPS_MAX = 512 };

struct gaps {
	struct gap {
		uint64_t id;
		int64_t	 since_ms;
	} gap[GAPS_MAX]; /* ascending by id */
	size_t n;
};

/* The ids between two rows that were seen; of too many the newest stay. */
void gaps_note(struct gaps *, uint64_t after, uint64_t before, int64_t now_ms);

/* This id has turned up. */
void gaps_fill(struct gaps *, uint64_t id);

/* No transaction lasts longer: the sweep will find what still comes. */
void gaps_expire(struct gaps *, int64_t before_ms);

#endif
