/* SPDX-License-Identifier: MIT */
/* delivery_bus_test.c -- What the bus promises, on a real Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "data/bus.h"
#include "data/redis.h"
#include "servers.h"

static struct servers *servers;

struct world {
	struct config	  *config;
	struct redis	  *redis;
	struct bus	  *bus;
	struct arena	  *a;
	struct err	   e;
	struct redis_reply reply;
	struct bus_entry  *got;
	size_t		   n;
	bool		   is_emptied;
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	log_open("delivery_bus_test", LOG_LEVEL_ERROR);
	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_int_equal(bus_redis_new(&w->bus, w->config, w->redis, &w->e), 0);
	w->a = arena_new(0);
	assert_int_equal(
	    redis_call(w->redis, w->a, &w->reply, &w->e, "FLUSHALL"), 0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	bus_free(&w->bus);
	redis_free(&w->redis);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return 0;
}

static void
publish(struct world *w, enum bus_topic topic, uint64_t key, const char *text)
{
	struct bus_entry entry = {.topic = topic,
	    .shard = bus_shard(key, bus_shards(w->bus)),
	    .data = text,
	    .len = strlen(text)};

	assert_int_equal(bus_publish(w->bus, w->a, &entry, 1, &w->e), 0);
}

/* The next entries; the empty hands of a fresh start are passed over. */
static void
consume(struct world *w)
{
	w->n = 0;
	w->is_emptied = false;
	for (int i = 0; i < 5 && w->n == 0; i++) {
		bool is_emptied;

		assert_int_equal(bus_consume(w->bus, w->a, 10, &w->got, &w->n,
				     &is_emptied, &w->e),
		    0);
		w->is_emptied |= is_emptied;
	}
}

static void
done(struct world *w)
{
	assert_int_equal(bus_done(w->bus, w->a, w->got, w->n, &w->e), 0);
}

static void
what_was_published_before_anybody_listened_is_handed_out(void **state)
{
	struct world *w = *state;

	publish(w, BUS_EVENTS, 1, "early");
	consume(w);
	assert_int_equal(w->n, 1);
	assert_string_equal(w->got[0].data, "early");
	assert_true(w->is_emptied);
	assert_true(w->got[0].is_again); /* by another, perhaps */
}

static void
one_key_keeps_its_order(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 20; i++)
		publish(w, BUS_EVENTS, 7, arena_printf(w->a, "%d", i));
	consume(w);
	assert_int_equal(w->n, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(atoi(w->got[i].data), i);
}

static void
events_come_before_what_was_sent_up(void **state)
{
	struct world *w = *state;

	publish(w, BUS_UP, 1, "up");
	publish(w, BUS_EVENTS, 1, "event");
	consume(w);
	assert_int_equal(w->n, 2);
	assert_int_equal(w->got[0].topic, BUS_EVENTS);
	assert_int_equal(w->got[1].topic, BUS_UP);
}

static void
what_is_not_done_comes_again_first(void **state)
{
	struct world *w = *state;

	publish(w, BUS_EVENTS, 7, "one");
	publish(w, BUS_EVENTS, 7, "two");
	consume(w);
	assert_int_equal(bus_done(w->bus, w->a, &w->got[0], 1, &w->e), 0);
	publish(w, BUS_EVENTS, 7, "three");
	bus_rewind(w->bus);
	consume(w);
	assert_int_equal(w->n, 2);
	assert_string_equal(w->got[0].data, "two");
	assert_true(w->got[0].is_again);
	assert_string_equal(w->got[1].data, "three");
	assert_false(w->got[1].is_again);
	assert_false(w->is_emptied);
}

static void
an_emptied_redis_is_noticed(void **state)
{
	struct world *w = *state;

	publish(w, BUS_EVENTS, 1, "one");
	consume(w);
	done(w);
	consume(w); /* nothing new; it listens now */
	assert_int_equal(
	    redis_call(w->redis, w->a, &w->reply, &w->e, "FLUSHALL"), 0);
	publish(w, BUS_EVENTS, 1, "two");
	consume(w);
	assert_true(w->is_emptied);
	assert_int_equal(w->n, 1);
	assert_string_equal(w->got[0].data, "two");
}

