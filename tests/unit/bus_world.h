/* SPDX-License-Identifier: MIT */
/*
 * bus_world.h -- What the tests of the bus share: one publisher, consumers of
 * two nodes, on an engine of their own.
 *
 * Redis is a real one; Kafka is librdkafka's mock cluster, or a real broker
 * (`make test-kafka`).  A program has one engine; each of its tests a world,
 * and with Kafka a topic, of its own.
 */
#ifndef PARLEY_TESTS_BUS_WORLD_H
#define PARLEY_TESTS_BUS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/bus.h"

enum { SHARDS = 4, PATIENCE_MS = 30000, STEP_MS = 20, NODES = 2 };

struct arena;
struct brokers;
struct config;
struct redis;

extern struct brokers *brokers; /* of this program; NULL: Redis */

struct world {
	struct config *config;
	struct redis  *redis;
	struct bus    *out;	  /* the relay's */
	struct bus    *in[NODES]; /* delivers' */
	struct arena  *a;
	struct err     e;
	/* What consume() has gathered, and not given back as done. */
	struct bus_entry *got;
	size_t		  n;
	bool		  was_emptied;
};

extern const char *const node[NODES];

/* Of each test; its group has Redis, and may have brokers. */
int bus_world_set_up(void **state);
int bus_world_tear_down(void **state);

/* A bus for who consumes as this node; "": publishes. */
struct bus *join(struct world *, const char *name);

struct bus_entry entry_of(uint64_t key, const char *text);
void		 publish(struct world *, uint64_t key, const char *text);
int64_t		 now_ms(void);

/* One round of consuming as a node, added to what it has. */
int once(struct world *, int who);

/* Until so many are there, or there is word that some are lost. */
void consume(struct world *, int who, size_t n);
void await_emptied(struct world *);

void forget(struct world *);
void assert_got(const struct world *, size_t i, const char *text);
void done(struct world *, int who, size_t i, size_t n);

/*
 * As a node takes n, has one done, and is killed.  It is this program over
 * again, with two arguments: main() hands these to die().
 */
void consume_and_die(size_t n);
int  die(const char *dir, size_t n);

#endif
