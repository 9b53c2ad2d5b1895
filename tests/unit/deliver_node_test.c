/* SPDX-License-Identifier: MIT */
/* deliver_node_test.c -- Nodes come and go, and with them their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delivery/deliver_private.h"
#include "relay_world.h"
#include "servers.h"
#include "world_redis.h"

static void
look(struct world *w, struct deliver *d)
{
	assert_int_equal(deliver_nodes(d, &w->e), 0);
}

/* So long ago it was found missing. */
static void
wait_out(struct deliver *d)
{
	for (size_t k = 0; k < d->nnodes; k++)
		if (d->node[k].missing_ms != 0)
			d->node[k].missing_ms -= DELIVER_GONE_MS;
}

/* Another deliver found "gone" dead; "lives" is where it was. */
static void
who_is_gone_for_good_gives_its_place_up(void **state)
{
	struct world   *w = *state;
	struct deliver *d = deliver_new(w->app, NULL);

	redis(w, "SADD nodes lives");
	redis(w, "SET node:lives:alive 1");
	redis(w, "SADD node:lives:online 0");
	(void)deliver_node(d, "gone");
	look(w, d);
	assert_int_equal(d->nnodes, 2);
	look(w, d);
	assert_int_equal(d->nnodes, 2);
	wait_out(d);
	look(w, d);
	assert_int_equal(d->nnodes, 1);
	assert_string_equal(d->node[0].id, "lives");
	wait_out(d);
	look(w, d);
	assert_int_equal(d->nnodes, 1);
	deliver_free(&d);
}

/* Its counter goes on, so that the hub misses nothing. */
static void
one_that_announces_itself_anew_keeps_its_place(void **state)
{
	struct world   *w = *state;
	struct deliver *d = deliver_new(w->app, NULL);

	deliver_node(d, "back")->counter = 5;
	look(w, d); /* Redis was emptied */
	wait_out(d);
	redis(w, "SADD nodes back");
	redis(w, "SET node:back:alive 1");
	redis(w, "SADD node:back:online 0");
	look(w, d);
	redis(w, "FLUSHALL");
	look(w, d);
	assert_int_equal(d->nnodes, 1);
	assert_int_equal(d->node[0].counter, 5);
	deliver_free(&d);
}

static void
there_is_always_room_for_new_names(void **state)
{
	struct world   *w = *state;
	struct deliver *d = deliver_new(w->app, NULL);

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < DELIVER_NODES_MAX; i++)
			assert_non_null(deliver_node(
			    d, arena_printf(w->a, "n%d-%d", round, i)));
		assert_null(deliver_node(d, "one more"));
		look(w, d);
		wait_out(d);
		look(w, d);
	}
	deliver_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RELAY_TEST(who_is_gone_for_good_gives_its_place_up),
	    RELAY_TEST(one_that_announces_itself_anew_keeps_its_place),
	    RELAY_TEST(there_is_always_room_for_new_names),
	};

	return cmocka_run_group_tests_name(
	    "deliver_node", tests, servers_with_both, servers_end);
}
