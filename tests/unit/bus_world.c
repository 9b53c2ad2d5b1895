/* SPDX-License-Identifier: MIT */
/* bus_world.c -- What the tests of the bus share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/process.h"
#include "brokers.h"
#include "bus_world.h"
#include "data/redis.h"
#include "servers.h"

struct brokers *brokers;
static unsigned number_of_test; /* each has its own topic */

/* -- a world --------------------------------------------------------------- */

const char *const node[NODES] = {"one", "two"};

static void
setting(const char *name, const char *prefix, unsigned number)
{
	char value[64];

	(void)snprintf(value, sizeof(value), "%s%u", prefix, number);
	setenv(name, value, 1);
}

static void
open_config(struct world *w)
{
	if (brokers != NULL) {
		setenv("PARLEY_BUS_DRIVER", "kafka", 1);
		setenv("PARLEY_KAFKA_BROKERS", brokers->bootstrap, 1);
		setting("PARLEY_KAFKA_GROUP", "group-",
		    (unsigned)getpid() * 100 + number_of_test);
		if (brokers->is_real)
			setting("PARLEY_KAFKA_TOPIC", "test-",
			    (unsigned)getpid() * 100 + number_of_test);
		setenv("PARLEY_KAFKA_TIMEOUT_MS", "3000", 1);
		setenv("PARLEY_KAFKA_PROPERTIES", "kafka.properties", 1);
	}
	setting("PARLEY_BUS_SHARDS", "", SHARDS);
	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	w->a = arena_new(0);
}

/* A bus for who consumes as this node; "": publishes. */
struct bus *
join(struct world *w, const char *name)
{
	struct bus *bus;

	assert_int_equal(bus_open(&bus, w->config, w->redis, name, &w->e), 0);
	return bus;
}

int
bus_world_set_up(void **state)
{
	struct world	  *w = calloc(1, sizeof(*w));
	struct redis_reply reply;

	number_of_test++;
	open_config(w);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	w->out = join(w, "");
	*state = w;
	return 0;
}

int
bus_world_tear_down(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < NODES; i++)
		bus_free(&w->in[i]);
	bus_free(&w->out);
	redis_free(&w->redis);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return 0;
}

/* -- what a test does ------------------------------------------------------ */

struct bus_entry
entry_of(uint64_t key, const char *text)
{
	return (struct bus_entry){.topic = BUS_EVENTS,
	    .key = key,
	    .shard = bus_shard(key, SHARDS),
	    .data = text,
	    .len = strlen(text)};
}

void
publish(struct world *w, uint64_t key, const char *text)
{
	struct bus_entry entry = entry_of(key, text);

	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
}

int64_t
now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* One round of consuming as a node, added to what it has. */
int
once(struct world *w, int who)
{
	struct bus_entry *more, *all;
	size_t		  n;
	bool		  is_emptied;

	if (bus_consume(
		w->in[who], w->a, STEP_MS, &more, &n, &is_emptied, &w->e) == -1)
		return -1;
	all = arena_alloc(w->a, (w->n + n) * sizeof(*all));
	for (size_t i = 0; i < w->n; i++)
		all[i] = w->got[i];
	for (size_t i = 0; i < n; i++)
		all[w->n + i] = more[i];
	w->got = all;
	w->n += n;
	w->was_emptied |= is_emptied;
	return 0;
}

void
forget(struct world *w)
{
	w->n = 0;
	w->was_emptied = false;
}

/* Until so many are there. */
void
consume(struct world *w, int who, size_t n)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (w->n < n) {
		if (once(w, who) == -1)
			err_clear(&w->e);
		if (now_ms() > end)
			fail_msg("%zu of %zu came", w->n, n);
	}
	assert_int_equal(w->n, n);
}

void
assert_got(const struct world *w, size_t i, const char *text)
{
	assert_true(i < w->n);
	assert_string_equal(w->got[i].data, text);
}

void
done(struct world *w, int who, size_t i, size_t n)
{
	assert_int_equal(bus_done(w->in[who], w->a, w->got + i, n, &w->e), 0);
}

void
await_emptied(struct world *w)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (!w->was_emptied) {
		if (once(w, 0) == -1)
			err_clear(&w->e);
		assert_true(now_ms() < end);
	}
}

/* The process of consume_and_die(): settings are in its environment. */
int
die(const char *dir, size_t n)
{
	struct world w = {0};

	assert_int_equal(config_load(&w.config, dir, &w.e), 0);
	assert_int_equal(redis_new(&w.redis, w.config, &w.e), 0);
	w.a = arena_new(0);
	w.in[0] = join(&w, node[0]);
	consume(&w, 0, n);
	done(&w, 0, 0, 1);
	/* Kafka is told within a second. */
	for (int64_t end = now_ms() + 2000; now_ms() < end;)
		(void)once(&w, 0);
	raise(SIGKILL);
	return 1;
}

/* As a node takes n, has one done, and is killed. */
void
consume_and_die(size_t n)
{
	char  count[16];
	int   status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)snprintf(count, sizeof(count), "%zu", n);
		execl("/proc/self/exe", program_invocation_short_name,
		    servers->dir, count, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
