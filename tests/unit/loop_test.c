/* SPDX-License-Identifier: MIT */
/* loop_test.c -- The event loop: order, ends within callbacks, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/process.h"

struct world {
	struct loop	  *loop;
	struct err	   e;
	int		   a[2], b[2];
	int		   calls, last_events;
	char		   order[16];
	struct loop_timer *timer;
};

struct mark {
	struct world *w;
	char	      c;
};

static int
set_up(void **state)
{
	static struct world w;

	w = (struct world){0};
	assert_int_equal(loop_new(&w.loop, &w.e), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w.a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, w.b), 0);
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	loop_free(&w->loop);
	for (int i = 0; i < 2; i++) {
		close(w->a[i]);
		close(w->b[i]);
	}
	return 0;
}

static void
stop(void *ctx)
{
	loop_stop(((struct world *)ctx)->loop);
}

static void
mark(void *ctx)
{
	struct mark *m = ctx;

	m->w->order[m->w->calls++] = m->c;
}

static void
timers_run_in_order(void **state)
{
	struct world	  *w = *state;
	struct mark	   m[] = {{w, 'c'}, {w, 'a'}, {w, 'b'}, {w, 'x'}};
	struct loop_timer *x;

	loop_timer(w->loop, 30, 0, mark, &m[0]);
	loop_timer(w->loop, 1, 0, mark, &m[1]);
	x = loop_timer(w->loop, 10, 0, mark, &m[3]);
	loop_timer(w->loop, 15, 0, mark, &m[2]);
	loop_timer(w->loop, 50, 0, stop, w);
	loop_timer_cancel(w->loop, &x);
	assert_null(x);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	assert_string_equal(w->order, "abc");
}

static void
cancel_at_three(void *ctx)
{
	struct world *w = ctx;

	if (++w->calls == 3)
		loop_timer_cancel(w->loop, &w->timer);
}

static void
a_repeating_timer_may_cancel_itself(void **state)
{
	struct world *w = *state;

	w->timer = loop_timer(w->loop, 1, 2, cancel_at_three, w);
	loop_timer(w->loop, 40, 0, stop, w);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	assert_int_equal(w->calls, 3);
	assert_null(w->timer);
}

static void
on_readable(void *ctx, int fd, int events)
{
	struct world *w = ctx;
	char	      c;

	w->calls++;
	w->last_events = events;
	if (read(fd, &c, 1) != 1)
		loop_unwatch(w->loop, fd);
}

static void
a_hangup_is_told(void **state)
{
	struct world *w = *state;

	assert_int_equal(
	    loop_watch(w->loop, w->a[0], LOOP_READ, on_readable, w, &w->e), 0);
	assert_int_equal(write(w->a[1], "x", 1), 1);
	close(w->a[1]);
	w->a[1] = -1;
	loop_timer(w->loop, 20, 0, stop, w);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	assert_int_equal(w->calls, 2);
	assert_true(w->last_events & LOOP_HANGUP);
}

/* Whichever comes first ends the other, whose event is already fetched. */
static void
end_both(void *ctx, int fd, int events)
{
	struct world *w = ctx;

	(void)fd, (void)events;
	w->calls++;
	loop_unwatch(w->loop, w->a[0]);
	loop_unwatch(w->loop, w->b[0]);
	/* The same descriptor anew: it has an event of its own to come. */
	assert_int_equal(
	    loop_watch(w->loop, w->a[0], LOOP_WRITE, end_both, w, &w->e), 0);
	if (w->calls == 2)
		loop_stop(w->loop);
}

static void
an_ended_watch_is_not_called(void **state)
{
	struct world *w = *state;

	loop_watch(w->loop, w->a[0], LOOP_READ, end_both, w, &w->e);
	loop_watch(w->loop, w->b[0], LOOP_READ, end_both, w, &w->e);
	assert_int_equal(write(w->a[1], "x", 1), 1);
	assert_int_equal(write(w->b[1], "x", 1), 1);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	assert_int_equal(w->calls, 2);
}

static void
many_timers_keep_their_order(void **state)
{
	struct world	  *w = *state;
	struct loop_timer *t[1000];

	for (int i = 0; i < 1000; i++)
		t[i] =
		    loop_timer(w->loop, 100000 + (i * 7919) % 1000, 0, stop, w);
	for (int i = 0; i < 1000; i += 2)
		loop_timer_cancel(w->loop, &t[i]);
	loop_timer(w->loop, 1, 0, stop, w);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	for (int i = 1; i < 1000; i += 2)
		loop_timer_cancel(w->loop, &t[i]);
}

static void
raise_term(void *ctx)
{
	(void)ctx;
	raise(SIGTERM);
}

/* Last, for the flag stays. */
static void
sigterm_ends_it(void **state)
{
	struct world *w = *state;
	int64_t	      start = clock_mono_us();

	process_start("loop_test");
	loop_timer(w->loop, 5, 0, raise_term, w);
	loop_timer(w->loop, 5000, 0, stop, w);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
	assert_true(process_is_stopping());
	assert_true(clock_mono_us() - start < 1000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(timers_run_in_order),
	    TEST(a_repeating_timer_may_cancel_itself),
	    TEST(a_hangup_is_told),
	    TEST(an_ended_watch_is_not_called),
	    TEST(many_timers_keep_their_order),
	    TEST(sigterm_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
