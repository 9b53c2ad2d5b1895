/* SPDX-License-Identifier: MIT */
/*
 * bus_test.c -- What the bus promises, held against every adapter.
 *
 * Redis is a real one; Kafka is librdkafka's mock cluster, or a real broker
 * (`make test-kafka`).  A world has one publisher and consumers of two nodes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "brokers.h"
#include "data/bus.h"
#include "data/redis.h"
#include "servers.h"

enum { SHARDS = 4, PATIENCE_MS = 30000, STEP_MS = 20, NODES = 2 };

static struct servers *servers;
static struct brokers *brokers;
static bool	       is_kafka;
static unsigned	       round_number; /* of the test: each has its own topic */

struct world {
	struct config *config;
	struct redis  *redis;
	struct bus    *out;	  /* the relay's */
	struct bus    *in[NODES]; /* delivers' */
	struct arena  *a;
	struct err     e;
	/* What consume() has gathered, and not given back as done. */
	struct bus_entry *got;
	size_t		  n;
	bool		  was_emptied;
};

static const char *const node[NODES] = {"one", "two"};

/* -- a world --------------------------------------------------------------- */

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
	if (is_kafka) {
		setenv("PARLEY_BUS_DRIVER", "kafka", 1);
		setenv("PARLEY_KAFKA_BROKERS", brokers->bootstrap, 1);
		setting("PARLEY_KAFKA_GROUP", "group-",
		    (unsigned)getpid() * 100 + round_number);
		if (brokers->is_real)
			setting("PARLEY_KAFKA_TOPIC", "test-",
			    (unsigned)getpid() * 100 + round_number);
		setenv("PARLEY_KAFKA_TIMEOUT_MS", "3000", 1);
		setenv("PARLEY_KAFKA_PROPERTIES", "kafka.properties", 1);
	}
	setting("PARLEY_BUS_SHARDS", "", SHARDS);
	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	w->a = arena_new(0);
}

/* A bus for who consumes as this node; "": publishes. */
static struct bus *
join(struct world *w, const char *name)
{
	struct bus *bus;

	assert_int_equal(bus_open(&bus, w->config, w->redis, name, &w->e), 0);
	return bus;
}

static int
set_up(void **state)
{
	struct world	  *w = calloc(1, sizeof(*w));
	struct redis_reply reply;

	round_number++;
	if (is_kafka && !brokers->is_real) {
		brokers_free(&brokers);
		brokers = brokers_new("im.messages", SHARDS);
	}
	open_config(w);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	w->out = join(w, "");
	*state = w;
	return 0;
}

static int
tear_down(void **state)
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

static struct bus_entry
entry_of(uint64_t key, const char *text)
{
	return (struct bus_entry){.topic = BUS_EVENTS,
	    .key = key,
	    .shard = bus_shard(key, SHARDS),
	    .data = text,
	    .len = strlen(text)};
}

static void
publish(struct world *w, uint64_t key, const char *text)
{
	struct bus_entry entry = entry_of(key, text);

	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
}

static int64_t
now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* One round of consuming as a node, added to what it has. */
static int
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

static void
forget(struct world *w)
{
	w->n = 0;
	w->was_emptied = false;
}

/* Until so many are there. */
static void
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

static void
assert_got(const struct world *w, size_t i, const char *text)
{
	assert_true(i < w->n);
	assert_string_equal(w->got[i].data, text);
}

static void
done(struct world *w, int who, size_t i, size_t n)
{
	assert_int_equal(bus_done(w->in[who], w->a, w->got + i, n, &w->e), 0);
}

/* -- order ----------------------------------------------------------------- */

static void
what_was_published_before_anybody_listened_is_handed_out(void **state)
{
	struct world *w = *state;

	publish(w, 1, "early");
	w->in[0] = join(w, node[0]);
	consume(w, 0, 1);
	assert_got(w, 0, "early");
	assert_true(w->got[0].is_again); /* by another, perhaps */
	assert_int_equal(w->got[0].shard, bus_shard(1, SHARDS));
}

