/* SPDX-License-Identifier: MIT */
/* hub_push_test.c -- What the hub writes to whom: each once, and in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>

#include "base/str.h"
#include "hub_world.h"

static void
a_message_is_written_once(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);

	live(w, 1, 5, 1);
	live(w, 1, 5, 1);
	live(w, 1, 5, 2);
	live(w, 9, 5, 3); /* somebody else's */
	assert_string_equal(read_all(w, &d, NULL), "5/1\n5/2\n");
	hang_up(w, &d);
}

static void
what_is_for_all_reaches_every_socket_once(void **state)
{
	struct world *w = *state;
	struct device d[] = {
	    be_live(w, 7, 70), be_live(w, 7, 71), be_live(w, 8, 80)};

	live_for_all(w, 5, 1);
	live_for_all(w, 5, 1);
	for (int i = 0; i < 3; i++) {
		assert_string_equal(read_all(w, &d[i], NULL), "5/1\n");
		hang_up(w, &d[i]);
	}
}

static void
a_hole_is_filled_before_anything_newer(void **state)
{
	struct world	*w = *state;
	struct device	 d = be_live(w, 1, 2);
	const struct up *up;

	live(w, 1, 5, 1);
	live(w, 1, 5, 4);
	up = last_up(w, UP_REPLAY);
	assert_int_equal(up->npairs, 1);
	assert_int_equal(up->pairs[0].conv_id, 5);
	assert_int_equal(up->pairs[0].seq, 1);
	d.request = up->request;
	for (uint64_t seq = 1; seq <= 4; seq++)
		answer(w, &d, WIRE_SOCKET, 5, seq);
	answer(w, &d, WIRE_END, 5, UINT64_MAX);
	live(w, 1, 5, 5);
	assert_string_equal(read_all(w, &d, NULL), "5/1\n5/2\n5/3\n5/4\n5/5\n");
	hang_up(w, &d);
}

static void
what_is_live_waits_for_its_conversations_turn(void **state)
{
	struct world *w = *state;
	struct device d = connect_as(w, 1, 2);

	answer(w, &d, WIRE_WELCOME, 0, 0);
	(void)read_all(w, &d, NULL);
	live(w, 1, 5, 9);
	answer(w, &d, WIRE_SOCKET, 5, 8);
	answer(w, &d, WIRE_CURSOR, 5, UINT64_MAX);
	live(w, 1, 5, 9); /* its turn has been */
	live(w, 1, 6, 3); /* its turn is to come */
	d.request = last_up(w, UP_REPLAY)->request;
	assert_int_equal(last_up(w, UP_REPLAY)->at.conv_id, 5);
	answer(w, &d, WIRE_SOCKET, 6, 2);
	answer(w, &d, WIRE_SOCKET, 6, 3);
	answer(w, &d, WIRE_END, 6, UINT64_MAX);
	assert_string_equal(read_all(w, &d, NULL), "5/8\n5/9\n6/2\n6/3\n");
	hang_up(w, &d);
}

/* Another deliver made the replay, before the message was there. */
static void
what_waited_for_a_replay_without_it_is_asked_for(void **state)
{
	struct world *w = *state;
	struct device d = connect_as(w, 1, 2);
	uint64_t      before;

	answer(w, &d, WIRE_WELCOME, 0, 0);
	(void)read_all(w, &d, NULL);
	live(w, 1, 5, 9);
	answer(w, &d, WIRE_SOCKET, 5, 8);
	before = d.request;
	answer(w, &d, WIRE_END, 5, UINT64_MAX);
	d.request = last_up(w, UP_REPLAY)->request;
	assert_int_not_equal(d.request, before);
	answer(w, &d, WIRE_SOCKET, 5, 9);
	answer(w, &d, WIRE_END, 5, UINT64_MAX);
	live(w, 1, 5, 10);
	assert_string_equal(read_all(w, &d, NULL), "5/8\n5/9\n5/10\n");
	hang_up(w, &d);
}

static void
an_answer_to_an_older_request_is_ignored(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);

	d.request--;
	answer(w, &d, WIRE_SOCKET, 5, 1);
	answer(w, &d, WIRE_REFUSED, 0, 0);
	assert_string_equal(read_all(w, &d, NULL), "");
	assert_int_equal(hub_counts(w->hub).sockets, 1);
	hang_up(w, &d);
}

