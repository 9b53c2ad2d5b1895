/* SPDX-License-Identifier: MIT */
/* delivery_relay_test.c -- From the outbox to the bus, on real engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/app.h"
#include "data/bus.h"
#include "data/db.h"
#include "data/redis.h"
#include "delivery/event.h"
#include "delivery/lease.h"
#include "delivery/relay.h"
#include "delivery/store.h"
#include "servers.h"

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

/* Rows of a conversation, of these ids and one after another. */
static void
storm(struct world *w, uint64_t key, unsigned from, unsigned upto)
{
	run(w,
	    arena_printf(w->a,
		"INSERT INTO outbox (id, key_id, audience, conv_id, seq, "
		"frame, created_at) SELECT seq, %llu, 1, %llu, seq, '{}', 0 "
		"FROM seq_%u_to_%u",
		(unsigned long long)key, (unsigned long long)key, from, upto));
}

/* What a deliver would take now, and be done with: rows of either key. */
struct taken {
	uint64_t last[2]; /* the row of this key that came last */
	size_t	 n[2];
};

static void
take(struct world *w, const uint64_t key[2], struct taken *t)
{
	struct bus_entry     *got;
	struct delivery_event event;
	size_t		      n, idle = 0;
	bool		      is_emptied;

	while (idle < 3) {
		assert_int_equal(
		    bus_consume(w->bus, w->a, 1, &got, &n, &is_emptied, &w->e),
		    0);
		idle = n == 0 ? idle + 1 : 0;
		for (size_t i = 0; i < n; i++) {
			int k;

			assert_int_equal(
			    event_decode(got[i].data, got[i].len, &event), 0);
			k = event.event.key == key[1];
			assert_int_equal(event.event.key, key[k]);
			assert_true(event.id > t->last[k]);
			t->last[k] = event.id;
			t->n[k]++;
		}
		assert_int_equal(bus_done(w->bus, w->a, got, n, &w->e), 0);
		arena_reset(w->a);
	}
}

/*
 * deliver is slow with one conversation: its rows stay.  Another's go out
 * behind it, and its own go on, in order, as they are handled.
 */
static void
a_storm_in_one_conversation_holds_up_no_other(void **state)
{
	enum { MANY = 20000 };
	static const uint64_t key[2] = {7, 8};
	struct world	     *w = *state;
	struct taken	      t = {0};

	storm(w, key[0], 1, MANY);
	storm(w, key[1], MANY + 1, MANY + 10);
	assert_int_equal(
	    relay_wake(w->relay, &w->e) + relay_wake(w->relay, &w->e),
	    MANY + 10);
	take(w, key, &t);
	assert_int_equal(t.n[1], 10);
	assert_in_range(t.n[0], 8192, 8192 + 256);
	storm(w, key[1], MANY + 11, MANY + 20);
	storm(w, key[0], MANY + 21, MANY + 30);
	assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	take(w, key, &t);
	assert_int_equal(t.n[1], 20);
	assert_in_range(t.n[0], 8192, 8192 + 256); /* none was handled */
	for (int i = 0; i < 10 && t.n[0] < MANY + 10; i++) {
		run(w, arena_printf(w->a,
			   "DELETE FROM outbox WHERE key_id = 7 AND id <= %llu",
			   (unsigned long long)t.last[0]));
		assert_int_equal(relay_sweep(w->relay, &w->e), 0);
		take(w, key, &t);
	}
	assert_int_equal(t.n[0], MANY + 10);
	assert_int_equal(t.n[1], 20);
	storm(w, key[0], MANY + 31, MANY + 31);
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	take(w, key, &t);
	assert_int_equal(t.n[0], MANY + 11);
}

/* The same for a relay that starts: it finds the storm below all the rest. */
static void
a_relay_that_starts_in_a_storm_reaches_what_is_behind_it(void **state)
{
	enum { MANY = 20000 };
	static const uint64_t key[2] = {7, 8};
	struct world	     *w = *state;
	struct taken	      t = {0};
	struct lease	     *lease =
	    lease_new(w->app, LEASE_RELAY, "n1", bus_shards(w->bus));
	int64_t next_ms;

	storm(w, key[0], 1, MANY);
	storm(w, key[1], MANY + 1, MANY + 10);
	relay_lease(w->relay, lease);
	assert_int_equal(relay_leases(w->relay, &next_ms, &w->e), 0);
	for (int i = 0; i < 10 && t.n[1] == 0; i++) {
		assert_int_equal(relay_sweep(w->relay, &w->e), 0);
		take(w, key, &t);
	}
	assert_int_equal(t.n[1], 10);
	assert_true(t.n[0] < MANY);
	lease_free(&lease);
}

/* What is on the bus: each key's rows in their order; how many. */
static size_t
take_all(struct world *w, uint64_t *last, uint64_t *ids)
{
	struct bus_entry     *got;
	struct delivery_event event;
	size_t		      n, taken = 0;
	bool		      is_emptied;

	for (int idle = 0; idle < 3;) {
		assert_int_equal(
		    bus_consume(w->bus, w->a, 1, &got, &n, &is_emptied, &w->e),
		    0);
		idle = n == 0 ? idle + 1 : 0;
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(
			    event_decode(got[i].data, got[i].len, &event), 0);
			assert_true(event.id > last[event.event.key]);
			last[event.event.key] = ids[taken++] = event.id;
		}
		assert_int_equal(bus_done(w->bus, w->a, got, n, &w->e), 0);
		arena_reset(w->a);
	}
	return taken;
}