static void
one_key_keeps_its_order_and_fences_come_along(void **state)
{
	struct world	*w = *state;
	struct bus_entry batch[50];

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 50; i++) {
		batch[i] = entry_of(7, arena_printf(w->a, "%d", i));
		batch[i].fence = 3 + (i >= 25);
	}
	assert_int_equal(bus_publish(w->out, w->a, batch, 25, &w->e), 0);
	assert_int_equal(bus_publish(w->out, w->a, batch + 25, 25, &w->e), 0);
	consume(w, 0, 50);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(atoi(w->got[i].data), i);
		assert_int_equal(w->got[i].fence, 3 + (i >= 25));
		assert_memory_equal(&w->got[i].position, &batch[i].position,
		    sizeof(batch[i].position));
	}
}

static void
what_is_sent_up_is_consumed_too(void **state)
{
	struct world	*w = *state;
	struct bus_entry up = {
	    .topic = BUS_UP, .shard = 2, .data = "up", .len = 2};

	w->in[0] = join(w, node[0]);
	assert_int_equal(bus_publish(w->out, w->a, &up, 1, &w->e), 0);
	consume(w, 0, 1);
	assert_int_equal(w->got[0].topic, BUS_UP);
	assert_int_equal(w->got[0].shard, 2);
	done(w, 0, 0, 1);
	forget(w);
	publish(w, 1, "event");
	assert_int_equal(bus_publish(w->out, w->a, &up, 1, &w->e), 0);
	consume(w, 0, 2);
}

static void
binary_and_empty_entries_come_as_they_are(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(5, "");

	w->in[0] = join(w, node[0]);
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
	entry.data = "a\0b";
	entry.len = 3;
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
	consume(w, 0, 2);
	assert_int_equal(w->got[0].len, 0);
	assert_int_equal(w->got[1].len, 3);
	assert_memory_equal(w->got[1].data, "a\0b", 4);
}

/* -- at least once --------------------------------------------------------- */

static void
after_a_rewind_what_is_not_done_comes_again_in_order(void **state)
{
	struct world *w = *state;

	w->in[0] = join(w, node[0]);
	publish(w, 7, "one");
	publish(w, 7, "two");
	publish(w, 7, "three");
	consume(w, 0, 3);
	done(w, 0, 1, 1);
	forget(w);
	publish(w, 7, "four");
	bus_rewind(w->in[0]);
	consume(w, 0, 3);
	assert_got(w, 0, "one");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
	assert_true(w->got[1].is_again);
	assert_got(w, 2, "four");
	done(w, 0, 0, 3);
	forget(w);
	bus_rewind(w->in[0]);
	publish(w, 7, "five");
	consume(w, 0, 1);
	assert_got(w, 0, "five");
}

