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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_program_starts_without_its_engines),
	    cmocka_unit_test(the_environment_says_where_the_instance_is),
	    cmocka_unit_test(a_bad_setting_stops_the_start),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
