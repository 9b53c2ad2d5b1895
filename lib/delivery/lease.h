/* SPDX-License-Identifier: MIT */
/*
 * lease.h -- One owner a shard: who of several relays, or delivers, works on
 * it.
 *
 * Leases are rows in MariaDB, for what may vanish cannot fence.  A daemon
 * renews all of its leases by one row (lease_holder); it may rely on them
 * until its own deadline, which comes before the database would give them to
 * another.  Each change of hands raises the shard's fence, and what a daemon
 * sends for a shard carries it: who was stopped and wakes up late is told by
 * his number.
 *
 * A lease may be NULL wherever it is asked about, for tests and tools that
 * work alone: that one holds everything, unfenced (0).
 */
#ifndef PARLEY_DELIVERY_LEASE_H
#define PARLEY_DELIVERY_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct db_stmt;
struct err;
struct lease;

enum lease_role {
	LEASE_RELAY = 1,
	LEASE_DELIVER = 2,
	LEASE_EVENTS = 3 /* of deliver where Kafka says who owns what */
};

/*
 * Nothing is held before the first step.  The node's name is copied; shards
 * are at most BUS_SHARDS_MAX.
 */
struct lease *
lease_new(struct app *, enum lease_role, const char *node, unsigned shards);

/* Gives everything back, if the database answers. */
void lease_free(struct lease **);

/* How long until lease_step() is due: 0 if it is. */
int64_t lease_due_ms(const struct lease *);

/*
 * Renews, takes what is free, gives back what is too much.  Nothing of a
 * shard may be in hand while it runs, for it may be another's afterwards.
 * Two trips as long as nothing changes.  0, or -1: the leases held stay so
 * until the deadline.
 */
int lease_step(struct lease *, struct err *);

/*
 * Could the holder do its work just now, as far as it does not lie with the
 * database?  Who cannot for longer than a life, and is not alone, steps aside
 * with the next lease_step(): its shards are others', until it can again.
 * Nothing where there is no lease.
 */
void lease_can_work(struct lease *, bool can);

/*
 * For LEASE_EVENTS, after an assignment by other means: this shard is ours
 * now, with a fence above all before.
 */
int  lease_claim(struct lease *, unsigned shard, struct err *);
void lease_drop(struct lease *, unsigned shard);

/* May we act for this shard at this moment? */
bool lease_holds(const struct lease *, unsigned shard);

/* Has the deadline not come yet?  Asked before each step that others see. */
bool lease_is_valid(const struct lease *);

/* The fence under which a shard that is held is ours. */
uint32_t lease_fence(const struct lease *, unsigned shard);

/* Is a fence that came along below one that was seen?  0 is never. */
bool lease_is_stale(uint32_t fence, uint32_t seen);

/* Every statement, for the test that prepares them all. */
const struct db_stmt *lease_statements(size_t *n_r);

#endif