/* The process of consume_and_die(): settings are in its environment. */
static int
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
static void
consume_and_die(size_t n)
{
	char  count[16];
	int   status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)snprintf(count, sizeof(count), "%zu", n);
		execl("/proc/self/exe", "bus_test", servers->dir, count,
		    (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
after_a_crash_what_was_in_hand_comes_first_and_in_order(void **state)
{
	struct world *w = *state;

	publish(w, 7, "one");
	publish(w, 7, "two");
	publish(w, 7, "three");
	consume_and_die(3);
	publish(w, 7, "four");
	w->in[0] = join(w, node[0]);
	consume(w, 0, 3);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
	assert_got(w, 2, "four");
}

static void
another_node_takes_over_what_a_dead_one_had_in_hand(void **state)
{
	struct world *w = *state;

	publish(w, 7, "one");
	publish(w, 7, "two");
	consume_and_die(2);
	publish(w, 7, "three");
	w->in[1] = join(w, node[1]);
	consume(w, 1, 2);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
}

static void
what_waits_is_passed_by_others_and_not_forgotten(void **state)
{
	struct world *w = *state;
	unsigned      shard = bus_shard(7, SHARDS);
	uint64_t      other = 8;

	while (bus_shard(other, SHARDS) != shard)
		other++;
	w->in[0] = join(w, node[0]);
	publish(w, 7, "parked 1");
	publish(w, other, "flows 1");
	publish(w, 7, "parked 2");
	consume(w, 0, 3);
	done(w, 0, 1, 1);
	forget(w);
	for (int i = 2; i < 200; i++) {
		publish(w, other, arena_printf(w->a, "flows %d", i));
		consume(w, 0, 1);
		assert_got(w, 0, arena_printf(w->a, "flows %d", i));
		done(w, 0, 0, 1);
		forget(w);
	}
	bus_rewind(w->in[0]);
	consume(w, 0, 2);
	assert_got(w, 0, "parked 1");
	assert_got(w, 1, "parked 2");
	forget(w);
	bus_free(&w->in[0]);
	w->in[0] = join(w, node[0]);
	for (int64_t end = now_ms() + PATIENCE_MS; w->n == 0;) {
		assert_int_equal(once(w, 0), 0);
		assert_true(now_ms() < end);
	}
	assert_got(w, 0, "parked 1");
}

/* -- several nodes --------------------------------------------------------- */

/* Redis' shards go by leases; Kafka's go by themselves. */
static void
share(struct world *w, bool second_too)
{
	for (unsigned s = 0; s < SHARDS; s++)
		for (int who = 0; who < NODES; who++)
			if (w->in[who] != NULL &&
			    !bus_assigns(w->in[who], BUS_EVENTS))
				bus_own(w->in[who], BUS_EVENTS, s,
				    !second_too || (int)(s % 2) == who);
}

static unsigned
owned(const struct bus *bus)
{
	unsigned n = 0;

	for (unsigned s = 0; s < SHARDS; s++)
		n += bus_owns(bus, BUS_EVENTS, s);
	return n;
}

static void
await_shares(struct world *w)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (owned(w->in[0]) != SHARDS / 2 || owned(w->in[1]) != SHARDS / 2) {
		(void)once(w, 0);
		(void)once(w, 1);
		if (now_ms() > end)
			fail_msg("%u and %u", owned(w->in[0]), owned(w->in[1]));
	}
}

static void
two_nodes_share_the_shards_and_each_sees_only_its_own(void **state)
{
	struct world *w = *state;
	int64_t	      end;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	share(w, true);
	await_shares(w);
	assert_int_equal(w->n, 0);
	for (uint64_t key = 1; key <= 40; key++)
		publish(w, key, arena_printf(w->a, "%d", (int)key));
	end = now_ms() + PATIENCE_MS;
	while (w->n < 40) {
		for (int who = 0; who < NODES; who++) {
			size_t from = w->n;

			assert_int_equal(once(w, who), 0);
			for (size_t i = from; i < w->n; i++)
				assert_true(bus_owns(
				    w->in[who], BUS_EVENTS, w->got[i].shard));
			done(w, who, from, w->n - from);
		}
		assert_true(now_ms() < end);
	}
	assert_int_equal(w->n, 40); /* and none twice */
}

static void
who_leaves_is_followed_with_what_he_had_in_hand(void **state)
{
	struct world *w = *state;
	size_t	      seen = 0;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	share(w, true);
	await_shares(w);
	for (uint64_t key = 1; key <= 20; key++)
		publish(w, key, "x");
	for (int64_t end = now_ms() + 500; now_ms() < end;)
		assert_int_equal(once(w, 1), 0); /* takes, and does nothing */
	seen = w->n;
	assert_true(seen > 0 && seen < 20);
	forget(w);
	bus_free(&w->in[1]);
	share(w, false);
	consume(w, 0, 20);
}

/* -- loss, absence --------------------------------------------------------- */

static void
lost_is_what_is_gone_not_what_waits(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry[3];

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 3; i++)
		entry[i] = entry_of(7, "x");
	assert_int_equal(bus_publish(w->out, w->a, entry, 2, &w->e), 0);
	consume(w, 0, 2);
	done(w, 0, 0, 1);
	assert_int_equal(bus_publish(w->out, w->a, entry + 2, 1, &w->e), 0);
	for (int64_t end = now_ms() + PATIENCE_MS; !entry[0].is_lost;) {
		(void)once(w, 0); /* done may take a second to be known */
		assert_int_equal(bus_lost(w->out, w->a, entry, 3, &w->e), 0);
		assert_true(now_ms() < end);
	}
	assert_false(entry[1].is_lost); /* taken, and not done with */
	assert_false(entry[2].is_lost); /* its turn is to come */
	entry[2].position.major += 1;	/* there never was such a one */
	entry[2].position.minor += 1000;
	assert_int_equal(bus_lost(w->out, w->a, entry + 2, 1, &w->e), 0);
	assert_true(entry[2].is_lost);
}

