/* SPDX-License-Identifier: MIT */
/* hub_way_in_test.c -- Who gets a socket at the hub, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/local_socket.h"
#include "base/str.h"
#include "folder.h"
#include "hub_world.h"

static void
an_unknown_gets_one_error_and_is_closed(void **state)
{
	struct world *w = *state;
	struct device d = open_with(w, "QUERY_STRING", "access_token=x");
	bool	      is_closed;

	assert_string_equal(read_all(w, &d, &is_closed),
	    "{\"event\":\"error\",\"data\":{\"code\":\"unauthorized\"}}\n");
	assert_true(is_closed);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
	hang_up(w, &d);
}

/* Where the hub has no room for a second one, it comes alone. */
static void
a_descriptor_that_comes_alone_is_closed(void **state)
{
	struct world	  *w = *state;
	int		   pipes[2], listener, attach;
	struct sockaddr_un at;
	struct iovec	   iov = {"x", 2};
	union {
		struct cmsghdr head;
		char	       space[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			 .cmsg_type = SCM_RIGHTS,
			 .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	char	      byte;

	folder_make("run");
	assert_int_equal(local_socket_listen(folder, "hub", SOCK_SEQPACKET, 8,
			     &listener, &w->e),
	    0);
	assert_int_equal(hub_listen(w->hub, listener, &w->e), 0);
	assert_int_equal(local_socket_at(&at, folder, "hub"), 0);
	attach = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    connect(attach, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	memcpy(CMSG_DATA(&control.head), &pipes[1], sizeof(int));
	assert_int_equal(sendmsg(attach, &msg, MSG_NOSIGNAL), 2);
	close(pipes[1]);
	run_for(w, 50);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
	close(attach);
	close(listener);
}

static void
a_bearer_comes_as_a_subprotocol_too(void **state)
{
	struct world *w = *state;
	struct device d = open_with(w, "HTTP_SEC_WEBSOCKET_PROTOCOL",
	    arena_printf(w->a, "parley.v1, bearer.%s", bearer(w, 1, 2)));

	assert_int_equal(hub_counts(w->hub).sockets, 1);
	assert_int_equal(last_up(w, UP_CONNECT)->session_id, 2);
	hang_up(w, &d);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
}

static void
nothing_is_said_before_deliver_says_the_session_lives(void **state)
{
	struct world *w = *state;
	struct device d = connect_as(w, 1, 2);

	live(w, 1, 5, 1);
	assert_string_equal(read_all(w, &d, NULL), "");
	answer(w, &d, WIRE_WELCOME, 0, 0);
	assert_non_null(strstr(read_all(w, &d, NULL),
	    "{\"event\":\"hello\",\"data\":{\"session_id\":\"2\",\"node\":"));
	hang_up(w, &d);
}

static void
a_session_that_ended_is_refused(void **state)
{
	struct world *w = *state;
	struct device d = connect_as(w, 1, 2);
	bool	      is_closed;

	answer(w, &d, WIRE_REFUSED, 0, 0);
	assert_non_null(
	    strstr(read_all(w, &d, &is_closed), "\"unauthorized\""));
	assert_true(is_closed);
	hang_up(w, &d);
}

static void
the_first_and_the_last_socket_of_a_user_are_told(void **state)
{
	struct world *w = *state;
	struct device a = connect_as(w, 1, 2), b;

	assert_int_equal(last_up(w, UP_CONNECT)->is_first, 1);
	answer(w, &a, WIRE_WELCOME, 0, 0);
	b = connect_as(w, 1, 3);
	assert_int_equal(last_up(w, UP_CONNECT)->is_first, 0);
	hang_up(w, &a);
	assert_null(last_up(w, UP_OFFLINE));
	hang_up(w, &b);
	assert_int_equal(last_up(w, UP_OFFLINE)->user_id, 1);
}

/* The one before may be refused, or its question lost: it told nobody. */
static void
one_that_waits_for_its_answer_is_not_the_first_yet(void **state)
{
	struct world *w = *state;
	struct device a = connect_as(w, 1, 2), b = connect_as(w, 1, 3), c;

	assert_int_equal(last_up(w, UP_CONNECT)->is_first, 1);
	answer(w, &a, WIRE_REFUSED, 0, 0);
	answer(w, &b, WIRE_WELCOME, 0, 0);
	c = connect_as(w, 1, 4);
	assert_int_equal(last_up(w, UP_CONNECT)->is_first, 0);
	hang_up(w, &a);
	hang_up(w, &b);
	hang_up(w, &c);
}

/* Else one account could take every place of the node. */
static void
a_user_has_a_bounded_number_of_sockets(void **state)
{
	enum { MOST = 256 };
	struct world *w = *state;
	struct device d[MOST], extra, other;

	for (unsigned i = 0; i < MOST; i++) {
		d[i] = connect_as(w, 1, 2);
		w->nup = 0;
	}
	extra = open_as(w, 1, 2);
	assert_non_null(strstr(read_all(w, &extra, NULL), "\"unavailable\""));
	other = connect_as(w, 3, 4);
	assert_int_equal(hub_counts(w->hub).sockets, MOST + 1);
	hang_up(w, &extra);
	hang_up(w, &other);
	for (unsigned i = 0; i < MOST; i++) {
		close(d[i].out);
		close(d[i].in);
	}
	run_for(w, 100);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
}

/* As lighttpd tells where it comes from, behind what the client claims. */
static struct device
come_from(struct world *w, const char *address, uint64_t user_id)
{
	struct strbuf text;

	strbuf_init(&text, w->a);
	strbuf_addf(&text, "HTTP_X_FORWARDED_FOR=192.0.2.%llu, %s",
	    (unsigned long long)user_id, address);
	strbuf_addc(&text, '\0');
	strbuf_addf(
	    &text, "QUERY_STRING=access_token=%s", bearer(w, user_id, user_id));
	return open_headers(w, text.data, text.len + 1);
}

/* Those without a word from deliver must not take the places of others. */
static void
an_address_has_a_bounded_number_that_wait(void **state)
{
	enum { MOST = 5 };
	static const char *const same[] = {"2001:db8:0:1::1", "2001:db8:0:1::2",
	    "2001:db8:0:1::3", "2001:db8:0:1::4", "2001:db8:0:1:ffff::5"};
	struct world		*w = *state;
	struct device		 d[MOST], extra, other, again;
	const struct up		*up;

	for (int i = 0; i < MOST; i++)
		d[i] = come_from(w, same[i], (uint64_t)i + 1);
	up = last_up(w, UP_CONNECT);
	d[MOST - 1].socket = up->socket;
	d[MOST - 1].request = up->request;
	assert_int_equal(hub_counts(w->hub).sockets, MOST);
	extra = come_from(w, "2001:db8:0:1::6", 6);
	assert_non_null(strstr(read_all(w, &extra, NULL), "\"unavailable\""));
	other = come_from(w, "2001:db8:0:2::6", 6);
	assert_int_equal(hub_counts(w->hub).sockets, MOST + 1);
	/* Who is let in, or leaves, makes room for the next. */
	answer(w, &d[MOST - 1], WIRE_WELCOME, 0, 0);
	again = come_from(w, "2001:db8:0:1::6", 7);
	assert_int_equal(hub_counts(w->hub).sockets, MOST + 2);
	hang_up(w, &again);
	again = come_from(w, "::ffff:198.51.100.7", 7);
	assert_int_equal(hub_counts(w->hub).sockets, MOST + 2);
	for (int i = 0; i < MOST; i++)
		hang_up(w, &d[i]);
	hang_up(w, &extra);
	hang_up(w, &other);
	hang_up(w, &again);
	assert_int_equal(hub_counts(w->hub).sockets, 0);
}

static int
set_up_narrow(void **state)
{
	int rc;

	setenv("PARLEY_WEBSOCKET_PENDING_PER_ADDRESS", "5", 1);
	rc = hub_set_up(state);
	unsetenv("PARLEY_WEBSOCKET_PENDING_PER_ADDRESS");
	return rc;
}

static void
an_ended_session_is_told_and_closed(void **state)
{
	struct world	  *w = *state;
	struct device	   a = be_live(w, 1, 2), b = be_live(w, 1, 3);
	uint64_t	   user = 1;
	bool		   is_closed;
	struct wire_record r = {.kind = WIRE_SESSION,
	    .arg = 2,
	    .targets = &user,
	    .ntargets = 1,
	    .frame = "ended",
	    .frame_len = 5};

	from_deliver(w, &r, 1);
	assert_string_equal(read_all(w, &a, &is_closed), "ended\n");
	assert_true(is_closed);
	assert_string_equal(read_all(w, &b, &is_closed), "");
	assert_false(is_closed);
	hang_up(w, &a);
	hang_up(w, &b);
}

static void
when_redis_is_back_all_is_announced_and_asked_again(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2), late;
	size_t	      before;

	w->is_deaf = true;
	late = open_as(w, 8, 9);
	w->is_deaf = false;
	before = w->nup;
	hub_connected(w->hub);
	assert_int_equal(w->nup - before, w->shards); /* at once, to each */
	assert_int_equal(w->up[before].kind, UP_STARTED);
	run_for(w, 100);
	assert_int_equal(w->nup - before, 2 * w->shards + 2);
	assert_int_equal(last_up(w, UP_CONNECT)->user_id, 8);
	assert_int_equal(last_up(w, UP_REPLAY)->user_id, 1);
	assert_non_null(last_up(w, UP_STARTED));
	hang_up(w, &d);
	hang_up(w, &late);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB_TEST(an_unknown_gets_one_error_and_is_closed),
	    HUB_TEST(a_descriptor_that_comes_alone_is_closed),
	    HUB_TEST(a_bearer_comes_as_a_subprotocol_too),
	    HUB_TEST(nothing_is_said_before_deliver_says_the_session_lives),
	    HUB_TEST(a_session_that_ended_is_refused),
	    HUB_TEST(the_first_and_the_last_socket_of_a_user_are_told),
	    HUB_TEST(one_that_waits_for_its_answer_is_not_the_first_yet),
	    HUB_TEST(a_user_has_a_bounded_number_of_sockets),
	    cmocka_unit_test_setup_teardown(
		an_address_has_a_bounded_number_that_wait, set_up_narrow,
		hub_tear_down),
	    HUB_TEST(an_ended_session_is_told_and_closed),
	    HUB_TEST(when_redis_is_back_all_is_announced_and_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
