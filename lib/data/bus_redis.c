/* SPDX-License-Identifier: MIT */
/*
 * bus_redis.c -- The bus on Redis Streams.
 *
 * One stream a topic and shard, bus:{n} and up:{n}; one consumer group,
 * "deliver", created from id 0 so that nothing published before it is missed.
 * Redis is disposable: another run_id, a missing key bus:epoch or a group that
 * is gone all mean that it was emptied.  The groups are then made again, and
 * the caller is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "data/bus.h"
#include "data/redis.h"

#define GROUP "deliver"
#define EPOCH_KEY "bus:epoch"

enum {
	BATCH = 128,	      /* entries of a stream handed out at once */
	BLOCK_SLACK_MS = 2000 /* beyond the wait, before Redis counts as gone */
};

enum phase { CLOSED, PENDING, NEW };

struct bus_redis {
	struct bus    bus;
	struct redis *redis;
	char	      consumer[64];
	char	      run_id[64]; /* of the Redis we last spoke to */
	int64_t	      max_length; /* of a stream: what is trimmed comes again */
	enum phase    phase;
	/* Per stream, topic by topic: where reading the pending ones stands. */
	struct bus_position from[BUS_TOPICS * BUS_SHARDS_MAX];
};

static struct bus_redis *
self(struct bus *bus)
{
	return (struct bus_redis *)(void *)bus;
}

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

static bool
position_parse(const char *text, struct bus_position *p_r)
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

static bool
is_error(const struct redis_reply *r, const char *prefix)
{
	return r->type == REDIS_ERROR &&
	       strncmp(r->str, prefix, strlen(prefix)) == 0;
}

static int
refused(const struct redis_reply *r, const char *what, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "redis: %s: %s", what,
	    r->type == REDIS_ERROR ? r->str : "unexpected reply");
}

