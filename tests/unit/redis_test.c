/* SPDX-License-Identifier: MIT */
/* redis_test.c -- lib/data's Redis against a real one that gets killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/loop.h"
#include "data/redis.h"
#include "servers.h"

struct world {
	struct config	  *config;
	struct redis	  *redis;
	struct arena	  *a;
	struct err	   e;
	struct redis_reply reply;
	struct loop	  *loop;
	bool (*is_so)(struct world *); /* what the loop runs for */
	int		    looks;
	struct redis_async *async;
	int		    ups, downs, messages;
	char		    last[64];
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_int_equal(loop_new(&w->loop, &w->e), 0);
	w->a = arena_new(0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	redis_async_free(&w->async);
	loop_free(&w->loop);
	redis_free(&w->redis);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return 0;
}

#define CALL(w, ...) \
	redis_call((w)->redis, (w)->a, &(w)->reply, &(w)->e, __VA_ARGS__)

static void
every_type_of_reply_is_copied(void **state)
{
	struct world *w = *state;

	assert_int_equal(CALL(w, "FLUSHALL"), 0);
	assert_string_equal(w->reply.str, "OK");
	assert_int_equal(CALL(w, "GET none"), 0);
	assert_int_equal(w->reply.type, REDIS_NIL);
	assert_int_equal(CALL(w, "SET k %b", "a\0b", (size_t)3), 0);
	assert_int_equal(CALL(w, "GET %s", "k"), 0);
	assert_int_equal(w->reply.len, 3);
	assert_memory_equal(w->reply.str, "a\0b", 4);
	assert_int_equal(CALL(w, "INCRBY n %lld", 1LL << 40), 0);
	assert_true(w->reply.integer == 1LL << 40);
	assert_int_equal(CALL(w, "LPUSH k x"), 0);
	assert_int_equal(w->reply.type, REDIS_ERROR);
	assert_int_equal(CALL(w, "XADD s 1-1 f v"), 0);
	assert_int_equal(CALL(w, "XRANGE s - +"), 0);
	assert_int_equal(w->reply.n, 1);
	assert_string_equal(w->reply.element[0].element[1].element[1].str, "v");
}

static void
a_pipeline_answers_in_order(void **state)
{
	struct world	   *w = *state;
	struct redis_reply *replies;
	const char *const   argv[] = {"ECHO", "last"};
	const size_t	    lens[] = {4, 4};
	size_t		    n;

	assert_int_equal(redis_run(w->redis, w->a, &replies, &n, &w->e), 0);
	assert_int_equal(n, 0);
	for (int i = 0; i < 1000; i++)
		redis_queue(w->redis, "ECHO %d", i);
	redis_queue_argv(w->redis, 2, argv, lens);
	assert_int_equal(redis_run(w->redis, w->a, &replies, &n, &w->e), 0);
	assert_int_equal(n, 1001);
	assert_string_equal(replies[999].str, "999");
	assert_string_equal(replies[1000].str, "last");
}

static void
a_restart_of_redis_goes_unnoticed(void **state)
{
	struct world *w = *state;

	assert_int_equal(CALL(w, "PING"), 0);
	servers_signal_redis(servers, SIGKILL);
	servers_start_redis(servers);
	assert_int_equal(CALL(w, "PING"), 0);
}

static bool
answers(void *ctx)
{
	struct world *w = ctx;

	return CALL(w, "PING") == 0;
}

static void
ask_in_vain(void *ctx)
{
	struct world *w = ctx;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(CALL(w, "PING"), -1);
}

