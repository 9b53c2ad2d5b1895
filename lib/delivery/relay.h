/* SPDX-License-Identifier: MIT */
/*
 * relay.h -- From the outbox to the bus.
 *
 * Woken by a nudge, the relay publishes new rows in the order of their ids.
 * Once a second it sweeps: rows that came late or were missed, rows that
 * deliver has not handled in time, and what it may forget.
 */
#ifndef PARLEY_DELIVERY_RELAY_H
#define PARLEY_DELIVERY_RELAY_H

#include <stdint.h>

struct app;
struct bus;
struct delivery_event;
struct err;
struct lease;
struct relay;

struct relay *relay_new(struct app *, struct bus *);
void	      relay_free(struct relay **);

/* Works from now on only on the shards that these leases give. */
void relay_lease(struct relay *, struct lease *);

/*
 * Renews the leases; what is taken over is published from its beginning before
 * anything new.  *next_ms_r: when to come again, whatever the outcome.
 */
int relay_leases(struct relay *, int64_t *next_ms_r, struct err *);

/* Since the last call, was a row seen that another relay has to publish? */
int relay_saw_foreign(struct relay *);

/*
 * Publishes the rows of the one transaction it is told of: 1, or 0 if it must
 * look for itself, for there may be others before them; -1, and try later.
 */
int relay_told(
    struct relay *, const struct delivery_event *, size_t n, struct err *);

/* Publishes what is new, of much a part: how much, or -1, and try later. */
int relay_wake(struct relay *, struct err *);

/* Looks after what was published, and for what was missed. */
int relay_sweep(struct relay *, struct err *);

/* Is the window more than half full? */
int relay_is_crowded(const struct relay *);

/* Forgets what was handled of the oldest rows: less work than a sweep. */
int relay_make_room(struct relay *, struct err *);

#endif
