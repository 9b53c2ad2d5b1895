/* SPDX-License-Identifier: MIT */
/*
 * dead_letter.h -- Events that deliver gave up on, for an operator to look at.
 *
 * A dead letter is the outbox row as it was, with the cause of its failure.
 * What follows in its conversation went on without it.  Replaying puts it back
 * into the outbox, as if it had just been written.
 */
#ifndef PARLEY_DELIVERY_DEAD_LETTER_H
#define PARLEY_DELIVERY_DEAD_LETTER_H

#include <stddef.h>
#include <stdint.h>

#include "delivery/event.h"

struct app;
struct arena;
struct db;
struct err;

/* At this many no more are added: what fails then waits in its place. */
enum { DEAD_LETTERS_MAX = 10000 };

struct dead_letter {
	struct delivery_event event;	/* id: of the row it was, and its own */
	const char	     *cause;	/* stable, snake_case */
	const char	     *detail;	/* English */
	uint64_t	      attempts; /* to deliver it */
	int64_t		      first_ms, last_ms; /* of them, since the epoch */
};

/* The first limit dead letters after an id, without their frames. */
int dead_letters(struct app *, struct arena *, uint64_t after, unsigned limit,
    struct dead_letter **list_r, size_t *n_r, struct err *);

/* One of them, whole: 1, 0 if there is none, -1. */
int dead_letter_find(struct app *, struct arena *, uint64_t id,
    struct dead_letter *, struct err *);

/*
 * Puts those of n (ascending) that exist back into the outbox, in their order
 * and all of them or none; or drops them.  *done_r: how many there were.
 */
int dead_letters_replay(
    struct app *, const uint64_t *ids, size_t n, size_t *done_r, struct err *);
int dead_letters_drop(
    struct app *, const uint64_t *ids, size_t n, size_t *done_r, struct err *);

/* How many there are; never more than DEAD_LETTERS_MAX is counted. */
int dead_letters_count(struct app *, struct arena *, size_t *n_r, struct err *);

/*
 * The outbox row of d->event.id becomes a dead letter: cause, detail, attempts
 * and times are d's, all else is the row's.  That the row is gone is no error.
 */
int dead_letter_add(struct db *, const struct dead_letter *d, struct err *);

#endif
