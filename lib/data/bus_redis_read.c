/* SPDX-License-Identifier: MIT */
/*
 * bus_redis_read.c -- Reading the streams that are ours.
 *
 * One XREAD over all of them, in two halves, for who waits for something else,
 * too.  What was read counts only if Redis was not emptied before it.
 */
#include "data/bus_redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/redis.h"

enum {
	BATCH = 128,	      /* entries of a stream handed out at once */
	BLOCK_SLACK_MS = 2000 /* beyond the wait, before Redis is gone */
};

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
		argv[n++] = bus_redis_stream(a, lanes[i].topic, lanes[i].shard);
	for (size_t i = 0; i < nlanes; i++)
		argv[n++] = bus_redis_text(
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
		to->is_again = bus_redis_cmp(to->position, at->known) <= 0;
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