/*
 * In the midst of traffic, and when somebody else has made up the new word:
 * nothing is handed out as if what was lost had never been before it.
 */
static void
nothing_is_handed_out_before_an_emptied_redis_is_noticed(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		publish(w, BUS_EVENTS, 1, "one");
		consume(w);
		done(w);
	}
	assert_int_equal(
	    redis_call(w->redis, w->a, &w->reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(redis_call(w->redis, w->a, &w->reply, &w->e,
			     "SET bus:epoch another"),
	    0);
	publish(w, BUS_EVENTS, 1, "three");
	consume(w);
	assert_true(w->is_emptied);
	assert_int_equal(w->n, 1);
	assert_string_equal(w->got[0].data, "three");
}

static void
a_redis_that_was_killed_is_noticed(void **state)
{
	struct world *w = *state;
	bool	      is_emptied;

	publish(w, BUS_EVENTS, 1, "one");
	consume(w);
	done(w);
	servers_signal_redis(servers, SIGKILL);
	assert_int_equal(
	    bus_consume(w->bus, w->a, 10, &w->got, &w->n, &is_emptied, &w->e),
	    -1);
	servers_start_redis(servers);
	while (bus_consume(
		   w->bus, w->a, 10, &w->got, &w->n, &is_emptied, &w->e) == -1)
		continue;
	assert_true(is_emptied);
}

static void
lost_is_what_is_gone_not_what_waits(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry[3] = {{0}};

	for (int i = 0; i < 3; i++) {
		entry[i].data = "x";
		entry[i].len = 1;
	}
	consume(w);
	assert_int_equal(bus_publish(w->bus, w->a, entry, 2, &w->e), 0);
	consume(w);
	assert_int_equal(w->n, 2);
	assert_int_equal(bus_done(w->bus, w->a, w->got, 1, &w->e), 0);
	assert_int_equal(bus_publish(w->bus, w->a, entry + 2, 1, &w->e), 0);
	assert_int_equal(bus_lost(w->bus, w->a, entry, 3, &w->e), 0);
	assert_true(entry[0].is_lost);	/* gone */
	assert_false(entry[1].is_lost); /* taken, and not done with */
	assert_false(entry[2].is_lost); /* its turn is to come */
	assert_int_equal(
	    redis_call(w->redis, w->a, &w->reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(bus_lost(w->bus, w->a, entry + 2, 1, &w->e), 0);
	assert_true(entry[2].is_lost);
}

static void
shards_are_the_same_everywhere(void **state)
{
	unsigned seen[8] = {0};

	(void)state;
	assert_int_equal(bus_shard(1, 8), bus_shard(1, 8));
	for (uint64_t key = 1; key <= 8000; key++)
		seen[bus_shard(key, 8)]++;
	for (int i = 0; i < 8; i++)
		assert_in_range(seen[i], 800, 1200);
}

static int
start_all(void **state)
{
	(void)state;
	process_start("delivery_bus_test");
	servers = servers_new();
	servers_start_redis(servers);
	return 0;
}

static int
stop_all(void **state)
{
	(void)state;
	servers_free(&servers);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_published_before_anybody_listened_is_handed_out),
	    TEST(one_key_keeps_its_order),
	    TEST(events_come_before_what_was_sent_up),
	    TEST(what_is_not_done_comes_again_first),
	    TEST(an_emptied_redis_is_noticed),
	    TEST(nothing_is_handed_out_before_an_emptied_redis_is_noticed),
	    TEST(a_redis_that_was_killed_is_noticed),
	    TEST(lost_is_what_is_gone_not_what_waits),
	    cmocka_unit_test(shards_are_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
