/* SPDX-License-Identifier: MIT */
/* policy_rate_test.c -- Limits of a process whose Redis is away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/redis.h"
#include "policy/rate.h"
#include "policy/state.h"

/* A day, so that no test runs into the window's end but once a day. */
enum { WINDOW_S = 86400 };

struct world {
	struct config *config;
	struct app     app;
	struct arena  *a;
	struct err     e;
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->a = arena_new(0);
	if (folder_set_up(NULL) == -1 ||
	    config_load(&w->config, folder, &w->e) == -1 ||
	    redis_new(&w->app.redis, w->config, &w->e) == -1)
		return -1;
	w->app.config = w->config;
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world	*w = *state;
	struct app_kept *kept = &w->app.kept[APP_POLICY];

	if (kept->release != NULL)
		kept->release(kept->state);
	redis_free(&w->app.redis);
	config_free(&w->config);
	arena_free(&w->a);
	unsetenv("PARLEY_RATE_LIMIT_ENABLED");
	free(w);
	return folder_tear_down(NULL);
}

static int
take(struct world *w, const char *bucket, const char *subject, int64_t max)
{
	const struct rate_limit limit = {bucket, subject, max, WINDOW_S};

	err_clear(&w->e);
	return rate_take(&w->app, w->a, &limit, 1, &w->e);
}

static void
one_more_than_allowed_is_refused_and_told_to_wait(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++)
		assert_int_equal(take(w, "b", "u1", 3), 0);
	assert_int_equal(take(w, "b", "u1", 3), -1);
	assert_int_equal(w->e.kind, ERR_RATE_LIMITED);
	assert_string_equal(w->e.code, "rate_limited");
	assert_in_range(w->e.retry_after_s, 1, WINDOW_S);
}

static void
each_subject_and_bucket_is_counted_apart(void **state)
{
	struct world *w = *state;

	assert_int_equal(take(w, "b", "u1", 1), 0);
	assert_int_equal(take(w, "b", "u1", 1), -1);
	assert_int_equal(take(w, "b", "u2", 1), 0);
	assert_int_equal(take(w, "c", "u1", 1), 0);
}

static void
what_was_given_back_does_not_count(void **state)
{
	const struct rate_limit limit = {"b", "u1", 1, WINDOW_S};
	struct world	       *w = *state;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(take(w, "b", "u1", 1), 0);
		rate_give_back(&w->app, w->a, &limit, 1);
	}
}

static void
the_strictest_of_several_limits_decides(void **state)
{
	const struct rate_limit limits[] = {
	    {"b", "u1", 9, WINDOW_S}, {"b", "a1", 1, WINDOW_S}};
	struct world *w = *state;

	assert_int_equal(rate_take(&w->app, w->a, limits, 2, &w->e), 0);
	assert_int_equal(rate_take(&w->app, w->a, limits, 2, &w->e), -1);
}

static void
turned_off_nothing_is_limited(void **state)
{
	struct world *w = *state;

	config_free(&w->config);
	setenv("PARLEY_RATE_LIMIT_ENABLED", "off", 1);
	assert_int_equal(config_load(&w->config, folder, &w->e), 0);
	w->app.config = w->config;
	for (int i = 0; i < 5; i++)
		assert_int_equal(take(w, "b", "u1", 1), 0);
}

static void
an_ipv6_address_stands_for_its_network(void **state)
{
	struct world *w = *state;

	assert_string_equal(rate_address(w->a, "2001:db8::1"),
	    rate_address(w->a, "2001:db8:0:0:ffff::2"));
	assert_string_not_equal(rate_address(w->a, "2001:db8::1"),
	    rate_address(w->a, "2001:db8:0:1::1"));
	assert_string_equal(rate_address(w->a, "192.0.2.1"), "a192.0.2.1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_more_than_allowed_is_refused_and_told_to_wait),
	    TEST(each_subject_and_bucket_is_counted_apart),
	    TEST(what_was_given_back_does_not_count),
	    TEST(the_strictest_of_several_limits_decides),
	    TEST(turned_off_nothing_is_limited),
	    TEST(an_ipv6_address_stands_for_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
