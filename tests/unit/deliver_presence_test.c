/* SPDX-License-Identifier: MIT */
/* deliver_presence_test.c -- Who is told how somebody looks, and last of all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/db.h"
#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "delivery/lease.h"
#include "message_world.h"
#include "presence/keys.h"
#include "servers.h"
#include "world_redis.h"

/* Two nodes; Ann is at the first. */
static int
set_up(void **state)
{
	struct world *w;

	assert_int_equal(world_set_up(state), 0);
	w = *state;
	redis(w, "FLUSHALL");
	redis(w, "SADD nodes n1 n2");
	redis(w, "SET node:n1:alive 1");
	redis(w, "SET node:n2:alive 1");
	redis(w, "SADD node:n1:online 0 1");
	redis(w, "SADD node:n2:online 0");
	return 0;
}

/* Is this among what a node is about to be told? */
static bool
is_told(struct deliver *d, const char *node, const char *text)
{
	const struct strbuf *out = &deliver_node(d, node)->out;

	return out->data != NULL &&
	       memmem(out->data, out->len, text, strlen(text)) != NULL;
}

static struct deliver *
with_both_nodes(struct world *w)
{
	static struct bus bus = {.shards = 8};
	struct deliver	 *d = deliver_new(w->app, &bus);

	assert_int_equal(deliver_nodes(d, &w->e), 0);
	assert_int_equal(d->nnodes, 2);
	return d;
}

/* Of two first sockets each finds the other there already. */
static void
who_comes_at_two_nodes_at_once_is_told_of(void **state)
{
	struct world   *w = *state;
	struct deliver *d = with_both_nodes(w);

	redis(w, "SADD node:n1:online 2");
	redis(w, "SADD node:n2:online 2");
	assert_int_equal(deliver_arrived(d, BOB, &w->e), 0);
	assert_int_equal(deliver_arrived(d, BOB, &w->e), 0);
	assert_true(
	    is_told(d, "n1", "{\"user_id\":\"2\",\"status\":\"online\"}"));
	deliver_free(&d);
}

static const struct db_stmt WAITING = {
    "SELECT COUNT(*) FROM information_schema.processlist "
    "WHERE state LIKE 'Waiting for table%'",
    "", "u"};

static const struct db_stmt LOCK = {"LOCK TABLES member WRITE", "", NULL},
			    UNLOCK = {"UNLOCK TABLES", "", NULL};

static bool
is_waited_for(void *ctx)
{
	struct world  *w = ctx;
	struct db_rows rows;

	return db_query(w->app->db, &WAITING, w->a, &rows, &w->e) == 0 &&
	       db_u(&rows, 0, 0) > 0;
}

/*
 * In a process of its own: holds whoever wants to know who is a member, and
 * while he waits Bob comes online.
 */
static pid_t
bob_comes_meanwhile(void)
{
	int   held[2];
	char  byte = 0;
	pid_t pid;

	assert_int_equal(pipe(held), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		struct world w;

		world_open(&w);
		if (db_exec(w.app->db, &LOCK, &w.e) == -1 ||
		    write(held[1], &byte, 1) != 1 ||
		    !eventually(is_waited_for, &w))
			_exit(1);
		redis(&w, "SADD node:n2:online 2");
		_exit(db_exec(w.app->db, &UNLOCK, &w.e) == -1);
	}
	assert_int_equal(read(held[0], &byte, 1), 1);
	close(held[0]);
	close(held[1]);
	return pid;
}

/* One that owns some of the shards, but not Bob's. */
static struct lease *
without_bob(struct world *w, struct lease *both[2])
{
	for (int i = 0; i < 2; i++)
		both[i] =
		    lease_new(w->app, LEASE_DELIVER, i == 0 ? "one" : "two", 8);
	for (int i = 0; i < 4; i++)
		assert_int_equal(lease_step(both[i % 2], &w->e), 0);
	return both[lease_holds(both[0], bus_shard(BOB, 8))];
}

static struct bus_entry
entry_of(struct world *w, uint64_t id, const struct outbox_event *event)
{
	const struct delivery_event d = {.id = id, .event = *event};
	struct bus_entry	    entry = {.position = {id, 0}};

	entry.data = event_encode(w->a, &d, &entry.len);
	return entry;
}

