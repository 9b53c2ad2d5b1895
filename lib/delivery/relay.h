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

struct app;
struct bus;
struct err;
struct relay;

struct relay *relay_new(struct app *, struct bus *);
void	      relay_free(struct relay **);

/* Publishes what is new: how much, or -1: nothing is lost, try later. */
int relay_wake(struct relay *, struct err *);

/* Looks after what was published, and for what was missed. */
int relay_sweep(struct relay *, struct err *);

/* Is the window more than half full? */
int relay_is_crowded(const struct relay *);

/* Forgets what was handled of the oldest rows: less work than a sweep. */
int relay_make_room(struct relay *, struct err *);

#endif