static void
go_away(bool is_away)
{
	if (is_kafka)
		brokers_away(brokers, is_away);
	else
		servers_signal_redis(servers, is_away ? SIGSTOP : SIGCONT);
}

static void
while_the_bus_is_away_calls_end_and_then_all_goes_on(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(7, "again and again");
	int64_t		 start, end;

	w->in[0] = join(w, node[0]);
	publish(w, 7, "before");
	consume(w, 0, 1);
	done(w, 0, 0, 1);
	forget(w);
	go_away(true);
	start = now_ms();
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	(void)once(w, 0);
	assert_true(now_ms() - start < PATIENCE_MS);
	go_away(false);
	end = now_ms() + PATIENCE_MS;
	err_clear(&w->e);
	while (bus_publish(w->out, w->a, &entry, 1, &w->e) == -1) {
		err_clear(&w->e);
		assert_true(now_ms() < end);
	}
	publish(w, 7, "after");
	while (w->n == 0 || strcmp(w->got[w->n - 1].data, "after") != 0) {
		if (once(w, 0) == -1)
			err_clear(&w->e);
		assert_true(now_ms() < end);
	}
	for (size_t i = 0; i + 1 < w->n; i++)
		assert_string_not_equal(w->got[i].data, "after");
}

/* -- Redis alone ----------------------------------------------------------- */

static void
await_emptied(struct world *w)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (!w->was_emptied) {
		if (once(w, 0) == -1)
			err_clear(&w->e);
		assert_true(now_ms() < end);
	}
}

static void
an_emptied_redis_is_noticed_by_each(void **state)
{
	struct world	  *w = *state;
	struct redis_reply reply;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	publish(w, 1, "one");
	await_emptied(w); /* the first start counts as that */
	(void)once(w, 1);
	done(w, 0, 0, w->n);
	forget(w);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	publish(w, 1, "two");
	await_emptied(w);
	consume(w, 0, 1);
	assert_got(w, 0, "two");
	forget(w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(once(w, 1), 0);
	assert_true(w->was_emptied); /* the word is there, but another one */
}

/*
 * In the midst of traffic, and when somebody else has made up the new word:
 * nothing is handed out as if what was lost had never been before it.
 */
static void
nothing_is_handed_out_before_an_emptied_redis_is_noticed(void **state)
{
	struct world	  *w = *state;
	struct redis_reply reply;

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 3; i++) {
		publish(w, 1, "one");
		consume(w, 0, 1);
		done(w, 0, 0, 1);
		forget(w);
	}
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(
	    redis_call(w->redis, w->a, &reply, &w->e, "SET bus:epoch another"),
	    0);
	publish(w, 1, "three");
	consume(w, 0, 1);
	assert_true(w->was_emptied);
	assert_got(w, 0, "three");
}

static void
a_redis_that_was_killed_is_noticed(void **state)
{
	struct world *w = *state;

	w->in[0] = join(w, node[0]);
	publish(w, 1, "one");
	consume(w, 0, 1);
	forget(w);
	servers_signal_redis(servers, SIGKILL);
	assert_int_equal(once(w, 0), -1);
	servers_start_redis(servers);
	await_emptied(w);
}

static void
a_shard_taken_up_again_begins_with_what_is_not_done(void **state)
{
	struct world *w = *state;
	unsigned      shard = bus_shard(7, SHARDS);

	w->in[0] = join(w, node[0]);
	publish(w, 7, "one");
	publish(w, 7, "two");
	consume(w, 0, 2);
	done(w, 0, 0, 1);
	bus_own(w->in[0], BUS_EVENTS, shard, false);
	publish(w, 7, "three");
	forget(w);
	assert_int_equal(once(w, 0), 0);
	assert_int_equal(w->n, 0);
	bus_own(w->in[0], BUS_EVENTS, shard, true);
	consume(w, 0, 2);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
}

