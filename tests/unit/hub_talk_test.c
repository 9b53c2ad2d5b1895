/* SPDX-License-Identifier: MIT */
/* hub_talk_test.c -- What a client says to the hub, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "hub_world.h"

static void
each_line_gets_its_answer(void **state)
{
	static const struct {
		const char *line, *answer;
	} talk[] = {
	    {"{\"op\":\"ping\"}\n", "{\"event\":\"pong\",\"data\":{}}\n"},
	    {"{\"op\":", ""},
	    {"\"ping\"}\n", "{\"event\":\"pong\",\"data\":{}}\n"},
	    {"hello\n",
		"{\"event\":\"error\",\"data\":{\"code\":\"malformed\"}}\n"},
	    {"{\"op\":\"dance\"}\n",
		"{\"event\":\"error\",\"data\":{\"code\":\"invalid\"}}\n"},
	    {"{\"op\":\"ack\",\"conv_id\":5,\"seq\":1}\n", ""},
	    {"{\"op\":\"ack\",\"conv_id\":0,\"seq\":1}\n",
		"{\"event\":\"error\",\"data\":{\"code\":\"invalid\"}}\n"},
	    {"{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":1}\n", ""},
	};
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);

	for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++) {
		say(&d, talk[i].line);
		run_for(w, 10);
		assert_string_equal(read_all(w, &d, NULL), talk[i].answer);
	}
	hang_up(w, &d);
}

static void
hello_is_the_first_word(void **state)
{
	struct world *w = *state;
	struct device d = connect_as(w, 1, 2);
	const char   *all;

	say(&d, "{\"op\":\"ping\"}\n");
	run_for(w, 10);
	assert_string_equal(read_all(w, &d, NULL), "");
	answer(w, &d, WIRE_WELCOME, 0, 0);
	run_for(w, 10);
	all = read_all(w, &d, NULL);
	assert_non_null(strstr(all, "\"pong\""));
	assert_true(strstr(all, "\"hello\"") < strstr(all, "\"pong\""));
	hang_up(w, &d);
}

/* Until all that was said is read: a full pipe would hold us up for good. */
static void
hear_out(struct world *w, const struct device *d)
{
	int unread;

	do {
		run_for(w, 10);
		assert_int_equal(ioctl(d->out, FIONREAD, &unread), 0);
	} while (unread > 0);
}

static void
a_line_without_end_is_skipped_and_answered_once(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	char	     *part = arena_alloc(w->a, 50001);

	memset(part, 'x', 50000);
	for (int i = 0; i < 6; i++) {
		say(&d, part);
		hear_out(w, &d);
	}
	say(&d, "\n{\"op\":\"ping\"}\n");
	hear_out(w, &d);
	assert_string_equal(read_all(w, &d, NULL),
	    "{\"event\":\"error\",\"data\":{\"code\":\"too_large\"}}\n"
	    "{\"event\":\"pong\",\"data\":{}}\n");
	hang_up(w, &d);
}

static void
acks_are_gathered_and_sent_at_the_latest_on_closing(void **state)
{
	struct world	*w = *state;
	struct device	 d = be_live(w, 1, 2);
	const struct up *up;

	say(&d, "{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":1}\n"
		"{\"op\":\"ack\",\"conv_id\":\"6\",\"seq\":9}\n"
		"{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":3}\n"
		"{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":2}\n");
	run_for(w, 10);
	assert_null(last_up(w, UP_ACK));
	hang_up(w, &d);
	up = last_up(w, UP_ACK);
	assert_int_equal(up->session_id, 2);
	assert_int_equal(up->npairs, 2);
	assert_int_equal(up->pairs[0].seq, 3);
	assert_int_equal(up->pairs[1].seq, 9);
}

/* A device goes while it is written to: its last word was said before. */
static void
the_last_ack_is_heard_of_one_who_reads_no_more(void **state)
{
	struct world	*w = *state;
	struct device	 d = be_live(w, 1, 2);
	const struct up *up;

	say(&d, "{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":3}\n");
	close(d.in);
	close(d.out);
	live(w, 1, 5, 4);
	run_for(w, 10);
	up = last_up(w, UP_ACK);
	assert_non_null(up);
	assert_int_equal(up->pairs[0].seq, 3);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
}

/* Its new socket may be here before the last word on the old one. */
static void
the_last_ack_is_heard_before_its_device_is_back(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	size_t	      n = w->nup;

	(void)open_as(w, 1, 2);
	say(&d, "{\"op\":\"ack\",\"conv_id\":\"5\",\"seq\":3}\n");
	close(d.in);
	close(d.out);
	run_for(w, 100);
	assert_true(w->nup >= n + 2);
	assert_int_equal(w->up[n].kind, UP_ACK);
	assert_int_equal(w->up[n].pairs[0].seq, 3);
	assert_ptr_equal(last_up(w, UP_CONNECT), &w->up[w->nup - 1]);
	assert_true(last_up(w, UP_CONNECT)->is_first);
}

