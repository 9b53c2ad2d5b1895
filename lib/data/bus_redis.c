/* SPDX-License-Identifier: MIT */
/*
 * bus_redis.c -- The bus on Redis Streams.
 *
 * One stream a topic and shard, bus:{n} and up:{n}.  A shard has one reader,
 * its owner, so there is no consumer group: what is in a stream is not done,
 * and done means deleted.  Taking a shard up, and starting over, is reading it
 * from its beginning; a reader who is not the owner any more changes nothing
 * by reading.  The reading is in bus_redis_read.c; how an emptied Redis is
 * noticed, in bus_redis_recovery.c.
 */
#include "data/bus_redis.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/redis.h"

enum { LOOKED_AT_MAX = 512 }; /* of overdue entries, at once */

static struct bus_redis *
self(struct bus *bus)
{
	return (struct bus_redis *)(void *)bus;
}

/* -- names and positions --------------------------------------------------- */

const char *
bus_redis_stream(struct arena *a, enum bus_topic topic, unsigned shard)
{
	char *name = arena_alloc(a, BUS_NAME_MAX);

	bus_stream_name(topic, shard, name);
	return name;
}

const char *
bus_redis_text(struct arena *a, struct bus_position p)
{
	return arena_printf(a, "%llu-%llu", (unsigned long long)p.major,
	    (unsigned long long)p.minor);
}

bool
bus_redis_position(const char *text, struct bus_position *p_r)
{
	unsigned long long major, minor;

	if (text == NULL || sscanf(text, "%20llu-%20llu", &major, &minor) != 2)
		return false;
	p_r->major = major;
	p_r->minor = minor;
	return true;
}

int
bus_redis_cmp(struct bus_position a, struct bus_position b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	return a.minor < b.minor ? -1 : a.minor > b.minor;
}

int
bus_redis_refused(const struct redis_reply *r, const char *what, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "redis: %s: %s", what,
	    r->type == REDIS_ERROR ? r->str : "unexpected reply");
}

/* -- publishing ------------------------------------------------------------ */

static void
queue_add(struct bus_redis *b, struct arena *a, const struct bus_entry *entry)
{
	const char  *max = arena_printf(a, "%lld", (long long)b->max_length);
	const char  *fence = arena_printf(a, "%u", entry->fence);
	const char  *argv[] = {"XADD",
	     bus_redis_stream(a, entry->topic, entry->shard), "MAXLEN", "~", max,
	     "*", "e", entry->data, "f", fence};
	const size_t len[] = {4, strlen(argv[1]), 6, 1, strlen(max), 1, 1,
	    entry->len, 1, strlen(fence)};

	redis_queue_argv(b->redis, entry->fence == 0 ? 8 : 10, argv, len);
}

static int
redis_publish(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	size_t		    got;

	for (size_t i = 0; i < n; i++)
		queue_add(b, a, &entries[i]);
	if (redis_run(b->redis, a, &replies, &got, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (replies[i].type != REDIS_STRING ||
		    !bus_redis_position(replies[i].str, &entries[i].position))
			return bus_redis_refused(&replies[i], "XADD", e);
	return 0;
}

/* -- consuming ------------------------------------------------------------- */

static int
redis_consume(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	int rc = bus_redis_ask(self(bus), a, wait_ms, is_emptied_r, e);

	if (rc == 0)
		(void)poll(NULL, 0, wait_ms); /* nothing is ours */
	return rc == 1 ? bus_redis_take(self(bus), a, entries_r, n_r, e) : rc;
}

/* -- done, and over again -------------------------------------------------- */

/* XDEL of one run of entries of the same stream. */
static void
queue_done(
    struct bus_redis *b, struct arena *a, const struct bus_entry *run, size_t n)
{
	const char **argv = arena_alloc(a, (n + 2) * sizeof(*argv));
	size_t	    *len = arena_alloc(a, (n + 2) * sizeof(*len));

	argv[0] = "XDEL";
	argv[1] = bus_redis_stream(a, run->topic, run->shard);
	for (size_t i = 0; i < n; i++)
		argv[i + 2] = bus_redis_text(a, run[i].position);
	for (size_t i = 0; i < n + 2; i++)
		len[i] = strlen(argv[i]);
	redis_queue_argv(b->redis, n + 2, argv, len);
}

static int
redis_done(struct bus *bus, struct arena *a, const struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	size_t		    start = 0, got;

	for (size_t i = 1; i <= n; i++)
		if (i == n || entries[i].topic != entries[start].topic ||
		    entries[i].shard != entries[start].shard) {
			queue_done(b, a, entries + start, i - start);
			start = i;
		}
	return redis_run(b->redis, a, &replies, &got, e);
}

static void
start_over(struct place *at)
{
	if (bus_redis_cmp(at->from, at->known) > 0)
		at->known = at->from;
	at->from = (struct bus_position){0, 0};
}

static void
redis_rewind(struct bus *bus)
{
	struct bus_redis *b = self(bus);

	b->is_outdated = true;
	for (unsigned t = 0; t < BUS_TOPICS; t++)
		for (unsigned s = 0; s < bus->shards; s++)
			start_over(&b->at[t][s]);
}

static void
redis_own(struct bus *bus, enum bus_topic topic, unsigned shard, bool is_ours)
{
	self(bus)->is_outdated = true;
	if (is_ours)
		self(bus)->at[topic][shard] = (struct place){0};
}

/* -- what became of it ----------------------------------------------------- */

/*
 * Published and not handled: what is still in its stream is merely waiting,
 * and publishing it again would only make the queue longer while deliver is
 * away.  Of very many the oldest are looked at now.
 */
static int
redis_lost(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	size_t		    got;

	if (n > LOOKED_AT_MAX)
		n = LOOKED_AT_MAX;
	for (size_t i = 0; i < n; i++) {
		const char *at = bus_redis_text(a, entries[i].position);

		redis_queue(b->redis, "XRANGE %s %s %s COUNT 1",
		    bus_redis_stream(a, entries[i].topic, entries[i].shard), at,
		    at);
	}
	if (redis_run(b->redis, a, &replies, &got, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		entries[i].is_lost =
		    replies[i].type == REDIS_ARRAY && replies[i].n == 0;
	return 0;
}

static int64_t
redis_lag(struct bus *bus, struct arena *a)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	struct err	    e = {0};
	int64_t		    lag = 0;
	size_t		    n;

	for (unsigned s = 0; s < bus->shards; s++)
		if (bus->owned[BUS_EVENTS][s])
			redis_queue(b->redis, "XLEN %s",
			    bus_redis_stream(a, BUS_EVENTS, s));
	if (redis_run(b->redis, a, &replies, &n, &e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		lag += replies[i].integer;
	return lag;
}

static void
redis_bus_free(struct bus *bus)
{
	free(self(bus));
}

static const struct bus_driver driver = {.name = "redis",
    .publish = redis_publish,
    .consume = redis_consume,
    .done = redis_done,
    .rewind = redis_rewind,
    .lost = redis_lost,
    .own = redis_own,
    .lag = redis_lag,
    .free = redis_bus_free};

int
bus_redis_new(struct bus **bus_r, const struct config *config,
    struct redis *redis, struct err *e)
{
	struct bus_redis *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return err_set(e, ERR_INTERNAL, "internal", "out of memory");
	b->bus.driver = &driver;
	b->bus.shards = (unsigned)config_int(config, "bus.shards");
	memset(b->bus.owned, true, sizeof(b->bus.owned));
	b->max_length = config_int(config, "bus.max_length");
	b->redis = b->reader = redis;
	*bus_r = &b->bus;
	return 0;
}
