/* SPDX-License-Identifier: MIT */
/* metrics_test.c -- Counters shared by processes, and their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/metrics.h"
#include "base/str.h"

enum { WORKERS = 4, ADDS = 10000 };

static const char *
text(struct arena *a)
{
	struct strbuf b;
	struct err    e = {0};

	strbuf_init(&b, a);
	assert_int_equal(metrics_print(folder, &b, &e), 0);
	return b.data;
}

static void
nothing_is_lost_between_processes(void **state)
{
	struct arena *a = arena_new(0);
	struct err    e = {0};

	(void)state;
	metric_add(METRIC_LOGINS, 1); /* before it is open: private */
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			if (metrics_open(folder, "tester", &e) == -1)
				_exit(1);
			for (int n = 0; n < ADDS; n++)
				metric_add(METRIC_LOGINS, 1);
			abort(); /* as a crash would */
		}
	while (wait(NULL) > 0)
		continue;
	assert_non_null(
	    strstr(text(a), "# TYPE parley_logins_total counter\n"
			    "parley_logins_total{program=\"tester\"} 40000\n"));
	arena_free(&a);
}

static void
histograms_gauges_and_programs_are_told_apart(void **state)
{
	struct arena *a = arena_new(0);
	struct err    e = {0};
	const char   *t;

	(void)state;
	assert_int_equal(metrics_open(folder, "hub", &e), 0);
	metric_set(METRIC_HUB_SOCKETS, 12);
	metric_set(METRIC_OUTBOX_LAG_SECONDS, 1500000);
	metric_observe_us(METRIC_DB_SECONDS, 900);
	metric_observe_us(METRIC_DB_SECONDS, 1000);
	metric_observe_us(METRIC_DB_SECONDS, 9000000);
	metric_observe(METRIC_DELIVER_BATCH, 3);
	t = text(a);
	assert_non_null(strstr(t, "parley_hub_sockets{program=\"hub\"} 12\n"));
	assert_non_null(strstr(t, "lag_seconds{program=\"hub\"} 1.500000\n"));
	assert_non_null(strstr(t, "program=\"hub\",le=\"0.0005\"} 0\n"));
	assert_non_null(strstr(t, "program=\"hub\",le=\"0.001\"} 2\n"));
	assert_non_null(strstr(t, "program=\"hub\",le=\"+Inf\"} 3\n"));
	assert_non_null(
	    strstr(t, "statement_seconds_sum{program=\"hub\"} 9.001900\n"));
	assert_non_null(
	    strstr(t, "batch_events_bucket{program=\"hub\",le=\"4\"} 1"));
	assert_non_null(strstr(t, "parley_logins_total{program=\"tester\"}"));
	arena_free(&a);
}

static void
a_file_of_another_version_is_replaced(void **state)
{
	struct arena *a = arena_new(0);
	struct err    e = {0};

	(void)state;
	folder_write("run/metrics/old", "garbage");
	assert_null(strstr(text(a), "{program=\"old\""));
	assert_int_equal(metrics_open(folder, "old", &e), 0);
	metric_add(METRIC_LOGINS, 3);
	assert_non_null(strstr(text(a), "{program=\"old\"} 3\n"));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_lost_between_processes),
	    cmocka_unit_test(histograms_gauges_and_programs_are_told_apart),
	    cmocka_unit_test(a_file_of_another_version_is_replaced),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
