/* SPDX-License-Identifier: MIT */
/*
 * bus.h -- What carries events from the relay, and from the hubs, to deliver.
 *
 * A port with two adapters: Redis Streams (bus_redis.c) and Kafka
 * (bus_kafka.c, loaded when it is chosen).  Two topics, each cut into the same
 * number of shards; one key always goes to one shard, and a shard hands its
 * entries out in the order they came.  An entry is handed out at least once,
 * and again after a crash, until bus_done().
 *
 * Only the owner of a shard may consume it.  Who that is the leases say
 * (bus_own), or, for events on Kafka, Kafka: see bus_assigns().
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
	uint64_t	    key; /* of who publishes it, for those who ask */
	struct bus_position position;
	const char	   *data;
	size_t		    len;
	uint32_t	    fence;    /* of who published it; 0: none */
	bool		    is_again; /* it may have been handed out before */
	bool		    is_lost;  /* set by bus_lost() */
};

/*
 * The adapter that bus.driver names.  node is the consumer's, whose string has
 * to last; "" for who publishes only.  It begins as the owner of every shard
 * that the bus does not assign itself.
 */
int  bus_open(struct bus **, const struct config *, struct redis *,
     const char *node, struct err *);
void bus_free(struct bus **);

/* The adapter that needs no loading. */
int bus_redis_new(
    struct bus **, const struct config *, struct redis *, struct err *);

unsigned bus_shards(const struct bus *);

/*
 * From now on this shard is ours, or is not.  One that is taken up begins with
 * all that is not done, in order, whoever had it in hand before.
 */
void bus_own(struct bus *, enum bus_topic, unsigned shard, bool is_ours);
bool bus_owns(const struct bus *, enum bus_topic, unsigned shard);

/*
 * Does the bus itself say whose a shard of this topic is?  Then bus_owns()
 * tells, and may change in any bus_consume().
 */
bool bus_assigns(const struct bus *, enum bus_topic);

/* The shard of a key: the same in every program. */
unsigned bus_shard(uint64_t key, unsigned shards);

/* The name of a shard's stream, for those who write to it their own way. */
void bus_stream_name(enum bus_topic, unsigned shard, char out_r[BUS_NAME_MAX]);

/*
 * Publishes n entries in one trip and sets their positions.  On -1 any number
 * of them may have been published: ERR_UNAVAILABLE, try again; ERR_TOO_LARGE
 * or ERR_MALFORMED, there is one among them that will never be taken.
 */
int bus_publish(
    struct bus *, struct arena *, struct bus_entry *, size_t n, struct err *);

/*
 * The next entries of our shards, waiting at most wait_ms for the first: after
 * a start or a failure those that are not done yet, then new ones.
 * *is_emptied_r: everything on the bus was lost since the last call, so
 * whoever listens must be told to catch up from the history.  It is said once,
 * be it along with a -1.
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
 * which nobody will take up by himself, because they are gone from the bus.
 * What still waits there is its owner's.
 */
int bus_lost(
    struct bus *, struct arena *, struct bus_entry *, size_t n, struct err *);

/* Did the last call fail?  It is a metric, too. */
bool bus_is_failing(const struct bus *);

/* What it is called, and whether it needs more than Unix sockets. */
const char *bus_name(const struct bus *);
bool	    bus_wants_network(const struct bus *);

/* Entries that wait in our shards of events, about; -1: unknown. */
int64_t bus_lag(struct bus *, struct arena *);

/* What an adapter provides; struct bus is the head of its own state. */
struct bus_driver {
	const char *name;
	bool	    assigns_events;
	int (*publish)(struct bus *, struct arena *, struct bus_entry *, size_t,
	    struct err *);
	int (*consume)(struct bus *, struct arena *, int, struct bus_entry **,
	    size_t *, bool *, struct err *);
	int (*done)(struct bus *, struct arena *, const struct bus_entry *,
	    size_t, struct err *);
	void (*rewind)(struct bus *);
	int (*lost)(struct bus *, struct arena *, struct bus_entry *, size_t,
	    struct err *);
	/* Called when what is owned has changed. */
	void (*own)(struct bus *, enum bus_topic, unsigned shard, bool);
	int64_t (*lag)(struct bus *, struct arena *);
	void (*free)(struct bus *);
};

struct bus {
	const struct bus_driver *driver;
	unsigned		 shards;
	bool			 is_failing; /* the last call did not work */
	bool			 owned[BUS_TOPICS][BUS_SHARDS_MAX];
};

#endif
