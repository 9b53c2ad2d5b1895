/* SPDX-License-Identifier: MIT */
/* delivery_relay_test.c -- From the outbox to the bus, on real engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/process.h"
#include "data/app.h"
#include "data/bus.h"
#include "data/db.h"
#include "data/redis.h"
#include "delivery/event.h"
#include "delivery/relay.h"
#include "servers.h"

static struct servers *servers;

struct world {
	struct app   *app;
	struct bus   *bus;
	struct relay *relay;
	struct arena *a;
	struct err    e;
};

static int
set_up(void **state)
{
	struct world	  *w = calloc(1, sizeof(*w));
	struct redis_reply reply;

	assert_int_equal(app_open(&w->app, "relay", servers->dir, &w->e), 0);
	w->a = arena_new(0);
	assert_int_equal(
	    redis_call(w->app->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(
	    db_run_script(w->app->db, "TRUNCATE outbox", &w->e), 0);
	assert_int_equal(
	    bus_redis_new(&w->bus, w->app->config, w->app->redis, &w->e), 0);
	w->relay = relay_new(w->app, w->bus);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	relay_free(&w->relay);
	bus_free(&w->bus);
	app_close(&w->app);
	arena_free(&w->a);
	free(w);
	return 0;
}

static void
run(struct world *w, const char *sql)
{
	assert_int_equal(db_run_script(w->app->db, sql, &w->e), 0);
}

/* Rows of one conversation, with these ids. */
static void
promise(struct world *w, const uint64_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		run(w, arena_printf(w->a,
			   "INSERT INTO outbox (id, key_id, audience, conv_id, "
			   "seq, frame, created_at) VALUES "
			   "(%llu, 7, 1, 7, %llu, '{}', 0)",
			   (unsigned long long)ids[i],
			   (unsigned long long)ids[i]));
}

/* What is on the bus, in the order of its shard, must be these rows. */
static void
assert_bus(struct world *w, const uint64_t *ids, size_t n)
{
	size_t seen = 0;

	for (int calls = 0; calls < 100 && seen < n; calls++) {
		struct bus_entry     *got;
		struct delivery_event event;
		size_t		      ngot;
		bool		      is_emptied;

		assert_int_equal(bus_consume(w->bus, w->a, 10, &got, &ngot,
				     &is_emptied, &w->e),
		    0);
		for (size_t i = 0; i < ngot; i++) {
			assert_int_equal(
			    event_decode(got[i].data, got[i].len, &event), 0);
			assert_int_equal(event.id, ids[seen++]);
		}
		assert_int_equal(bus_done(w->bus, w->a, got, ngot, &w->e), 0);
	}
	assert_int_equal(seen, n);
}

static void
what_is_new_is_published_once_and_in_order(void **state)
{
	static const uint64_t ids[] = {1, 2, 3, 4};
	struct world	     *w = *state;

	promise(w, ids, 3);
	assert_int_equal(relay_wake(w->relay, &w->e), 3);
	assert_int_equal(relay_wake(w->relay, &w->e), 0);
	promise(w, ids + 3, 1);
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	assert_bus(w, ids, 4);
}

static void
a_row_that_commits_late_is_found_with_the_next_look(void **state)
{
	static const uint64_t first[] = {1, 4, 6}, late[] = {3, 5, 7};
	static const uint64_t all[] = {1, 4, 6, 3, 5, 7};
	struct world	     *w = *state;

	promise(w, first, 3);
	assert_int_equal(relay_wake(w->relay, &w->e), 3);
	promise(w, late, 3);
	assert_int_equal(relay_wake(w->relay, &w->e), 3);
	assert_int_equal(relay_wake(w->relay, &w->e), 0);
	assert_bus(w, all, 6);
}

static void
what_was_handled_makes_room(void **state)
{
	struct world *w = *state;

	run(w, "INSERT INTO outbox (id, key_id, audience, frame, created_at) "
	       "SELECT seq, seq, 1, '{}', 0 FROM seq_1_to_8400");
	assert_int_equal(relay_wake(w->relay, &w->e), 8400);
	assert_true(relay_is_crowded(w->relay));
	assert_int_equal(relay_make_room(w->relay, &w->e), 0);
	assert_true(relay_is_crowded(w->relay));
	run(w, "DELETE FROM outbox WHERE id BETWEEN 2 AND 500");
	assert_int_equal(relay_make_room(w->relay, &w->e), 0);
	assert_false(relay_is_crowded(w->relay));
	assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	assert_int_equal(relay_wake(w->relay, &w->e), 0);
}

static int
start_all(void **state)
{
	(void)state;
	process_start("delivery_relay_test");
	servers = servers_new();
	servers_start_mysql(servers);
	servers_start_redis(servers);
	return servers_make_schema(servers);
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
	    TEST(what_is_new_is_published_once_and_in_order),
	    TEST(a_row_that_commits_late_is_found_with_the_next_look),
	    TEST(what_was_handled_makes_room),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
