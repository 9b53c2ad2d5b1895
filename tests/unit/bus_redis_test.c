/* SPDX-License-Identifier: MIT */
/* bus_redis_test.c -- The bus on Redis Streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "bus_contract.h"
#include "data/redis.h"
#include "servers.h"

static void
an_emptied_redis_is_noticed_by_each(void **state)
{
	struct world	  *w = *state;
	struct redis_reply reply;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	publish(w, 1, "one");
	await_emptied(w); /* the first start counts as that */
	(void)once(w, 1);
	done(w, 0, 0, w->n);
	forget(w);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	publish(w, 1, "two");
	await_emptied(w);
	consume(w, 0, 1);
	assert_got(w, 0, "two");
	forget(w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(once(w, 1), 0);
	assert_true(w->was_emptied); /* the word is there, but another one */
}

/*
 * In the midst of traffic, and when somebody else has made up the new word:
 * nothing is handed out as if what was lost had never been before it.
 */
static void
nothing_is_handed_out_before_an_emptied_redis_is_noticed(void **state)
{
	struct world	  *w = *state;
	struct redis_reply reply;

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 3; i++) {
		publish(w, 1, "one");
		consume(w, 0, 1);
		done(w, 0, 0, 1);
		forget(w);
	}
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "SET bus:epoch another"),
	    0);
	publish(w, 1, "three");
	consume(w, 0, 1);
	assert_true(w->was_emptied);
	assert_got(w, 0, "three");
}

static void
a_redis_that_was_killed_is_noticed(void **state)
{
	struct world *w = *state;

	w->in[0] = join(w, node[0]);
	publish(w, 1, "one");
	consume(w, 0, 1);
	forget(w);
	servers_signal_redis(servers, SIGKILL);
	assert_int_equal(once(w, 0), -1);
	servers_start_redis(servers);
	await_emptied(w);
}

static void
a_shard_taken_up_again_begins_with_what_is_not_done(void **state)
{
	struct world *w = *state;
	unsigned      shard = bus_shard(7, SHARDS);

	w->in[0] = join(w, node[0]);
	publish(w, 7, "one");
	publish(w, 7, "two");
	consume(w, 0, 2);
	done(w, 0, 0, 1);
	bus_own(w->in[0], BUS_EVENTS, shard, false);
	publish(w, 7, "three");
	forget(w);
	assert_int_equal(once(w, 0), 0);
	assert_int_equal(w->n, 0);
	bus_own(w->in[0], BUS_EVENTS, shard, true);
	consume(w, 0, 2);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
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

#define TEST(test) BUS_TEST("redis_", bus_world_set_up, test)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shards_are_the_same_everywhere),
	    BUS_CONTRACT("redis_", bus_world_set_up),
	    TEST(an_emptied_redis_is_noticed_by_each),
	    TEST(nothing_is_handed_out_before_an_emptied_redis_is_noticed),
	    TEST(a_redis_that_was_killed_is_noticed),
	    TEST(a_shard_taken_up_again_begins_with_what_is_not_done),
	};

	if (argc == 3)
		return die(argv[1], strtoul(argv[2], NULL, 10));
	return cmocka_run_group_tests(tests, servers_with_redis, servers_end);
}
