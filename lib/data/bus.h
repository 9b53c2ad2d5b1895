/* SPDX-License-Identifier: MIT */
/*
 * bus.h -- What carries events from the relay, and from the hubs, to deliver.
 *
 * A port with room for several adapters (Redis Streams is bus_redis.c).  Two
 * topics, each cut into the same number of shards; one key always goes to one
 * shard, and a shard hands its entries out in the order they came.  An entry is
 * handed out at least once, and again after a crash, until bus_done().
 *
 * The bus may lose everything at any time: what it carries is still in the
 * outbox, and bus_consume() says when it happened.
 */
#ifndef PARLEY_DATA_BUS_H
#define PARLEY_DATA_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct bus;
struct config;
struct err;
struct redis;

enum bus_topic { BUS_EVENTS, BUS_UP, BUS_TOPICS };

enum { BUS_SHARDS_MAX = 256, BUS_NAME_MAX = 32 };

/* Where an entry stands in its shard; greater is later. */
struct bus_position {
	uint64_t major, minor;
};

struct bus_entry {
	enum bus_topic	    topic;
	unsigned	    shard;
	struct bus_position position;
	const char	   *data;
	size_t		    len;
	bool		    is_again; /* it was handed out before */
	bool		    is_lost;  /* set by bus_lost() */
};

/* The Redis Streams adapter; consumer names who works entries off. */
int  bus_redis_new(struct bus **, const struct config *, struct redis *,
     const char *consumer, struct err *);
void bus_free(struct bus **);

unsigned bus_shards(const struct bus *);

/* The shard of a key: the same in every program. */
unsigned bus_shard(uint64_t key, unsigned shards);

/* The name of a shard's stream, for those who write to it their own way. */
void bus_stream_name(enum bus_topic, unsigned shard, char out_r[BUS_NAME_MAX]);

/*
 * Publishes n entries in one trip and sets their positions.  On -1 any number
 * of them may have been published.
 */
int bus_publish(
    struct bus *, struct arena *, struct bus_entry *, size_t n, struct err *);

/*
 * The next entries, waiting at most wait_ms for the first: after a start or a
 * failure those that were handed out and are not done yet, then new ones.
 * *is_emptied_r: everything on the bus was lost since the last call, so
 * whoever listens must be told to catch up from the history.
 */
int bus_consume(struct bus *, struct arena *, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *);

/* These were handled: they are not handed out again. */
int bus_done(struct bus *, struct arena *, const struct bus_entry *, size_t n,
    struct err *);

/* Starts over: what is not done will be handed out once more. */
void bus_rewind(struct bus *);

/*
 * Of entries published some time ago and not handled: sets is_lost on those
 * which nobody will take up by himself, because they are gone, or were taken
 * by one who does not come to an end with them.
 */
int bus_lost(
    struct bus *, struct arena *, struct bus_entry *, size_t n, struct err *);

/* Did the last call fail?  It is a metric, too. */
bool bus_is_failing(const struct bus *);

/* What an adapter provides; struct bus is the head of its own state. */
struct bus_driver {
	int (*publish)(struct bus *, struct arena *, struct bus_entry *, size_t,
	    struct err *);
	int (*consume)(struct bus *, struct arena *, int, struct bus_entry **,
	    size_t *, bool *, struct err *);
	int (*done)(struct bus *, struct arena *, const struct bus_entry *,
	    size_t, struct err *);
	void (*rewind)(struct bus *);
	int (*lost)(struct bus *, struct arena *, struct bus_entry *, size_t,
	    struct err *);
	void (*free)(struct bus *);
};

struct bus {
	const struct bus_driver *driver;
	unsigned		 shards;
	bool			 is_failing; /* the last call did not work */
};

#endif
