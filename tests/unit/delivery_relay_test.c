/* SPDX-License-Identifier: MIT */
/* delivery_relay_test.c -- From the outbox to the bus, on real engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "data/db.h"
#include "data/redis.h"
#include "delivery/event.h"
#include "delivery/lease.h"
#include "relay_world.h"
#include "servers.h"

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

enum { TOLD_MAX = 3 };

/* As the sender's nudge has them. */
static int
tell_all(struct world *w, uint64_t first, size_t n)
{
	struct delivery_event rows[TOLD_MAX];

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct delivery_event){.id = first + i,
		    .event = {.key = 7,
			.audience = OUTBOX_MEMBERS,
			.conv_id = 7,
			.seq = first + i,
			.frame = "{}",
			.frame_len = 2}};
	return relay_told(w->relay, rows, n, &w->e);
}

static int
tell(struct world *w, uint64_t id)
{
	return tell_all(w, id, 1);
}

static void
a_row_that_is_told_goes_out_if_none_is_before_it(void **state)
{
	static const uint64_t ids[] = {1, 2, 3, 4, 5};
	struct world	     *w = *state;

	promise(w, ids, 1);
	assert_int_equal(tell(w, 1), 0); /* it has seen none yet */
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	promise(w, ids + 1, 2);
	assert_int_equal(tell(w, 2), 1);
	assert_int_equal(tell(w, 3), 1);
	assert_int_equal(tell(w, 3), 1);
	assert_int_equal(relay_wake(w->relay, &w->e), 0);
	promise(w, ids + 3, 2);
	assert_int_equal(tell(w, 5), 0);
	assert_int_equal(relay_wake(w->relay, &w->e), 2);
	assert_int_equal(tell(w, 4), 1);
	assert_int_equal(tell(w, 5), 1);
	assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	assert_bus(w, ids, 5);
}

static void
rows_of_one_transaction_that_are_told_go_out_together(void **state)
{
	static const uint64_t ids[] = {1, 2, 3, 4, 5, 6, 7};
	struct world	     *w = *state;

	promise(w, ids, 1);
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	promise(w, ids + 1, 3);
	assert_int_equal(tell_all(w, 2, 3), 1);
	assert_int_equal(tell_all(w, 2, 3), 1); /* that is so already */
	assert_int_equal(relay_wake(w->relay, &w->e), 0);
	promise(w, ids + 4, 3);
	assert_int_equal(tell_all(w, 4, 2), 0); /* one was out, one was not */
	assert_int_equal(tell_all(w, 6, 2), 0);
	assert_int_equal(relay_wake(w->relay, &w->e), 3);
	assert_bus(w, ids, 7);
}

/* One is on its way below it: only a look tells whether it is here. */
static void
behind_a_gap_nobody_is_believed(void **state)
{
	static const uint64_t seen[] = {1, 3}, late[] = {2, 4};
	static const uint64_t all[] = {1, 3, 2, 4};
	struct world	     *w = *state;

	promise(w, seen, 2);
	assert_int_equal(relay_wake(w->relay, &w->e), 2);
	promise(w, late, 2);
	assert_int_equal(tell(w, 4), 0);
	assert_int_equal(relay_wake(w->relay, &w->e), 2);
	assert_bus(w, all, 4);
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

static int64_t
on_the_bus(struct world *w)
{
	struct redis_reply r;
	int64_t		   n = 0;

	for (unsigned s = 0; s < bus_shards(w->bus); s++) {
		assert_int_equal(redis_call(w->app->redis, w->a, &r, &w->e,
				     "XLEN bus:%u", s),
		    0);
		n += r.integer;
	}
	return n;
}

/*
 * More than the window takes, and nobody to handle it: what is out stays so
 * while the leases are renewed, and the rest follows as there is room.
 */
static void
what_is_taken_up_is_published_once_however_long_it_takes(void **state)
{
	struct world *w = *state;
	struct lease *lease = lease_new(w->app, LEASE_RELAY, "n1", 8);
	int64_t	      next_ms, out;

	relay_lease(w->relay, lease);
	run(w, "INSERT INTO outbox (id, key_id, audience, frame, created_at) "
	       "SELECT seq, seq, 1, '{}', 0 FROM seq_1_to_20000");
	while (relay_wake(w->relay, &w->e) > 0)
		continue; /* they are another's */
	assert_int_equal(on_the_bus(w), 0);
	assert_int_equal(relay_leases(w->relay, &next_ms, &w->e), 0);
	out = on_the_bus(w);
	assert_in_range(out, 10000, 19999);
	for (int i = 0; i < 3; i++)
		assert_int_equal(relay_leases(w->relay, &next_ms, &w->e), 0);
	assert_int_equal(on_the_bus(w), out);
	run(w, "DELETE FROM outbox WHERE id <= 10000");
	for (int i = 0; i < 3; i++)
		assert_int_equal(relay_sweep(w->relay, &w->e), 0);
	assert_int_equal(on_the_bus(w), 20000);
	run(w, "INSERT INTO outbox (id, key_id, audience, frame, created_at) "
	       "VALUES (20001, 5, 1, '{}', 0)");
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	assert_int_equal(on_the_bus(w), 20001);
	relay_free(&w->relay);
	lease_free(&lease);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RELAY_TEST(what_is_new_is_published_once_and_in_order),
	    RELAY_TEST(a_row_that_commits_late_is_found_with_the_next_look),
	    RELAY_TEST(a_row_that_is_told_goes_out_if_none_is_before_it),
	    RELAY_TEST(rows_of_one_transaction_that_are_told_go_out_together),
	    RELAY_TEST(behind_a_gap_nobody_is_believed),
	    RELAY_TEST(what_was_handled_makes_room),
	    RELAY_TEST(
		what_is_taken_up_is_published_once_however_long_it_takes),
	    RELAY_TEST(a_row_that_is_no_event_becomes_a_dead_letter),
	    RELAY_TEST(what_the_bus_never_takes_ends_and_the_rest_goes_on),
	};

	return cmocka_run_group_tests(tests, servers_with_both, servers_end);
}
