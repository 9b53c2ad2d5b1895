/* SPDX-License-Identifier: MIT */
/*
 * bus_redis.h -- What the files of the Redis adapter share.
 *
 *	bus_redis.c		the adapter: publishing, done, over again
 *	bus_redis_read.c	consuming
 *	bus_redis_recovery.c	is it still the Redis we know?
 */
#ifndef PARLEY_DATA_BUS_REDIS_H
#define PARLEY_DATA_BUS_REDIS_H

#include "data/bus.h"

struct redis;
struct redis_reply;

enum { BUS_RUN_ID_SIZE = 64 };

struct lane {
	enum bus_topic topic;
	unsigned       shard;
};

/* How far a stream was read. */
struct place {
	struct bus_position from;  /* read on after this */
	struct bus_position known; /* up to here it may have been handed out */
	bool		    is_known;
};

struct bus_redis {
	struct bus    bus;
	struct redis *redis;
	struct redis *reader;	  /* that waits; usually the same */
	int64_t	      max_length; /* of a stream: what is trimmed comes again */
	bool	      is_open;	  /* the Redis is the one we think it is */
	bool	      is_asked;	  /* a read is under way, … */
	bool	      is_outdated; /* … which says nothing any more */
	char	      run_id[BUS_RUN_ID_SIZE], epoch[BUS_RUN_ID_SIZE];
	struct place  at[BUS_TOPICS][BUS_SHARDS_MAX];
};

/*
 * Consuming in two halves, for who waits for something else, too.  1: asked,
 * and bus_redis_take() gets what comes when redis_fd(reader) is readable; 0:
 * nothing is ours.  Reading changes nothing, so an answer may be let go.
 */
int bus_redis_ask(struct bus_redis *, struct arena *, int wait_ms,
    bool *is_emptied_r, struct err *);
int bus_redis_take(struct bus_redis *, struct arena *, struct bus_entry **,
    size_t *n_r, struct err *);

/* Streams' names, and entries' ids as text and in their order. */
const char *bus_redis_stream(struct arena *, enum bus_topic, unsigned shard);
const char *bus_redis_text(struct arena *, struct bus_position);
bool	    bus_redis_position(const char *, struct bus_position *);
int	    bus_redis_cmp(struct bus_position, struct bus_position);

int
bus_redis_refused(const struct redis_reply *, const char *what, struct err *);

/*
 * Behind each read, in the same pipeline: is it still the Redis we know?  If
 * not, something that stood before what was read may be lost, and all that
 * listen must hear of it first.
 */
void bus_redis_queue_check(struct bus_redis *);
bool bus_redis_is_same(const struct bus_redis *, const struct redis_reply *);

/*
 * Before each read: is this still the Redis we read from, with what we left
 * there?  If not, all streams are read from their beginning, and
 * *is_emptied_r is set.
 */
int bus_redis_recover(struct bus_redis *, struct arena *, const struct lane *,
    size_t n, bool *is_emptied_r, struct err *);

#endif