static void
a_jump_of_the_counter_makes_every_socket_catch_up(void **state)
{
	struct world *w = *state;
	struct device a = be_live(w, 1, 2), b = be_live(w, 3, 4);
	size_t	      before;

	run_for(w, 100);
	before = w->nup;
	w->counter++;
	live(w, 99, 1, 1);
	run_for(w, 100);
	/* Each shard hears that the node is there, before two replays. */
	assert_int_equal(w->nup - before, w->shards + 2);
	for (uint64_t shard = 0; shard < w->shards; shard++) {
		assert_int_equal(w->up[before + shard].kind, UP_STARTED);
		assert_string_equal(w->stream[before + shard],
		    arena_printf(w->a, "up:%d", (int)shard));
	}
	assert_true(last_up(w, UP_REPLAY)->since_ms > 0);
	/* What was said since then is for each socket of the session. */
	assert_true(last_up(w, UP_CONNECT)->opened_ms > 0);
	assert_int_equal(last_up(w, UP_REPLAY)->opened_ms,
	    last_up(w, UP_CONNECT)->opened_ms);
	hang_up(w, &a);
	hang_up(w, &b);
}

/*
 * The first message of a conversation that a socket is given says where it
 * stands there: so it must not be one that came after a lost one.
 */
static void
what_follows_a_lost_message_waits_for_the_replay(void **state)
{
	struct world	*w = *state;
	struct device	 a = be_live(w, 1, 2);
	const struct up *up;

	run_for(w, 100);
	(void)read_all(w, &a, NULL);
	w->counter++; /* 5/7 was in it */
	live(w, 1, 5, 8);
	run_for(w, 100);
	up = last_up(w, UP_REPLAY);
	assert_non_null(up);
	assert_int_equal(up->npairs, 0);
	a.request = up->request;
	answer(w, &a, WIRE_SOCKET, 5, 7);
	answer(w, &a, WIRE_SOCKET, 5, 8);
	answer(w, &a, WIRE_END, 5, UINT64_MAX);
	assert_string_equal(read_all(w, &a, NULL), "5/7\n5/8\n");
	hang_up(w, &a);
}

/* The same of a replay: the second part of it must not stand for the first. */
static void
a_replay_that_lost_a_part_is_asked_for_again(void **state)
{
	struct world	*w = *state;
	struct device	 a = be_live(w, 1, 2);
	const struct up *up;

	run_for(w, 100);
	(void)read_all(w, &a, NULL);
	hub_connected(w->hub);
	run_for(w, 100);
	a.request = last_up(w, UP_REPLAY)->request;
	w->counter++; /* 5/1 was in it */
	answer(w, &a, WIRE_SOCKET, 5, 2);
	answer(w, &a, WIRE_END, 5, UINT64_MAX);
	run_for(w, 100);
	assert_string_equal(read_all(w, &a, NULL), "");
	up = last_up(w, UP_REPLAY);
	assert_true(up->request > a.request);
	assert_int_equal(up->npairs, 0);
	hang_up(w, &a);
}

/*
 * A hub that has just begun: the first it hears of deliver is an answer, of
 * which the contacts' presence has to wait, too.
 */
static void
the_first_who_are_welcomed_are_told_of_presence_after_all(void **state)
{
	struct world		*w = *state;
	struct device		 a = connect_as(w, 1, 2);
	const uint64_t		 opened_ms = last_up(w, UP_CONNECT)->opened_ms;
	const struct wire_record r[] = {{.kind = WIRE_WELCOME,
					    .arg = a.request,
					    .targets = &a.socket,
					    .ntargets = 1},
	    {.kind = WIRE_SOCKET,
		.arg = a.request,
		.targets = &a.socket,
		.ntargets = 1,
		.frame = "bob is online",
		.frame_len = 13},
	    {.kind = WIRE_END,
		.arg = a.request,
		.targets = &a.socket,
		.ntargets = 1}};

	w->counter++; /* it has spoken before */
	from_deliver(w, r, 3);
	assert_null(strstr(read_all(w, &a, NULL), "bob"));
	run_for(w, 100);
	assert_int_equal(last_up(w, UP_REPLAY)->since_ms, opened_ms);
	hang_up(w, &a);
}

