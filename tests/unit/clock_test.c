/* SPDX-License-Identifier: MIT */
/* clock_test.c -- Times as RFC 3339 writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"

static const struct {
	const char *text;
	int64_t	    ms;
} times[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2026-11-21T09:30:00.123Z", 1795253400123},
    {"2024-02-29T12:00:00.000Z", 1709208000000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
};

static void
a_time_is_read_as_it_is_written(void **state)
{
	struct arena *a = arena_new(0);
	int64_t	      ms;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_string_equal(time_text(a, times[i].ms), times[i].text);
		assert_true(time_parse(times[i].text, &ms));
		assert_true(ms == times[i].ms);
	}
	arena_free(&a);
}

static void
zones_and_fractions_are_understood(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(time_parse("1970-01-01T02:00:00+02:00", &ms) && ms == 0);
	assert_true(time_parse("1969-12-31T23:00:00.5-01:00", &ms));
	assert_true(ms == 500);
	assert_true(time_parse("1970-01-01t00:00:00.0019999z", &ms));
	assert_true(ms == 1);
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {"", "2026-11-21", "now",
	    "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
	    "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
	    "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z",
	    "2026-11-21T00:00:00Zx", "2026-11-21T00:00:00+2",
	    "2026-1-21T00:00:00Z", "2026-11-21T00:00:00+24:00"};
	int64_t			 ms;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(time_parse(bad[i], &ms));
	assert_false(time_parse(NULL, &ms));
}

static void
the_clocks_run(void **state)
{
	int64_t mono = clock_mono_us();

	(void)state;
	assert_true(clock_ms() > 1700000000000);
	assert_true(clock_mono_us() >= mono);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_time_is_read_as_it_is_written),
	    cmocka_unit_test(zones_and_fractions_are_understood),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(the_clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
