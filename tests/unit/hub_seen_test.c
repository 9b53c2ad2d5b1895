/* SPDX-License-Identifier: MIT */
/* hub_seen_test.c -- Repeats and gaps, as one socket sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delivery/hub_seen.h"

static void
the_next_is_new_the_last_a_repeat_and_one_beyond_a_gap(void **state)
{
	struct hub_seen s = {0};

	(void)state;
	assert_int_equal(seen_judge(&s, 1, 5), SEEN_NEW);
	seen_note(&s, 1, 5);
	assert_int_equal(seen_judge(&s, 1, 5), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 6), SEEN_NEW);
	assert_int_equal(seen_judge(&s, 1, 7), SEEN_GAP);
	assert_int_equal(seen_judge(&s, 2, 7), SEEN_NEW);
	seen_free(&s);
}

static void
what_was_overtaken_is_not_taken_for_a_repeat(void **state)
{
	struct hub_seen s = {0};

	(void)state;
	seen_note(&s, 1, 10);
	assert_int_equal(seen_judge(&s, 1, 9), SEEN_NEW);
	seen_note(&s, 1, 9);
	assert_int_equal(seen_judge(&s, 1, 9), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 10), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 11), SEEN_NEW);
	seen_free(&s);
}

static void
a_replay_may_jump(void **state)
{
	struct hub_seen s = {0};

	(void)state;
	seen_note(&s, 1, 10);
	seen_note(&s, 1, 500);
	assert_int_equal(seen_judge(&s, 1, 499), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 501), SEEN_NEW);
	seen_free(&s);
}

/* What the device had before is no news, however late it comes. */
static void
where_a_device_stands_bounds_what_is_new(void **state)
{
	struct hub_seen s = {0};

	(void)state;
	seen_stand(&s, 1, 10);
	assert_int_equal(seen_judge(&s, 1, 3), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 10), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 1, 11), SEEN_NEW);
	assert_int_equal(seen_judge(&s, 1, 12), SEEN_GAP);
	seen_note(&s, 2, 20);
	seen_stand(&s, 2, 19);
	assert_int_equal(seen_judge(&s, 2, 5), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 2, 20), SEEN_REPEAT);
	seen_note(&s, 3, 20);
	seen_stand(&s, 3, 18); /* 19 is still to come */
	assert_int_equal(seen_judge(&s, 3, 19), SEEN_NEW);
	seen_note(&s, 4, 12);
	seen_stand(&s, 4, 12); /* our own word: 11 was overtaken */
	assert_int_equal(seen_judge(&s, 4, 11), SEEN_NEW);
	seen_stand(&s, 4, 15); /* joined anew there */
	assert_int_equal(seen_judge(&s, 4, 11), SEEN_REPEAT);
	assert_int_equal(seen_judge(&s, 4, 16), SEEN_NEW);
	seen_free(&s);
}

static void
conversations_are_kept_apart_and_bounded(void **state)
{
	struct hub_seen s = {0};

	(void)state;
	for (uint64_t conv = 1; conv <= 3 * SEEN_MAX; conv++)
		seen_note(&s, (conv * 7919) % 100003, conv);
	assert_int_equal(s.n, SEEN_MAX);
	for (unsigned i = 1; i < s.n; i++)
		assert_true(s.range[i - 1].conv_id < s.range[i].conv_id);
	seen_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_next_is_new_the_last_a_repeat_and_one_beyond_a_gap),
	    cmocka_unit_test(what_was_overtaken_is_not_taken_for_a_repeat),
	    cmocka_unit_test(a_replay_may_jump),
	    cmocka_unit_test(where_a_device_stands_bounds_what_is_new),
	    cmocka_unit_test(conversations_are_kept_apart_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
