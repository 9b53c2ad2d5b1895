/* SPDX-License-Identifier: MIT */
/* deliver_lane_test.c -- Keys that wait: order, bounds, buckets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "delivery/deliver_private.h"

enum { KEY = 5, PART = 60000 };

static char part[PART + 1];

static int
set_up(void **state)
{
	struct deliver *d = calloc(1, sizeof(*d));

	d->arena = arena_new(0);
	deliver_lanes_init(d);
	memset(part, 'x', PART);
	*state = d;
	return 0;
}

static int
tear_down(void **state)
{
	struct deliver *d = *state;

	deliver_lanes_free(d);
	deliver_buckets_free(d);
	arena_free(&d->arena);
	free(d->done);
	free(d);
	return 0;
}

static struct delivery_event
event(uint64_t id)
{
	return (struct delivery_event){.id = id, .event = {.key = KEY}};
}

static struct bus_entry
entry(uint64_t id, size_t len)
{
	return (struct bus_entry){
	    .position = {id, 0}, .data = part, .len = len};
}

static bool
join(struct deliver *d, uint64_t id, size_t len)
{
	struct delivery_event ev = event(id);
	struct bus_entry      en = entry(id, len);

	return deliver_lane_joins(d, &ev, &en);
}

static struct lane *
wait_for(struct deliver *d, uint64_t id, int64_t due_ms)
{
	struct delivery_event ev = event(id);
	struct bus_entry      en = entry(id, 10);
	struct lane	     *l;
	struct err	      e = {0};

	assert_int_equal(deliver_lane_wait(d, &ev, &en, due_ms, &l, &e), 0);
	return l;
}

static void
what_waits_comes_out_in_order_each_once(void **state)
{
	struct deliver	*d = *state;
	struct lane	*l;
	struct bus_entry out;

	assert_false(join(d, 1, 10));
	l = wait_for(d, 1, clock_boot_ms() + 60000);
	assert_true(join(d, 2, 10));
	assert_true(join(d, 2, 10)); /* published again meanwhile */
	assert_true(join(d, 3, 10));
	assert_int_equal(d->ndone, 1);
	assert_true(deliver_lane_next(d, l, &out));
	assert_int_equal(out.position.major, 1);
	assert_ptr_equal(wait_for(d, 1, 1), l); /* it failed again */
	for (uint64_t id = 1; id <= 3; id++) {
		assert_true(deliver_lane_next(d, l, &out));
		assert_int_equal(out.position.major, id);
		assert_memory_equal(out.data, part, 10);
	}
	assert_false(deliver_lane_next(d, l, &out));
	deliver_lanes_settle(d);
	assert_null(deliver_lane(d, KEY));
	assert_false(join(d, 4, 10));
}

static void
what_is_kept_is_bounded_and_the_rest_comes_from_the_bus_again(void **state)
{
	struct deliver	*d = *state;
	struct lane	*l = wait_for(d, 1, 1);
	struct bus_entry out;
	uint64_t	 id;
	size_t		 n = 0;

	for (id = 2; id < 1000; id++)
		assert_true(join(d, id, PART));
	assert_true(l->is_spilled);
	assert_in_range(d->held_bytes, 8 << 20, 17 << 20);
	while (deliver_lane_next(d, l, &out)) {
		assert_int_equal(out.position.major, ++n);
		if (n % 50 == 0)
			arena_reset(d->arena);
	}
	assert_int_equal(d->held_bytes, 0);
	assert_true(join(d, id++, 10)); /* not before those that were left */
	deliver_lanes_settle(d);
	assert_true(d->is_dry);
	deliver_lanes_drop(d);
	assert_false(d->is_dry);
	assert_false(join(d, ++n, 10));
}

static void
a_parked_key_waits_even_when_nothing_of_it_is_kept(void **state)
{
	struct deliver *d = *state;
	struct lane    *l = wait_for(d, 1, clock_boot_ms() + 60000);

	l->attempts = 1;
	deliver_lanes_drop(d);
	assert_int_equal(d->held_bytes, 0);
	deliver_lanes_settle(d);
	assert_ptr_equal(deliver_lane(d, KEY), l);
	assert_true(join(d, 1, 10));
	assert_true(join(d, 2, 10));
	l->due_ms = 1;
	deliver_lanes_drop(d);
	assert_false(join(d, 1, 10));
	deliver_lanes_settle(d); /* never heard of again: forgotten */
	assert_null(deliver_lane(d, KEY));
}

static void
a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
	struct deliver *d = *state;
	int64_t		now = 1000000, due = 0;
	unsigned	taken = 0;

	d->rate = 100;
	d->burst = 20;
	while (deliver_bucket_take(d, KEY, now, &due))
		taken++;
	assert_int_equal(taken, 20);
	assert_in_range(due, now + 1, now + 11);
	assert_true(deliver_bucket_take(d, KEY + 1, now, &due));
	for (; now < 1010000; now++)
		taken += deliver_bucket_take(d, KEY, now, &due);
	assert_in_range(taken, 1000 + 19, 1000 + 21);
	d->rate = 0;
	for (int i = 0; i < 1000; i++)
		assert_true(deliver_bucket_take(d, KEY, now, &due));
}

static void
buckets_are_bounded(void **state)
{
	struct deliver *d = *state;
	int64_t		due;

	d->rate = 100;
	d->burst = 1;
	for (uint64_t key = 1; key < 200000; key++)
		assert_true(deliver_bucket_take(d, key, 1000000, &due));
	assert_true(map_size(d->buckets) <= 65536);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_waits_comes_out_in_order_each_once),
	    TEST(what_is_kept_is_bounded_and_the_rest_comes_from_the_bus_again),
	    TEST(a_parked_key_waits_even_when_nothing_of_it_is_kept),
	    TEST(a_bucket_gives_its_burst_and_then_its_rate),
	    TEST(buckets_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
