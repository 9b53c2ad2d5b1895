/* SPDX-License-Identifier: MIT */
/* deliver_presence_test.c -- Who is told how somebody looks, and last of all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "message_world.h"
#include "presence/keys.h"
#include "servers.h"

static void
redis(struct world *w, const char *command)
{
	struct redis_reply reply;

	assert_int_equal(
	    redis_call(w->app->redis, w->a, &reply, &w->e, command), 0);
	assert_int_not_equal(reply.type, REDIS_ERROR);
}

/* Two nodes; Ann is at the first. */
static int
set_up(void **state)
{
	struct world *w;

	assert_int_equal(world_set_up(state), 0);
	w = *state;
	redis(w, "FLUSHALL");
	redis(w, "SADD nodes n1 n2");
	redis(w, "SET node:n1:alive 1");
	redis(w, "SET node:n2:alive 1");
	redis(w, "SADD node:n1:online 0 1");
	redis(w, "SADD node:n2:online 0");
	return 0;
}

/* Is this among what a node is about to be told? */
static bool
is_told(struct deliver *d, const char *node, const char *text)
{
	const struct strbuf *out = &deliver_node(d, node)->out;

	return out->data != NULL &&
	       memmem(out->data, out->len, text, strlen(text)) != NULL;
}

static struct deliver *
with_both_nodes(struct world *w)
{
	static struct bus bus = {.shards = 8};
	struct deliver	 *d = deliver_new(w->app, &bus);

	assert_int_equal(deliver_nodes(d, &w->e), 0);
	assert_int_equal(d->nnodes, 2);
	return d;
}

/* Of two first sockets each finds the other there already. */
static void
who_comes_at_two_nodes_at_once_is_told_of(void **state)
{
	struct world   *w = *state;
	struct deliver *d = with_both_nodes(w);

	redis(w, "SADD node:n1:online 2");
	redis(w, "SADD node:n2:online 2");
	assert_int_equal(deliver_arrived(d, BOB, &w->e), 0);
	assert_int_equal(deliver_arrived(d, BOB, &w->e), 0);
	assert_true(
	    is_told(d, "n1", "{\"user_id\":\"2\",\"status\":\"online\"}"));
	deliver_free(&d);
}

/* A node died with them: each costs trips, and live events wait meanwhile. */
static void
a_crowd_that_leaves_is_told_of_in_several_steps(void **state)
{
	struct world   *w = *state;
	struct deliver *d = with_both_nodes(w);
	unsigned	steps = 0;

	for (uint64_t id = 1000; id < 2000; id++)
		deliver_gone(d, id, 1);
	while (!TAILQ_EMPTY(&d->leaving)) {
		assert_int_equal(deliver_leavers(d, &w->e), 0);
		arena_reset(d->arena);
		steps++;
	}
	assert_true(steps > 1);
	deliver_free(&d);
}

/* A choice that waits for its time, published once more, has two entries. */
static void
a_choice_that_comes_twice_is_done_with_twice(void **state)
{
	struct world	     *w = *state;
	struct deliver	     *d = with_both_nodes(w);
	struct delivery_event event = {.event = {.users = {BOB}}};
	bool		      is_kept;

	for (uint64_t i = 1; i <= 3; i++) {
		const struct bus_entry entry = {.position = {i, 0}};

		event.id = i == 1 ? 1 : 2;
		assert_int_equal(
		    deliver_chosen(d, &event, &entry, &is_kept, &w->e), 0);
		assert_int_equal(is_kept, i > 1);
	}
	assert_int_equal(d->ndone, 1);
	assert_int_equal(d->done[0].position.major, 2);
	assert_int_equal(d->nhandled, 0);
	deliver_free(&d);
}

#define PRESENCE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PRESENCE_TEST(who_comes_at_two_nodes_at_once_is_told_of),
	    PRESENCE_TEST(a_crowd_that_leaves_is_told_of_in_several_steps),
	    PRESENCE_TEST(a_choice_that_comes_twice_is_done_with_twice),
	};

	return cmocka_run_group_tests_name(
	    "deliver_presence", tests, servers_with_both, servers_end);
}