static void
a_dead_redis_costs_nothing_until_it_is_back(void **state)
{
	struct world *w = *state;
	struct cost   cost;

	servers_signal_redis(servers, SIGKILL);
	assert_int_equal(CALL(w, "PING"), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	cost = cost_of(ask_in_vain, w);
	assert_in_range(cost.waits, 0, 9); /* of a thousand calls */
	assert_in_range(cost.cpu_us, 0, 100000);
	servers_start_redis(servers);
	assert_true(eventually(answers, w));
}

static void
a_silent_redis_is_given_up(void **state)
{
	struct world	 *w = *state;
	const char *const argv[] = {"BLPOP", "empty", "1"};
	int64_t		  start = clock_mono_us();

	/* A blocking command may take its own time... */
	assert_int_equal(redis_call_argv(w->redis, w->a, &w->reply, 2000, 3,
			     argv, NULL, &w->e),
	    0);
	assert_int_equal(w->reply.type, REDIS_NIL);
	/* ... any other may not. */
	servers_signal_redis(servers, SIGSTOP);
	start = clock_mono_us();
	assert_int_equal(CALL(w, "PING"), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_us() - start < 900000);
	servers_signal_redis(servers, SIGCONT);
	assert_true(eventually(answers, w));
	/* The late reply to the first does not answer this one. */
	assert_int_equal(CALL(w, "ECHO now"), 0);
	assert_string_equal(w->reply.str, "now");
}

static void
a_password_is_said_first(void **state)
{
	struct world *w = *state;
	char	      path[128];
	FILE	     *file;

	(void)snprintf(path, sizeof(path), "%s/secrets/redis", servers->dir);
	assert_int_equal(CALL(w, "CONFIG SET requirepass open-Sesame"), 0);
	redis_free(&w->redis);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_int_equal(CALL(w, "PING"), 0);
	assert_int_equal(w->reply.type, REDIS_ERROR); /* NOAUTH */

	file = fopen(path, "w");
	fputs("open-Sesame\n", file);
	fclose(file);
	redis_free(&w->redis);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_int_equal(CALL(w, "PING"), 0);
	assert_string_equal(w->reply.str, "PONG");
	assert_int_equal(CALL(w, "CONFIG SET requirepass other"), 0);
	redis_free(&w->redis);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_int_equal(CALL(w, "PING"), -1);
	assert_non_null(strstr(w->e.detail, "secrets/redis"));
	file = fopen(path, "w");
	fputs("other\n", file);
	fclose(file);
	redis_free(&w->redis);
	assert_int_equal(redis_new(&w->redis, w->config, &w->e), 0);
	assert_true(eventually(answers, w));
	assert_int_equal(CALL(w, "CONFIG SET requirepass %s", ""), 0);
	(void)unlink(path);
}

/* -- on the loop ----------------------------------------------------------- */

static void
on_up(void *ctx)
{
	struct world	 *w = ctx;
	const char *const argv[] = {"PUBLISH", "room", "hello"};

	w->ups++;
	assert_int_equal(redis_async_send(w->async, 3, argv, NULL), 0);
}

static void
on_down(void *ctx)
{
	struct world *w = ctx;

	w->downs++;
}

static void
on_message(void *ctx, const char *text, size_t n)
{
	struct world *w = ctx;

	w->messages++;
	assert_int_equal(strlen(text), n);
	memcpy(w->last, text, n + 1);
}

static void
look(void *ctx)
{
	struct world *w = ctx;

	if (w->is_so(w) || --w->looks == 0)
		loop_stop(w->loop);
}

/* Runs the loop until it is so; not for ever. */
static void
run_until(struct world *w, bool (*is_so)(struct world *))
{
	enum { EVERY_MS = 10, LOOKS = 2000 };
	struct loop_timer *timer = loop_timer(w->loop, 0, EVERY_MS, look, w);

	w->is_so = is_so;
	w->looks = LOOKS;
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	loop_timer_cancel(w->loop, &timer);
	assert_int_not_equal(w->looks, 0);
}

static bool
is_up(struct world *w)
{
	return w->ups > w->downs;
}

static bool
is_down(struct world *w)
{
	return w->ups == w->downs;
}

static bool
is_heard(struct world *w)
{
	return w->messages == w->ups;
}

static void
a_subscriber_comes_back_by_itself(void **state)
{
	static const struct redis_async_events events = {
	    on_up, on_down, on_message};
	struct world	 *w = *state;
	const char *const argv[] = {"PING"};

	assert_int_equal(
	    redis_async_new(&w->async, w->config, w->loop, &events, w, &w->e),
	    0);
	assert_int_equal(redis_async_subscribe(w->async, "room"), 0);
	assert_int_equal(redis_async_send(w->async, 1, argv, NULL), -1);
	run_until(w, is_up);
	run_until(w, is_heard);
	assert_int_equal(w->ups, 1);
	assert_string_equal(w->last, "hello");

	servers_signal_redis(servers, SIGKILL);
	run_until(w, is_down);
	assert_int_equal(w->downs, 1);
	assert_int_equal(redis_async_send(w->async, 1, argv, NULL), -1);
	servers_start_redis(servers);
	run_until(w, is_up);
	run_until(w, is_heard);
	assert_int_equal(w->ups, 2);
	assert_int_equal(w->messages, 2);
}

/* So large that few of them are too much. */
enum { LARGE = 1000000 };

static int
send_large(struct world *w)
{
	static char	  large[LARGE];
	static const char name[] = "large";
	const size_t	  lens[] = {3, sizeof(name) - 1, LARGE};
	const char *const argv[] = {"SET", name, large};

	return redis_async_send(w->async, 3, argv, lens);
}

static bool
can_send(struct world *w)
{
	return send_large(w) == 0;
}

static void
what_cannot_be_sent_has_a_bound(void **state)
{
	static const struct redis_async_events events = {on_up, on_down, NULL};
	struct world			      *w = *state;
	size_t				       n = 0;

	assert_int_equal(
	    redis_async_new(&w->async, w->config, w->loop, &events, w, &w->e),
	    0);
	run_until(w, is_up);
	while (send_large(w) == 0)
		n++;
	assert_in_range(n, 16, 18);
	/* All of it goes out once the loop runs. */
	run_until(w, can_send);
	assert_int_equal(w->downs, 0);
}

static void
a_hung_redis_is_lost_and_found(void **state)
{
	static const struct redis_async_events events = {on_up, on_down, NULL};
	struct world			      *w = *state;

	assert_int_equal(
	    redis_async_new(&w->async, w->config, w->loop, &events, w, &w->e),
	    0);
	run_until(w, is_up);
	servers_signal_redis(servers, SIGSTOP);
	run_until(w, is_down);
	assert_int_equal(w->ups, 1);
	servers_signal_redis(servers, SIGCONT);
	run_until(w, is_up);
	assert_int_equal(w->ups, 2);
	assert_int_equal(w->downs, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_type_of_reply_is_copied),
	    TEST(a_pipeline_answers_in_order),
	    TEST(a_restart_of_redis_goes_unnoticed),
	    TEST(a_dead_redis_costs_nothing_until_it_is_back),
	    TEST(a_silent_redis_is_given_up),
	    TEST(a_password_is_said_first),
	    TEST(a_subscriber_comes_back_by_itself),
	    TEST(what_cannot_be_sent_has_a_bound),
	    TEST(a_hung_redis_is_lost_and_found),
	};

	return cmocka_run_group_tests(tests, servers_with_redis, servers_end);
}