/* -- Kafka alone ----------------------------------------------------------- */

enum { PRODUCE = 0, FETCH = 1, OFFSET_COMMIT = 8, JOIN_GROUP = 11 };
enum {
	REQUEST_TIMED_OUT = 7,
	NOT_LEADER = 6,
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

/* -- all of it ------------------------------------------------------------- */

static void
shards_are_the_same_everywhere(void **state)
{
	unsigned seen[8] = {0};

	(void)state;
	assert_int_equal(bus_shard(1, 8), bus_shard(1, 8));
	for (uint64_t key = 1; key <= 8000; key++)
		seen[bus_shard(key, 8)]++;
	for (int i = 0; i < 8; i++)
		assert_in_range(seen[i], 800, 1200);
}

static int
start_all(void **state)
{
	(void)state;
	process_start("bus_test");
	log_open("bus_test", LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN); // NOLINT
	servers = servers_new();
	servers_start_redis(servers);
	return 0;
}

static int
stop_all(void **state)
{
	(void)state;
	servers_free(&servers);
	return 0;
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
start_kafka(void **state)
{
	is_kafka = true;
	brokers = brokers_new("im.messages", SHARDS);
	start_all(state);
	write_properties();
	return 0;
}

static int
stop_kafka(void **state)
{
	brokers_free(&brokers);
	return stop_all(state);
}

#define NAMED(prefix, test)                                 \
	{                                                   \
		prefix #test, test, set_up, tear_down, NULL \
	}

/* What every adapter promises. */
#define CONTRACT(p)                                                            \
	NAMED(p, what_was_published_before_anybody_listened_is_handed_out),    \
	    NAMED(p, one_key_keeps_its_order_and_fences_come_along),           \
	    NAMED(p, what_is_sent_up_is_consumed_too),                         \
	    NAMED(p, binary_and_empty_entries_come_as_they_are),               \
	    NAMED(p, after_a_rewind_what_is_not_done_comes_again_in_order),    \
	    NAMED(p, after_a_crash_what_was_in_hand_comes_first_and_in_order), \
	    NAMED(p, another_node_takes_over_what_a_dead_one_had_in_hand),     \
	    NAMED(p, what_waits_is_passed_by_others_and_not_forgotten),        \
	    NAMED(p, two_nodes_share_the_shards_and_each_sees_only_its_own),   \
	    NAMED(p, who_leaves_is_followed_with_what_he_had_in_hand),         \
	    NAMED(p, lost_is_what_is_gone_not_what_waits),                     \
	    NAMED(p, while_the_bus_is_away_calls_end_and_then_all_goes_on)

int
main(int argc, char **argv)
{
	const struct CMUnitTest on_redis[] = {
	    cmocka_unit_test(shards_are_the_same_everywhere),
	    CONTRACT("redis_"),
	    NAMED("redis_", an_emptied_redis_is_noticed_by_each),
	    NAMED("redis_",
		nothing_is_handed_out_before_an_emptied_redis_is_noticed),
	    NAMED("redis_", a_redis_that_was_killed_is_noticed),
	    NAMED(
		"redis_", a_shard_taken_up_again_begins_with_what_is_not_done),
	};
	const struct CMUnitTest on_kafka[] = {
	    CONTRACT("kafka_"),
	    NAMED("kafka_", errors_of_brokers_are_survived_in_order),
	    NAMED("kafka_", a_topic_that_lost_entries_counts_as_emptied),
	};
	int failed = 0;

	if (argc == 3)
		return die(argv[1], strtoul(argv[2], NULL, 10));
	if (getenv("PARLEY_TEST_KAFKA") == NULL)
		failed += cmocka_run_group_tests(on_redis, start_all, stop_all);
	failed += cmocka_run_group_tests(on_kafka, start_kafka, stop_kafka);
	return failed;
}
