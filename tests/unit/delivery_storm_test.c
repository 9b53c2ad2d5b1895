/* SPDX-License-Identifier: MIT */
/*
 * delivery_storm_test.c -- Storms in some conversations hold up no other.
 *
 * Rows stay in the outbox, and shards ours, for longer than a slow machine
 * needs for a test: what comes is counted, and nothing comes twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "delivery/event.h"
#include "delivery/lease.h"
#include "delivery/store.h"
#include "relay_world.h"
#include "servers.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RELAY_TEST(a_storm_in_one_conversation_holds_up_no_other),
	    RELAY_TEST(
		a_relay_that_starts_in_a_storm_reaches_what_is_behind_it),
	    RELAY_TEST(a_thousand_storms_hold_up_no_other),
	};

	setenv("PARLEY_RELAY_REPUBLISH_MS", "600000", 1);
	setenv("PARLEY_LEASE_LIFE_MS", "600000", 1);
	return cmocka_run_group_tests(tests, servers_with_both, servers_end);
}
