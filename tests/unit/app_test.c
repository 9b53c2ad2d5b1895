/* SPDX-License-Identifier: MIT */
/* app_test.c -- A program starts without its engines, and says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/breaker.h"
#include "data/db.h"
#include "data/redis.h"

static int released;
static void
release(void *state)
{
	released += *(int *)state;
}

static void
a_program_starts_without_its_engines(void **state)
{
	struct app *app;
	struct err  e = {0};
	int	    seven = 7;

	(void)state;
	assert_int_equal(app_open(&app, "tester", folder, &e), 0);
	assert_string_equal(app->program, "tester");
	assert_int_equal(app->nudge_fd, -1);
	assert_int_equal(db_ping(app->db, &e), -1);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(e.detail, "run/mysql.sock"));
	assert_true(e.retry_after_s > 0);
	app->kept[APP_POLICY] = (struct app_kept){&seven, release};
	app_close(&app);
	assert_null(app);
	assert_int_equal(released, 7);
}

static void
the_environment_says_where_the_instance_is(void **state)
{
	struct app *app;
	struct err  e = {0};

	(void)state;
	unsetenv("PARLEY_INSTANCE");
	assert_int_equal(app_open(&app, "tester", NULL, &e), -1);
	assert_null(app);
	assert_non_null(strstr(e.detail, "PARLEY_INSTANCE"));
	setenv("PARLEY_INSTANCE", folder, 1);
	assert_int_equal(app_open(&app, "tester", NULL, &e), 0);
	app_close(&app);
}

static void
a_bad_setting_stops_the_start(void **state)
{
	struct app *app;
	struct err  e = {0};

	(void)state;
	setenv("PARLEY_REDIS_TIMEOUT_MS", "soon", 1);
	assert_int_equal(app_open(&app, "tester", folder, &e), -1);
	unsetenv("PARLEY_REDIS_TIMEOUT_MS");
	assert_string_equal(e.code, "config");
}

static const struct breaker breaker = {METRIC_DB_BREAKER, 500, 3000000};

static void
a_breaker_rests_by_what_it_cost_within_bounds(void **state)
{
	const struct breaker *b = &breaker;

	(void)state;
	breaker_close(b);
	assert_false(breaker_is_open(b, 0));
	breaker_trip(b, 1000, 2000); /* failed at once: retry_ms */
	assert_true(breaker_is_open(b, 2000 + 499999));
	assert_false(breaker_is_open(b, 2000 + 500000));
	breaker_trip(b, 0, 300000); /* hung for a while: four times that */
	assert_true(breaker_is_open(b, 1499999));
	assert_false(breaker_is_open(b, 1500000));
	breaker_trip(b, 0, 60000000); /* but two seconds at most */
	assert_true(breaker_is_open(b, 61999999));
	assert_false(breaker_is_open(b, 62000000));
	breaker_trip(b, 0, 100);
	breaker_close(b);
	assert_false(breaker_is_open(b, 101));
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
	assert_false(breaker_is_open(b, 5000000));
	assert_true(breaker_enter(b, 5000000));
	breaker_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_program_starts_without_its_engines),
	    cmocka_unit_test(the_environment_says_where_the_instance_is),
	    cmocka_unit_test(a_bad_setting_stops_the_start),
	    cmocka_unit_test(a_breaker_rests_by_what_it_cost_within_bounds),
	    cmocka_unit_test(half_open_a_breaker_lets_one_probe_in_at_a_time),
	    cmocka_unit_test(
		what_broke_at_once_trips_a_breaker_only_as_a_probe),
	    cmocka_unit_test(a_breaker_of_before_the_boot_is_not_believed),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