/* These rows were handled. */
static void
handle(struct world *w, const uint64_t *ids, size_t n)
{
	enum { PART = 1000 };

	for (size_t i = 0; i < n; i += PART) {
		size_t part = n - i < PART ? n - i : PART;

		assert_int_equal(
		    store_outbox_remove(w->app->db, w->a, ids + i, part, &w->e),
		    0);
		arena_reset(w->a);
	}
}

/* Each gets less, and nobody is in the way of one who comes alone. */
static void
a_thousand_storms_hold_up_no_other(void **state)
{
	enum { STORMS = 1000, MANY = 40000, ALONE = STORMS + 1 };
	struct world *w = *state;
	uint64_t     *last = calloc(ALONE + 1, sizeof(*last));
	uint64_t     *ids = calloc(MANY + 1, sizeof(*ids));
	size_t	      n, sum;

	run(w, "INSERT INTO outbox (id, key_id, audience, frame, created_at) "
	       "SELECT seq, 1 + seq MOD 1000, 1, '{}', 0 FROM seq_1_to_40000");
	run(w, "INSERT INTO outbox (id, key_id, audience, frame, created_at) "
	       "VALUES (50000, 1001, 1, '{}', 0)");
	while (relay_wake(w->relay, &w->e) > 0)
		continue;
	sum = n = take_all(w, last, ids);
	assert_in_range(n, 1000 * 16 + 1, 16384);
	assert_int_equal(last[ALONE], 50000);
	for (int i = 0; i < 20 && sum < MANY + 1; i++) {
		handle(w, ids, n);
		assert_int_equal(relay_sweep(w->relay, &w->e), 0);
		n = take_all(w, last, ids);
		sum += n;
	}
	assert_int_equal(sum, MANY + 1); /* and each in its order */
	free(last);
	free(ids);
}

static unsigned
count(struct world *w, const char *sql)
{
	const struct db_stmt one = {sql, "", "u"};
	struct db_rows	     rows;

	assert_int_equal(db_query(w->app->db, &one, w->a, &rows, &w->e), 0);
	return (unsigned)db_u(&rows, 0, 0);
}

static void
a_row_that_is_no_event_becomes_a_dead_letter(void **state)
{
	static const uint64_t ids[] = {1, 2, 3}, good[] = {1, 3};
	struct world	     *w = *state;

	promise(w, ids, 3);
	run(w, "UPDATE outbox SET users = 'nobody' WHERE id = 2");
	assert_int_equal(relay_wake(w->relay, &w->e), 3);
	assert_bus(w, good, 2);
	assert_int_equal(count(w, "SELECT COUNT(*) FROM outbox"), 2);
	assert_int_equal(
	    count(w, "SELECT COUNT(*) FROM dead_letter WHERE id = 2 AND "
		     "users = 'nobody' AND cause = 'malformed' AND "
		     "detail LIKE '%nobody%'"),
	    1);
	run(w, "TRUNCATE dead_letter");
}

/* A bus that never takes what has "poison" in it, as a whole. */
static struct bus *sane;

static int
picky_publish(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	(void)bus;
	for (size_t i = 0; i < n; i++)
		if (strstr(entries[i].data, "poison") != NULL)
			return err_set(
			    e, ERR_TOO_LARGE, "too_large", "it is poison");
	return bus_publish(sane, a, entries, n, e);
}

static void
what_the_bus_never_takes_ends_and_the_rest_goes_on(void **state)
{
	static const uint64_t	ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	static const uint64_t	good[] = {1, 2, 4, 5, 6, 8};
	const struct bus_driver picky = {.publish = picky_publish};
	struct world	       *w = *state;
	struct bus bus = {.driver = &picky, .shards = bus_shards(w->bus)};

	sane = w->bus;
	relay_free(&w->relay);
	w->relay = relay_new(w->app, &bus);
	promise(w, ids, 9);
	run(w, "UPDATE outbox SET frame = '\"poison\"' WHERE id IN (3, 7)");
	run(w, "UPDATE outbox SET frame = REPEAT('x', 70000) WHERE id = 9");
	assert_int_equal(relay_wake(w->relay, &w->e), 9);
	assert_false(bus_is_failing(&bus));
	assert_bus(w, good, 6);
	assert_int_equal(count(w, "SELECT COUNT(*) FROM outbox"), 6);
	assert_int_equal(
	    count(w, "SELECT COUNT(*) FROM dead_letter WHERE id IN (3, 7) AND "
		     "cause = 'too_large' AND detail = 'it is poison'"),
	    2);
	assert_int_equal(
	    count(w, "SELECT COUNT(*) FROM dead_letter WHERE id = 9 AND "
		     "cause = 'too_large' AND detail LIKE '%70000%'"),
	    1);
	assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	run(w, "TRUNCATE dead_letter");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_new_is_published_once_and_in_order),
	    TEST(a_row_that_commits_late_is_found_with_the_next_look),
	    TEST(what_was_handled_makes_room),
	    TEST(a_storm_in_one_conversation_holds_up_no_other),
	    TEST(a_relay_that_starts_in_a_storm_reaches_what_is_behind_it),
	    TEST(a_thousand_storms_hold_up_no_other),
	    TEST(a_row_that_is_no_event_becomes_a_dead_letter),
	    TEST(what_the_bus_never_takes_ends_and_the_rest_goes_on),
	};

	return cmocka_run_group_tests(tests, servers_with_both, servers_end);
}