/* The next that a hub hears has this in it. */
static void
assert_heard(struct world *w, struct redis *hub, const char *text)
{
	struct redis_reply said;

	assert_int_equal(redis_end(hub, w->a, 1, &said, &w->e), 0);
	assert_non_null(memmem(
	    said.element[2].str, said.element[2].len, text, strlen(text)));
}

/*
 * Another deliver tells Ann that Bob is online; what this one has seen before
 * that, and tells after it, must not be the last word.
 */
static void
what_another_tells_meanwhile_is_the_last_word(void **state)
{
	const struct outbox_event look = {.key = ANN,
	    .audience = OUTBOX_PRESENCE,
	    .users = {ANN, BOB},
	    .frame = ""};
	const struct outbox_event talk = {.key = WITH_BOB,
	    .audience = OUTBOX_MEMBERS,
	    .conv_id = WITH_BOB,
	    .frame = "{}",
	    .frame_len = 2};
	struct world		 *w = *state;
	struct deliver		 *d = with_both_nodes(w);
	const struct bus_entry	  entries[] = {
	       entry_of(w, 1, &look), entry_of(w, 2, &talk)};
	struct redis	  *hub;
	struct redis_reply said;
	struct lease	  *both[2];
	pid_t		   other;
	int		   status;

	d->lease[BUS_UP] = without_bob(w, both);
	assert_int_equal(redis_new(&hub, w->app->config, &w->e), 0);
	redis_queue(hub, "SUBSCRIBE node:n1");
	assert_int_equal(redis_begin(hub, 5000, &w->e), 0);
	assert_int_equal(redis_end(hub, w->a, 1, &said, &w->e), 0);
	other = bob_comes_meanwhile();
	assert_int_equal(deliver_events(d, entries, 2, &w->e), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	assert_heard(w, hub, "{\"user_id\":\"2\",\"status\":\"offline\"}");
	assert_heard(w, hub, "{\"user_id\":\"2\",\"status\":\"online\"}");
	redis_free(&hub);
	deliver_free(&d);
	for (int i = 0; i < 2; i++)
		lease_free(&both[i]);
}

/* A node died with them: each costs trips, and live events wait meanwhile. */
static void
a_crowd_that_leaves_is_told_of_in_several_steps(void **state)
{
	struct world   *w = *state;
	struct deliver *d = with_both_nodes(w);
	unsigned	steps = 0;

	for (uint64_t id = 1000; id < 2000; id++)
		deliver_gone(d, id, 1);
	while (!TAILQ_EMPTY(&d->leaving)) {
		assert_int_equal(deliver_leavers(d, &w->e), 0);
		arena_reset(d->arena);
		steps++;
	}
	assert_true(steps > 1);
	deliver_free(&d);
}

static void
who_left_is_told_of_though_the_clock_is_set_back(void **state)
{
	struct world   *w = *state;
	struct deliver *d = with_both_nodes(w);

	deliver_gone(d, BOB, clock_ms() + 3600000);
	assert_int_equal(deliver_leavers(d, &w->e), 0);
	assert_true(TAILQ_EMPTY(&d->leaving));
	deliver_free(&d);
}

/* A choice that waits for its time, published once more, has two entries. */
static void
a_choice_that_comes_twice_is_done_with_twice(void **state)
{
	struct world	     *w = *state;
	struct deliver	     *d = with_both_nodes(w);
	struct delivery_event event = {.event = {.users = {BOB}}};
	bool		      is_kept;

	for (uint64_t i = 1; i <= 3; i++) {
		const struct bus_entry entry = {.position = {i, 0}};

		event.id = i == 1 ? 1 : 2;
		assert_int_equal(
		    deliver_chosen(d, &event, &entry, &is_kept, &w->e), 0);
		assert_int_equal(is_kept, i > 1);
	}
	assert_int_equal(d->ndone, 1);
	assert_int_equal(d->done[0].position.major, 2);
	assert_int_equal(d->nhandled, 0);
	deliver_free(&d);
}

#define PRESENCE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PRESENCE_TEST(who_comes_at_two_nodes_at_once_is_told_of),
	    PRESENCE_TEST(what_another_tells_meanwhile_is_the_last_word),
	    PRESENCE_TEST(a_crowd_that_leaves_is_told_of_in_several_steps),
	    PRESENCE_TEST(who_left_is_told_of_though_the_clock_is_set_back),
	    PRESENCE_TEST(a_choice_that_comes_twice_is_done_with_twice),
	};

	return cmocka_run_group_tests_name(
	    "deliver_presence", tests, servers_with_both, servers_end);
}
