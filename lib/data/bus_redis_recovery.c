/* SPDX-License-Identifier: MIT */
/*
 * bus_redis_recovery.c -- How an emptied Redis is noticed.
 *
 * Redis is disposable.  The key bus:epoch holds a word that whoever finds it
 * missing makes up; where it is another word than the one we know, or the
 * run_id of the server is, everything may be gone.  The word is asked for
 * right behind each read, in the same trip: what was read counts only if
 * nothing was lost before it.
 */
#include "data/bus_redis.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"
#include "data/redis.h"

#define EPOCH_KEY "bus:epoch"

/* The run_id line of INFO server: another one is another Redis. */
static void
run_id_of(const char *info, char out_r[BUS_RUN_ID_SIZE])
{
	const char *at = strstr(info, "run_id:");
	size_t	    n;

	out_r[0] = '\0';
	if (at == NULL)
		return;
	at += strlen("run_id:");
	n = strcspn(at, "\r\n");
	snprintf(out_r, BUS_RUN_ID_SIZE, "%.*s", (int)n, at);
}

/* Another word than the one we knew?  Then it is taken down. */
static bool
is_other(char known[BUS_RUN_ID_SIZE], const char *now)
{
	bool is_known = known[0] != '\0', differs = strcmp(known, now) != 0;

	snprintf(known, BUS_RUN_ID_SIZE, "%s", now);
	return is_known && differs;
}

/* Whoever makes up the word says so by SET's answer, the first of all too. */
static int
look_around(
    struct bus_redis *b, struct arena *a, bool *is_emptied_r, struct err *e)
{
	struct redis_reply *replies;
	char		    run_id[BUS_RUN_ID_SIZE];
	bool		    is_new;
	size_t		    n;

	redis_queue(b->redis, "INFO server");
	redis_queue(b->redis, "SET %s %s NX", EPOCH_KEY, random_token(a, 12));
	redis_queue(b->redis, "GET %s", EPOCH_KEY);
	if (redis_run(b->redis, a, &replies, &n, e) == -1)
		return -1;
	if (replies[0].type != REDIS_STRING)
		return bus_redis_refused(&replies[0], "INFO", e);
	if (replies[2].type != REDIS_STRING)
		return bus_redis_refused(&replies[2], "GET", e);
	run_id_of(replies[0].str, run_id);
	is_new = replies[1].type == REDIS_STRING;
	if (is_other(b->run_id, run_id))
		is_new = true;
	if (is_other(b->epoch, replies[2].str))
		is_new = true;
	if (is_new)
		memset(b->at, 0, sizeof(b->at));
	*is_emptied_r |= is_new;
	b->is_open = true;
	return 0;
}

/* What is in a stream already when we take it up was perhaps handed out. */
static int
learn_known(struct bus_redis *b, struct arena *a, const struct lane *lanes,
    size_t n, struct err *e)
{
	struct redis_reply *replies;
	size_t		    got, next = 0;

	for (size_t i = 0; i < n; i++) {
		char name[BUS_NAME_MAX];

		if (b->at[lanes[i].topic][lanes[i].shard].is_known)
			continue;
		bus_stream_name(lanes[i].topic, lanes[i].shard, name);
		redis_queue(b->redis, "XREVRANGE %s + - COUNT 1", name);
	}
	if (redis_run(b->redis, a, &replies, &got, e) == -1)
		return -1;
	for (size_t i = 0; i < n && next < got; i++) {
		struct place *at = &b->at[lanes[i].topic][lanes[i].shard];

		if (at->is_known)
			continue;
		if (replies[next].type == REDIS_ARRAY && replies[next].n == 1)
			bus_redis_position(
			    replies[next].element[0].element[0].str,
			    &at->known);
		at->is_known = true;
		next++;
	}
	return 0;
}

void
bus_redis_queue_check(struct bus_redis *b)
{
	redis_queue(b->reader, "GET %s", EPOCH_KEY);
}

bool
bus_redis_is_same(const struct bus_redis *b, const struct redis_reply *word)
{
	return word->type == REDIS_STRING && strcmp(word->str, b->epoch) == 0;
}

int
bus_redis_recover(struct bus_redis *b, struct arena *a,
    const struct lane *lanes, size_t n, bool *is_emptied_r, struct err *e)
{
	if (!b->is_open && look_around(b, a, is_emptied_r, e) == -1)
		return -1;
	return learn_known(b, a, lanes, n, e);
}
