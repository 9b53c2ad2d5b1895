/* SPDX-License-Identifier: MIT */
/*
 * bus_redis.c -- The bus on Redis Streams.
 *
 * One stream a topic and shard, bus:{n} and up:{n}.  A shard has one reader,
 * its owner, so there is no consumer group: what is in a stream is not done,
 * and done means deleted.  Taking a shard up, and starting over, is reading it
 * from its beginning; a reader who is not the owner any more changes nothing
 * by reading.  How an emptied Redis is noticed is in bus_redis_recovery.c.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/bus_redis.h"
#include "data/redis.h"

enum {
	BATCH = 128,	       /* entries of a stream handed out at once */
	BLOCK_SLACK_MS = 2000, /* beyond the wait, before Redis is gone */
	LOOKED_AT_MAX = 512    /* of overdue entries, at once */
};

static struct bus_redis *
self(struct bus *bus)
{
	return (struct bus_redis *)(void *)bus;
}

/* -- names and positions --------------------------------------------------- */

static const char *
stream_name(struct arena *a, enum bus_topic topic, unsigned shard)
{
	char *name = arena_alloc(a, BUS_NAME_MAX);

	bus_stream_name(topic, shard, name);
	return name;
}

static const char *
position_text(struct arena *a, struct bus_position p)
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

static int
position_cmp(struct bus_position a, struct bus_position b)
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
	     stream_name(a, entry->topic, entry->shard), "MAXLEN", "~", max, "*",
	     "e", entry->data, "f", fence};
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

static size_t
list_owned(const struct bus_redis *b, struct lane *lanes_r)
{
	size_t n = 0;

	for (unsigned t = 0; t < BUS_TOPICS; t++)
		for (unsigned s = 0; s < b->bus.shards; s++)
			if (b->bus.owned[t][s])
				lanes_r[n++] =
				    (struct lane){(enum bus_topic)t, s};
	return n;
}

/* Sends XREAD over all that is ours. */
static int
begin_read(struct bus_redis *b, struct arena *a, int wait_ms,
    const struct lane *lanes, size_t nlanes, struct err *e)
{
	const char **argv = arena_alloc(a, (6 + 2 * nlanes) * sizeof(*argv));
	size_t	    *len = arena_alloc(a, (6 + 2 * nlanes) * sizeof(*len));
	size_t	     n = 0;

	argv[n++] = "XREAD";
	argv[n++] = "COUNT";
	argv[n++] = arena_printf(a, "%d", BATCH);
	if (wait_ms > 0) {
		argv[n++] = "BLOCK";
		argv[n++] = arena_printf(a, "%d", wait_ms);
	}
	argv[n++] = "STREAMS";
	for (size_t i = 0; i < nlanes; i++)
		argv[n++] = stream_name(a, lanes[i].topic, lanes[i].shard);
	for (size_t i = 0; i < nlanes; i++)
		argv[n++] = position_text(
		    a, b->at[lanes[i].topic][lanes[i].shard].from);
	for (size_t i = 0; i < n; i++)
		len[i] = strlen(argv[i]);
	redis_queue_argv(b->reader, n, argv, len);
	bus_redis_queue_check(b);
	return redis_begin(b->reader, wait_ms + BLOCK_SLACK_MS, e);
}

/* Which of our streams is this? */
static bool
lane_of(const struct bus_redis *b, const char *name, struct lane *lane_r)
{
	if (sscanf(name, "bus:%3u", &lane_r->shard) == 1)
		lane_r->topic = BUS_EVENTS;
	else if (sscanf(name, "up:%3u", &lane_r->shard) == 1)
		lane_r->topic = BUS_UP;
	else
		return false;
	return lane_r->shard < b->bus.shards;
}

static void
take_fields(const struct redis_reply *fields, struct bus_entry *to)
{
	to->data = "";
	for (size_t i = 0; i + 1 < fields->n; i += 2) {
		const struct redis_reply *value = &fields->element[i + 1];

		if (fields->element[i].str[0] == 'f')
			to->fence = (uint32_t)strtoul(value->str, NULL, 10);
		else {
			to->data = value->str;
			to->len = value->len;
		}
	}
}

/* One stream of a reply: [name, [[id, [field, value, ...]], ...]]. */
static size_t
take_stream(struct bus_redis *b, const struct redis_reply *stream,
    struct bus_entry *out)
{
	const struct redis_reply *list = &stream->element[1];
	struct place		 *at;
	struct lane		  lane;
	size_t			  n = 0;

	if (!lane_of(b, stream->element[0].str, &lane))
		return 0;
	at = &b->at[lane.topic][lane.shard];
	for (size_t i = 0; i < list->n; i++) {
		const struct redis_reply *entry = &list->element[i];
		struct bus_entry	 *to = &out[n];

		if (entry->n != 2 ||
		    !bus_redis_position(entry->element[0].str, &to->position))
			continue;
		to->topic = lane.topic;
		to->shard = lane.shard;
		to->is_again = position_cmp(to->position, at->known) <= 0;
		take_fields(&entry->element[1], to);
		at->from = to->position;
		n++;
	}
	return n;
}

int
bus_redis_ask(struct bus_redis *b, struct arena *a, int wait_ms,
    bool *is_emptied_r, struct err *e)
{
	struct lane *lanes = arena_alloc(
	    a, (size_t)BUS_TOPICS * BUS_SHARDS_MAX * sizeof(*lanes));
	size_t n = list_owned(b, lanes);

	if (n == 0)
		return 0;
	if (bus_redis_recover(b, a, lanes, n, is_emptied_r, e) == -1)
		return -1;
	if (begin_read(b, a, wait_ms, lanes, n, e) == -1) {
		b->is_open = false;
		return -1;
	}
	b->is_asked = true;
	b->is_outdated = false;
	return 1;
}

int
bus_redis_take(struct bus_redis *b, struct arena *a,
    struct bus_entry **entries_r, size_t *n_r, struct err *e)
{
	struct redis_reply reply[2];
	size_t		   room = 0;

	b->is_asked = false;
	if (redis_end(b->reader, a, 2, reply, e) == -1) {
		b->is_open = false;
		return -1;
	}
	if (reply->type == REDIS_ERROR) {
		b->is_open = false;
		return bus_redis_refused(reply, "XREAD", e);
	}
	if (!bus_redis_is_same(b, &reply[1]))
		b->is_open = false; /* the next call sees to it */
	if (!b->is_open || b->is_outdated)
		return 0;
	for (size_t i = 0; i < reply->n; i++)
		room += reply->element[i].element[1].n;
	*entries_r = arena_alloc(a, room * sizeof(**entries_r));
	for (size_t i = 0; i < reply->n; i++)
		*n_r += take_stream(b, &reply->element[i], *entries_r + *n_r);
	return 0;
}

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
	argv[1] = stream_name(a, run->topic, run->shard);
	for (size_t i = 0; i < n; i++)
		argv[i + 2] = position_text(a, run[i].position);
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
	if (position_cmp(at->from, at->known) > 0)
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
		const char *at = position_text(a, entries[i].position);

		redis_queue(b->redis, "XRANGE %s %s %s COUNT 1",
		    stream_name(a, entries[i].topic, entries[i].shard), at, at);
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
			redis_queue(
			    b->redis, "XLEN %s", stream_name(a, BUS_EVENTS, s));
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