static int
redis_publish(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	const char *max = arena_printf(a, "%lld", (long long)b->max_length);
	size_t	    got;

	for (size_t i = 0; i < n; i++) {
		const char  *argv[] = {"XADD",
		     stream_name(a, entries[i].topic, entries[i].shard),
		     "MAXLEN", "~", max, "*", "e", entries[i].data};
		const size_t len[] = {4, strlen(argv[1]), 6, 1, strlen(max), 1,
		    1, entries[i].len};

		redis_queue_argv(b->redis, 8, argv, len);
	}
	if (redis_run(b->redis, a, &replies, &got, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (replies[i].type != REDIS_STRING ||
		    !position_parse(replies[i].str, &entries[i].position))
			return refused(&replies[i], "XADD", e);
	return 0;
}

/* The run_id line of INFO server: another one is another, emptier Redis. */
static void
run_id_of(const char *info, char *out_r, size_t size)
{
	const char *at = strstr(info, "run_id:");
	size_t	    n;

	out_r[0] = '\0';
	if (at == NULL)
		return;
	at += strlen("run_id:");
	n = strcspn(at, "\r\n");
	snprintf(out_r, size, "%.*s", (int)n, at);
}

/*
 * Makes sure of the groups and finds out whether Redis is the one we knew.
 * The first start of all counts as emptied, too: nobody minds.
 */
static int
open_groups(
    struct bus_redis *b, struct arena *a, bool *is_emptied_r, struct err *e)
{
	struct redis_reply *replies;
	char		    run_id[sizeof(b->run_id)];
	size_t		    n;

	redis_queue(b->redis, "INFO server");
	redis_queue(b->redis, "SET %s %s NX", EPOCH_KEY, random_token(a, 12));
	for (unsigned t = 0; t < BUS_TOPICS; t++)
		for (unsigned s = 0; s < b->bus.shards; s++)
			redis_queue(b->redis, "XGROUP CREATE %s %s 0 MKSTREAM",
			    stream_name(a, t, s), GROUP);
	if (redis_run(b->redis, a, &replies, &n, e) == -1)
		return -1;
	if (replies[0].type != REDIS_STRING)
		return refused(&replies[0], "INFO", e);
	run_id_of(replies[0].str, run_id, sizeof(run_id));
	*is_emptied_r =
	    replies[1].type == REDIS_STRING ||
	    (b->run_id[0] != '\0' && strcmp(run_id, b->run_id) != 0);
	for (size_t i = 2; i < n; i++) {
		if (replies[i].type == REDIS_STRING)
			*is_emptied_r = true;
		else if (!is_error(&replies[i], "BUSYGROUP"))
			return refused(&replies[i], "XGROUP", e);
	}
	memcpy(b->run_id, run_id, sizeof(run_id));
	memset(b->from, 0, sizeof(b->from));
	b->phase = PENDING;
	return 0;
}

static int
call_read(struct bus_redis *b, struct arena *a, int wait_ms,
    struct redis_reply *reply_r, struct err *e)
{
	const char *argv[10 + 2 * BUS_TOPICS * BUS_SHARDS_MAX];
	size_t	    len[10 + 2 * BUS_TOPICS * BUS_SHARDS_MAX];
	size_t	    n = 0, streams = (size_t)BUS_TOPICS * b->bus.shards;

	argv[n++] = "XREADGROUP";
	argv[n++] = "GROUP";
	argv[n++] = GROUP;
	argv[n++] = b->consumer;
	argv[n++] = "COUNT";
	argv[n++] = arena_printf(a, "%d", BATCH);
	if (b->phase == NEW) {
		argv[n++] = "BLOCK";
		argv[n++] = arena_printf(a, "%d", wait_ms > 0 ? wait_ms : 1);
	}
	argv[n++] = "STREAMS";
	for (size_t i = 0; i < streams; i++)
		argv[n++] = stream_name(a, (enum bus_topic)(i / b->bus.shards),
		    (unsigned)(i % b->bus.shards));
	for (size_t i = 0; i < streams; i++)
		argv[n++] =
		    b->phase == NEW ? ">" : position_text(a, b->from[i]);
	for (size_t i = 0; i < n; i++)
		len[i] = strlen(argv[i]);
	return redis_call_argv(
	    b->redis, a, reply_r, wait_ms + BLOCK_SLACK_MS, n, argv, len, e);
}

/* Which of our streams is this?  Its index in from[], or -1. */
static int
stream_index(const struct bus_redis *b, const char *name)
{
	unsigned shard;
	int	 topic;

	if (sscanf(name, "bus:%3u", &shard) == 1)
		topic = BUS_EVENTS;
	else if (sscanf(name, "up:%3u", &shard) == 1)
		topic = BUS_UP;
	else
		return -1;
	return shard < b->bus.shards ? topic * (int)b->bus.shards + (int)shard
				     : -1;
}

/*
 * One stream of a reply: [name, [[id, [field, value]], ...]].  An entry that
 * was deleted while pending has nil for its fields: it comes with no data, and
 * the caller reports it done.
 */
static size_t
take_stream(struct bus_redis *b, const struct redis_reply *stream,
    struct bus_entry *out)
{
	const struct redis_reply *list = &stream->element[1];
	int			  at = stream_index(b, stream->element[0].str);
	size_t			  n = 0;

	for (size_t i = 0; at >= 0 && i < list->n; i++) {
		const struct redis_reply *entry = &list->element[i];
		struct bus_entry	 *to = &out[n];

		if (entry->n != 2 ||
		    !position_parse(entry->element[0].str, &to->position))
			continue;
		to->topic = (enum bus_topic)((unsigned)at / b->bus.shards);
		to->shard = (unsigned)at % b->bus.shards;
		to->is_again = b->phase == PENDING;
		to->data = "";
		if (entry->element[1].n >= 2) {
			to->data = entry->element[1].element[1].str;
			to->len = entry->element[1].element[1].len;
		}
		b->from[at] = to->position;
		n++;
	}
	return n;
}

static int
redis_consume(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	struct bus_redis  *b = self(bus);
	struct redis_reply reply;
	size_t		   room = 0;

	if (b->phase == CLOSED && open_groups(b, a, is_emptied_r, e) == -1)
		return -1;
	if (call_read(b, a, b->phase == NEW ? wait_ms : 0, &reply, e) == -1) {
		b->phase = CLOSED;
		return -1;
	}
	if (is_error(&reply, "NOGROUP") || is_error(&reply, "UNBLOCKED")) {
		b->phase =
		    CLOSED; /* emptied under us: the next call sees to it */
		return 0;
	}
	if (reply.type == REDIS_ERROR) {
		b->phase = CLOSED;
		return refused(&reply, "XREADGROUP", e);
	}
	for (size_t i = 0; i < reply.n; i++)
		room += reply.element[i].element[1].n;
	*entries_r = arena_alloc(a, room * sizeof(**entries_r));
	for (size_t i = 0; i < reply.n; i++)
		*n_r += take_stream(b, &reply.element[i], *entries_r + *n_r);
	if (b->phase == PENDING && *n_r == 0)
		b->phase = NEW;
	return 0;
}

/* XACK and XDEL of one run of entries of the same stream. */
static void
queue_done(
    struct bus_redis *b, struct arena *a, const struct bus_entry *run, size_t n)
{
	const char **argv = arena_alloc(a, (n + 3) * sizeof(*argv));
	size_t	    *len = arena_alloc(a, (n + 3) * sizeof(*len));

	argv[0] = "XACK";
	argv[1] = stream_name(a, run->topic, run->shard);
	argv[2] = GROUP;
	for (size_t i = 0; i < n; i++)
		argv[i + 3] = position_text(a, run[i].position);
	for (size_t i = 0; i < n + 3; i++)
		len[i] = strlen(argv[i]);
	redis_queue_argv(b->redis, n + 3, argv, len);
	argv[2] = argv[1];
	argv[1] = "XDEL";
	len[2] = len[1];
	len[1] = 4;
	redis_queue_argv(b->redis, n + 2, argv + 1, len + 1);
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
	if (redis_run(b->redis, a, &replies, &got, e) == -1) {
		b->phase = CLOSED;
		return -1;
	}
	return 0;
}

static void
redis_rewind(struct bus *bus)
{
	self(bus)->phase = CLOSED;
}

/* The group's last-delivered-id out of XINFO GROUPS; 0-0 if there is none. */
static struct bus_position
last_delivered(const struct redis_reply *groups)
{
	struct bus_position p = {0, 0};

	for (size_t g = 0; g < groups->n; g++) {
		const struct redis_reply *group = &groups->element[g];

		for (size_t i = 0; i + 1 < group->n; i += 2)
			if (strcmp(group->element[i].str,
				"last-delivered-id") == 0)
				position_parse(group->element[i + 1].str, &p);
	}
	return p;
}

/*
 * What stands in the stream beyond the group's last-delivered-id is merely
 * waiting: publishing it again would only make the queue longer while deliver
 * is away.  All else is lost, or held by a consumer that does not finish.
 */
static int
redis_lost(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_redis   *b = self(bus);
	struct redis_reply *replies;
	size_t		    got;

	for (unsigned s = 0; s < bus->shards; s++) {
		const char *name = stream_name(a, BUS_EVENTS, s);

		redis_queue(b->redis, "XRANGE %s - + COUNT 1", name);
		redis_queue(b->redis, "XINFO GROUPS %s", name);
	}
	if (redis_run(b->redis, a, &replies, &got, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct redis_reply *first =
		    &replies[2 * entries[i].shard];
		struct bus_position p = entries[i].position, oldest;
		struct bus_position read = last_delivered(first + 1);

		entries[i].is_lost =
		    first->n == 0 ||
		    !position_parse(
			first->element[0].element[0].str, &oldest) ||
		    position_cmp(p, oldest) < 0 || position_cmp(p, read) <= 0;
	}
	return 0;
}

static void
redis_bus_free(struct bus *bus)
{
	free(self(bus));
}

static const struct bus_driver driver = {redis_publish, redis_consume,
    redis_done, redis_rewind, redis_lost, redis_bus_free};

int
bus_redis_new(struct bus **bus_r, const struct config *config,
    struct redis *redis, const char *consumer, struct err *e)
{
	struct bus_redis *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return err_set(e, ERR_INTERNAL, "internal", "out of memory");
	b->bus.driver = &driver;
	b->bus.shards = (unsigned)config_int(config, "bus.shards");
	b->max_length = config_int(config, "bus.max_length");
	b->redis = redis;
	snprintf(b->consumer, sizeof(b->consumer), "%s", consumer);
	*bus_r = &b->bus;
	return 0;
}