/* One device must not fill the way up that all share. */
static void
who_acknowledges_without_end_is_told_and_closed(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	bool	      is_closed = false;
	size_t	      before = w->nup;

	for (unsigned i = 1; i <= 1500; i++) {
		say(&d,
		    arena_printf(w->a,
			"{\"op\":\"ack\",\"conv_id\":\"%u\",\"seq\":1}\n", i));
		if (i % 500 == 0)
			run_for(w, 5);
	}
	assert_non_null(
	    strstr(read_all(w, &d, &is_closed), "\"rate_limited\""));
	assert_true(is_closed);
	/* 16 full lists, what was begun, and that the user is gone. */
	assert_in_range(w->nup - before, 16, 19);
	hang_up(w, &d);
}

static void
typing_is_passed_on_once_a_second(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	size_t	      before = w->nup;

	for (int i = 0; i < 5; i++)
		say(&d, "{\"op\":\"typing\",\"conv_id\":\"5\"}\n");
	run_for(w, 10);
	assert_int_equal(w->nup - before, 1);
	assert_int_equal(last_up(w, UP_TYPING)->at.conv_id, 5);
	hang_up(w, &d);
}

static unsigned
pongs(struct world *w, const struct device *d)
{
	const char *at = read_all(w, d, NULL);
	unsigned    n = 0;

	while ((at = strstr(at, "\"pong\"")) != NULL) {
		n++;
		at++;
	}
	return n;
}

/* How much of a flood is heard at most. */
static unsigned
due_since(int64_t start_us)
{
	enum { TURN_US = 250000, OF_A_TURN = 2700 };

	return (unsigned)((clock_mono_us() - start_us) / TURN_US + 1) *
	       OF_A_TURN;
}

/* All he says is answered, in its time; the others need not wait for it. */
static void
who_floods_is_heard_in_turns(void **state)
{
	enum { MANY = 4400 };
	struct world *w = *state;
	int64_t	      start_us;
	struct device flood = be_live(w, 1, 2), other = be_live(w, 3, 4);
	unsigned      n;

	for (int i = 0; i < MANY; i++)
		say(&flood, "{\"op\":\"ping\"}\n");
	start_us = clock_mono_us();
	run_for(w, 50);
	n = pongs(w, &flood);
	assert_in_range(n, 1, due_since(start_us));
	say(&other, "{\"op\":\"ping\"}\n");
	run_for(w, 5);
	assert_int_equal(pongs(w, &other), 1);
	for (int i = 0; i < 40 && n < MANY; i++) {
		run_for(w, 50);
		n += pongs(w, &flood);
	}
	assert_int_equal(n, MANY);
	say(&flood, "{\"op\":\"ping\"}\n");
	run_for(w, 300);
	assert_int_equal(pongs(w, &flood), 1);
	hang_up(w, &flood);
	hang_up(w, &other);
}

/*
 * Each new socket makes us look at the old ones of its session.  A machine that
 * takes long over it gives the flood another turn, which is its due.
 */
static void
who_floods_is_not_heard_sooner_for_coming_again(void **state)
{
	enum { MANY = 4400, COMES = 20 };
	struct world *w = *state;
	int64_t	      start_us;
	struct device flood = be_live(w, 1, 2);
	unsigned      heard;
	size_t	      before;

	for (int i = 0; i < MANY; i++)
		say(&flood, "{\"op\":\"ping\"}\n");
	start_us = clock_mono_us();
	run_for(w, 50);
	heard = pongs(w, &flood);
	before = w->nup;
	for (int i = 0; i < COMES; i++)
		(void)open_as(w, 1, 2);
	run_for(w, 60);
	assert_int_equal(w->nup - before, COMES);
	heard += pongs(w, &flood);
	assert_in_range(heard, 1, due_since(start_us));
}

/* It waits for its turn, and leaves. */
static void
who_leaves_in_the_middle_of_a_flood_is_gone(void **state)
{
	struct world *w = *state;
	struct device flood = be_live(w, 1, 2);

	for (int i = 0; i < 3000; i++)
		say(&flood, "{\"op\":\"ping\"}\n");
	run_for(w, 20);
	close(flood.in);
	close(flood.out);
	run_for(w, 50);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB_TEST(each_line_gets_its_answer),
	    HUB_TEST(hello_is_the_first_word),
	    HUB_TEST(a_line_without_end_is_skipped_and_answered_once),
	    HUB_TEST(acks_are_gathered_and_sent_at_the_latest_on_closing),
	    HUB_TEST(the_last_ack_is_heard_of_one_who_reads_no_more),
	    HUB_TEST(the_last_ack_is_heard_before_its_device_is_back),
	    HUB_TEST(who_acknowledges_without_end_is_told_and_closed),
	    HUB_TEST(typing_is_passed_on_once_a_second),
	    HUB_TEST(who_floods_is_heard_in_turns),
	    HUB_TEST(who_floods_is_not_heard_sooner_for_coming_again),
	    HUB_TEST(who_leaves_in_the_middle_of_a_flood_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
