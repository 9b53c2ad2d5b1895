/* SPDX-License-Identifier: MIT */
/* breaker_test.c -- When an engine that failed is asked again, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/breaker.h"

static const struct breaker breaker = {METRIC_DB_BREAKER, 500, 3000000};

static void
a_breaker_rests_by_what_it_cost_within_bounds(void **state)
{
	const struct breaker *b = &breaker;

	(void)state;
	breaker_close(b);
	assert_true(breaker_enter(b, 0));
	breaker_trip(b, 1000, 2000); /* failed at once: retry_ms */
	assert_false(breaker_enter(b, 2000 + 499999));
	assert_true(breaker_enter(b, 2000 + 500000));
	breaker_trip(b, 0, 300000); /* hung for a while: four times that */
	assert_false(breaker_enter(b, 1499999));
	assert_true(breaker_enter(b, 1500000));
	breaker_trip(b, 0, 60000000); /* but two seconds at most */
	assert_false(breaker_enter(b, 61999999));
	assert_true(breaker_enter(b, 62000000));
	breaker_trip(b, 0, 100);
	breaker_close(b);
	assert_true(breaker_enter(b, 101));
}

static void
half_open_a_breaker_lets_one_probe_in_at_a_time(void **state)
{
	const struct breaker *b = &breaker;

	(void)state;
	breaker_close(b);
	assert_true(breaker_enter(b, 1));
	assert_true(breaker_enter(b, 1));
	breaker_trip(b, 0, 1000);
	assert_false(breaker_enter(b, 500000));
	assert_true(breaker_enter(b, 501001)); /* the probe */
	assert_false(breaker_enter(b, 501002));
	assert_false(breaker_enter(b, 3501000));
	assert_true(breaker_enter(b, 3501001)); /* it never came back */
	breaker_close(b);
	assert_true(breaker_enter(b, 3501002));
	assert_true(breaker_enter(b, 3501002));
}

static void
what_broke_at_once_trips_a_breaker_only_as_a_probe(void **state)
{
	const struct breaker *b = &breaker;

	(void)state;
	breaker_close(b);
	breaker_stumble(b, 1000, 2000);
	assert_true(breaker_enter(b, 2000));
	breaker_stumble(b, 1000, 901000); /* that was a silence */
	assert_false(breaker_enter(b, 901001));
	assert_true(breaker_enter(b, 2901000));
	breaker_stumble(b, 2901000, 2901001);
	assert_false(breaker_enter(b, 2901002));
	breaker_close(b);
}

static void
a_breaker_of_before_the_boot_is_not_believed(void **state)
{
	const struct breaker *b = &breaker;

	(void)state;
	breaker_trip(b, INT64_C(900000000000), INT64_C(900000000001));
	assert_true(breaker_enter(b, 5000000));
	breaker_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_breaker_rests_by_what_it_cost_within_bounds),
	    cmocka_unit_test(half_open_a_breaker_lets_one_probe_in_at_a_time),
	    cmocka_unit_test(
		what_broke_at_once_trips_a_breaker_only_as_a_probe),
	    cmocka_unit_test(a_breaker_of_before_the_boot_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