static void
a_message_that_is_broken_makes_every_socket_catch_up(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	struct strbuf out;
	size_t	      before;

	run_for(w, 100);
	before = w->nup;
	wire_begin(&out, w->a);
	wire_add(&out, &(struct wire_record){.kind = WIRE_RESYNC});
	wire_seal(&out, EPOCH, ++w->counter);
	hub_message(w->hub, out.data, out.len - 1);
	hub_message(w->hub, "garbage", 7);
	run_for(w, 100);
	assert_int_equal(w->nup - before, w->shards + 1);
	hang_up(w, &d);
}

static void
a_slow_reader_is_told_and_closed(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2), other = be_live(w, 3, 4);
	char	     *frame = arena_alloc(w->a, 30001);
	uint64_t      user = 1;
	bool	      is_closed;
	const char   *text;

	memset(frame, 'x', 30000);
	for (int i = 0; i < 40; i++) {
		struct wire_record r = {.kind = WIRE_USERS,
		    .targets = &user,
		    .ntargets = 1,
		    .frame = frame,
		    .frame_len = 30000};

		from_deliver(w, &r, 1);
		assert_true(hub_counts(w->hub).buffered <= 256 * 1024);
	}
	live(w, 3, 5, 1);
	assert_string_equal(read_all(w, &other, NULL), "5/1\n");
	do {
		text = read_all(w, &d, &is_closed);
		run_for(w, 20);
	} while (!is_closed && strstr(text, "slow") == NULL);
	assert_non_null(
	    strstr(text, "x\n{\"event\":\"error\",\"data\":{\"code\":"
			 "\"slow_consumer\"}}\n"));
	assert_int_equal(hub_counts(w->hub).buffered, 0);
	assert_int_equal(hub_counts(w->hub).sockets, 1);
	hang_up(w, &d);
	hang_up(w, &other);
}

/* attach makes pipes small; what is full for the first time is widened. */
static void
a_small_pipe_is_widened_when_it_is_full(void **state)
{
	struct world	  *w = *state;
	struct device	   d = be_live(w, 1, 2);
	char		  *frame = arena_alloc(w->a, 5000);
	uint64_t	   user = 1;
	size_t		   got = 0;
	struct wire_record r = {.kind = WIRE_USERS,
	    .targets = &user,
	    .ntargets = 1,
	    .frame = frame,
	    .frame_len = 5000};

	memset(frame, 'x', 4999);
	frame[4999] = '\n';
	assert_int_equal(fcntl(d.in, F_SETPIPE_SZ, 8192), 8192);
	from_deliver(w, &r, 1);
	assert_int_equal(fcntl(d.in, F_GETPIPE_SZ), 8192);
	from_deliver(w, &r, 1);
	assert_int_equal(fcntl(d.in, F_GETPIPE_SZ), 65536);
	while (got < 10000) {
		got += strlen(read_all(w, &d, NULL));
		run_for(w, 20);
	}
	assert_int_equal(got, 10000);
	assert_int_equal(hub_counts(w->hub).buffered, 0);
	hang_up(w, &d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB_TEST(a_message_is_written_once),
	    HUB_TEST(what_is_for_all_reaches_every_socket_once),
	    HUB_TEST(a_hole_is_filled_before_anything_newer),
	    HUB_TEST(what_is_live_waits_for_its_conversations_turn),
	    HUB_TEST(what_waited_for_a_replay_without_it_is_asked_for),
	    HUB_TEST(an_answer_to_an_older_request_is_ignored),
	    HUB_TEST(a_jump_of_the_counter_makes_every_socket_catch_up),
	    HUB_TEST(what_follows_a_lost_message_waits_for_the_replay),
	    HUB_TEST(a_replay_that_lost_a_part_is_asked_for_again),
	    HUB_TEST(the_first_who_are_welcomed_are_told_of_presence_after_all),
	    HUB_TEST(a_message_that_is_broken_makes_every_socket_catch_up),
	    HUB_TEST(a_slow_reader_is_told_and_closed),
	    HUB_TEST(a_small_pipe_is_widened_when_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
