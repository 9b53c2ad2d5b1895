/* SPDX-License-Identifier: MIT */
/*
 * bus_kafka_test.c -- The bus on Kafka.
 *
 * Groups form in seconds and members are missed after more, and nobody works
 * meanwhile.  So the tests are dealt out to workers, processes that run side
 * by side, each with a Redis and a mock cluster of its own.  On a real broker
 * there is one worker, for a test may stop it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "brokers.h"
#include "bus_contract.h"
#include "servers.h"

enum { WORKERS = 7, MOST = 32 };

enum { PRODUCE = 0, FETCH = 1, OFFSET_COMMIT = 8, JOIN_GROUP = 11 };
enum {
	REQUEST_TIMED_OUT = 7,
	NOT_LEADER = 6,
	MESSAGE_TOO_LARGE = 10,
	COORDINATOR_LOADING = 14,
	NOT_ENOUGH_REPLICAS = 19
};

static void
errors_of_brokers_are_survived_in_order(void **state)
{
	struct world *w = *state;

	if (brokers->is_real)
		return; /* they cannot be told to fail */
	brokers_fail(brokers, JOIN_GROUP, COORDINATOR_LOADING, 2);
	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 60; i++) {
		if (i == 20)
			brokers_fail(brokers, PRODUCE, NOT_ENOUGH_REPLICAS, 2);
		if (i == 40)
			brokers_fail(brokers, PRODUCE, NOT_LEADER, 1);
		publish(w, 7, arena_printf(w->a, "%d", i));
	}
	brokers_fail(brokers, FETCH, NOT_LEADER, 2);
	brokers_fail(brokers, OFFSET_COMMIT, REQUEST_TIMED_OUT, 1);
	consume(w, 0, 60);
	for (int i = 0; i < 60; i++)
		assert_int_equal(atoi(w->got[i].data), i);
}

static void
a_topic_that_lost_entries_counts_as_emptied(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(7, "");
	char		*big;

	if (brokers->is_real)
		return; /* it would have to wait for its cleaner */
	publish(w, 7, "one");
	consume_and_die(1);
	big = arena_alloc(w->a, 900000);
	memset(big, 'x', 900000);
	entry.data = big;
	entry.len = 900000;
	for (int i = 0; i < 12; i++) /* the mock keeps 5 MB of a partition */
		assert_int_equal(
		    bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
	w->in[0] = join(w, node[0]);
	await_emptied(w);
}

static void
what_is_too_large_is_refused_for_good(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(7, "");
	char		*big = arena_alloc(w->a, 1500000);

	w->in[0] = join(w, node[0]);
	memset(big, 'x', 1500000);
	entry.data = big;
	entry.len = 1500000;
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_TOO_LARGE);
	assert_false(bus_is_failing(w->out));
	err_clear(&w->e);
	if (!brokers->is_real) { /* the same, said by the broker */
		brokers_fail(brokers, PRODUCE, MESSAGE_TOO_LARGE, 1);
		entry = entry_of(7, "too large for him");
		assert_int_equal(
		    bus_publish(w->out, w->a, &entry, 1, &w->e), -1);
		assert_int_equal(w->e.kind, ERR_TOO_LARGE);
		err_clear(&w->e);
	}
	publish(w, 7, "goes on");
	consume(w, 0, 1);
	assert_got(w, 0, "goes on");
}

/* -- a worker -------------------------------------------------------------- */

/* The mock forgets nothing: each test has one of its own. */
static int
set_up(void **state)
{
	if (!brokers->is_real) {
		brokers_free(&brokers);
		brokers = brokers_new("im.messages", SHARDS);
	}
	return bus_world_set_up(state);
}

/*
 * The mock answers a fetch with nothing only when its time is up, and knows no
 * static members: so these are short for it.
 */
static void
write_properties(void)
{
	char  path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/kafka.properties", servers->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs("# of the test\n\nlinger.ms = 1\n", file);
	if (!brokers->is_real)
		(void)fputs("fetch.wait.max.ms=20\nsession.timeout.ms=4500\n"
			    "heartbeat.interval.ms = 500\n",
		    file);
	assert_int_equal(fclose(file), 0);
}

static int
start_all(void **state)
{
	int rc = servers_with_redis(state);

	brokers = brokers_new("im.messages", SHARDS);
	write_properties();
	return rc;
}

static int
stop_all(void **state)
{
	brokers_free(&brokers);
	return servers_end(state);
}

#define TEST(test) BUS_TEST("kafka_", set_up, test)

/* Every so many of the tests, from the first on. */
static int
work(unsigned first, unsigned step)
{
	const struct CMUnitTest all[] = {
	    BUS_CONTRACT("kafka_", set_up),
	    TEST(errors_of_brokers_are_survived_in_order),
	    TEST(a_topic_that_lost_entries_counts_as_emptied),
	    TEST(what_is_too_large_is_refused_for_good),
	};
	struct CMUnitTest mine[MOST];
	size_t		  n = 0;

	for (size_t i = first; i < sizeof(all) / sizeof(all[0]); i += step)
		mine[n++] = all[i];
	return _cmocka_run_group_tests(
	    "bus_kafka", mine, n, start_all, stop_all);
}

/* -- all of them ----------------------------------------------------------- */

struct worker {
	pid_t pid;
	FILE *said;
};

static void
hire(struct worker *w, unsigned which, unsigned of)
{
	w->said = tmpfile();
	assert_non_null(w->said);
	(void)fflush(NULL);
	w->pid = fork();
	assert_int_not_equal(w->pid, -1);
	if (w->pid != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fileno(w->said), STDOUT_FILENO);
	dup2(fileno(w->said), STDERR_FILENO);
	exit(work(which, of));
}

/* When it is through: passes on what it said; 0 if all is well. */
static int
dismiss(struct worker *w)
{
	char   part[4096];
	size_t n;
	int    status;

	if (waitpid(w->pid, &status, 0) != w->pid)
		status = -1;
	rewind(w->said);
	while ((n = fread(part, 1, sizeof(part), w->said)) > 0)
		(void)fwrite(part, 1, n, stdout);
	(void)fclose(w->said);
	return status == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct worker worker[WORKERS];
	unsigned      n = getenv("PARLEY_TEST_KAFKA") == NULL ? WORKERS : 1;
	int	      failed = 0;

	if (argc == 3)
		return die(argv[1], strtoul(argv[2], NULL, 10));
	for (unsigned i = 0; i < n; i++)
		hire(&worker[i], i, n);
	for (unsigned i = 0; i < n; i++)
		failed += dismiss(&worker[i]);
	return failed;
}
