/* SPDX-License-Identifier: MIT */
/*
 * hub_test.c -- The hub over real pipes; the test is Redis and deliver.
 *
 * What the hub sends to Redis is kept as text; what deliver would publish is
 * made by wire.h.  A device is the other ends of two pipes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "delivery/hub.h"
#include "delivery/up.h"
#include "delivery/wire.h"

enum { SAID_MAX = 512, EPOCH = 7 };

struct world {
	char		   dir[64];
	struct config	  *config;
	struct loop	  *loop;
	struct token_keys *keys;
	struct hub	  *hub;
	struct arena	  *a;
	struct err	   e;
	uint64_t	   counter;
	struct up	   up[SAID_MAX]; /* what was sent up */
	size_t		   nup;
	size_t		   commands;
	bool		   is_deaf; /* Redis is away */
};

struct device {
	int	 in, out; /* the client's ends */
	uint64_t socket, request;
};

static int
to_redis(void *ctx, size_t argc, const char *const *argv, const size_t *len)
{
	struct world *w = ctx;

	(void)len;
	if (w->is_deaf)
		return -1;
	w->commands++;
	if (strcmp(argv[0], "XADD") != 0)
		return 0;
	assert_true(w->nup < SAID_MAX);
	assert_int_equal(up_decode(w->a, argv[argc - 1], &w->up[w->nup++]), 0);
	return 0;
}

static void
stop(void *ctx)
{
	loop_stop(ctx);
}

/* Lets the hub do what there is to do. */
static void
run_for(struct world *w, int64_t ms)
{
	loop_timer(w->loop, ms, 0, stop, w->loop);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
}

static void
publish(struct world *w, const struct wire_record *records, size_t n)
{
	struct strbuf out;

	wire_begin(&out, w->a);
	for (size_t i = 0; i < n; i++)
		wire_add(&out, &records[i]);
	wire_seal(&out, EPOCH, ++w->counter);
	hub_message(w->hub, out.data, out.len);
}

/* Who speaks for the first time may have spoken before: all catch up then. */
static void
know_deliver(struct world *w)
{
	publish(w, NULL, 0);
	run_for(w, 60);
	w->nup = 0;
	w->commands = 0;
}

static int
set_up(void **state)
{
	struct world   *w = calloc(1, sizeof(*w));
	struct hub_port port = {to_redis, w};
	char		path[128];

	log_open("hub_test", LOG_LEVEL_ERROR);
	(void)signal(SIGPIPE, SIG_IGN);
	strcpy(w->dir, "/tmp/parley-hub-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(path, sizeof(path), "%s/secrets", w->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	w->a = arena_new(0);
	assert_int_equal(config_load(&w->config, w->dir, &w->e), 0);
	assert_int_equal(token_keys_create(w->dir, &w->e), 0);
	assert_int_equal(token_keys_load(&w->keys, w->dir, &w->e), 0);
	assert_int_equal(loop_new(&w->loop, &w->e), 0);
	assert_int_equal(
	    hub_new(&w->hub, w->config, w->loop, w->keys, "n1", &port, &w->e),
	    0);
	know_deliver(w);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char	      command[128];

	hub_free(&w->hub);
	loop_free(&w->loop);
	token_keys_free(&w->keys);
	config_free(&w->config);
	arena_free(&w->a);
	snprintf(command, sizeof(command), "rm -r %s", w->dir);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static const char *
bearer(struct world *w, uint64_t user_id, uint64_t session_id)
{
	struct token t = {.user_id = user_id,
	    .session_id = session_id,
	    .use = TOKEN_ACCESS,
	    .issued_s = clock_ms() / 1000,
	    .expires_s = clock_ms() / 1000 + 600};
	const char  *text = token_sign(w->keys, w->a, &t, &w->e);

	assert_non_null(text);
	return text;
}

/* Headers: NAME=value, a NUL behind each. */
static struct device
open_headers(struct world *w, const char *headers, size_t len)
{
	struct device d = {0};
	int	      down[2], up[2];

	assert_int_equal(pipe2(down, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	assert_int_equal(fcntl(down[0], F_SETFL, O_NONBLOCK), 0);
	d.in = down[0];
	d.out = up[1];
	hub_adopt(w->hub, up[0], down[1], headers, len);
	return d;
}

static struct device
open_with(struct world *w, const char *header, const char *value)
{
	const char *headers = arena_printf(w->a, "%s=%s", header, value);

	return open_headers(w, headers, strlen(headers) + 1);
}

static const struct up *
last_up(struct world *w, enum up_kind kind)
{
	for (size_t i = w->nup; i-- > 0;)
		if (w->up[i].kind == kind)
			return &w->up[i];
	return NULL;
}

static struct device
connect_as(struct world *w, uint64_t user_id, uint64_t session_id)
{
	struct device	 d = open_with(w, "QUERY_STRING",
	       arena_printf(
		   w->a, "access_token=%s", bearer(w, user_id, session_id)));
	const struct up *up = last_up(w, UP_CONNECT);

	assert_non_null(up);
	d.socket = up->socket;
	d.request = up->request;
	return d;
}

/* Everything that has come down by now. */
static const char *
read_all(struct world *w, const struct device *d, bool *is_closed_r)
{
	struct strbuf text;
	char	      part[65536];
	ssize_t	      n;

	strbuf_init(&text, w->a);
	strbuf_adds(&text, "");
	while ((n = read(d->in, part, sizeof(part))) > 0)
		strbuf_add(&text, part, (size_t)n);
	if (is_closed_r != NULL)
		*is_closed_r = n == 0;
	return text.data == NULL ? "" : text.data;
}

static void
say(const struct device *d, const char *text)
{
	assert_int_equal(
	    write(d->out, text, strlen(text)), (ssize_t)strlen(text));
}

/* -- deliver --------------------------------------------------------------- */

static void
answer(struct world *w, const struct device *d, enum wire_kind kind,
    uint64_t conv_id, uint64_t seq)
{
	struct wire_record r = {.kind = kind,
	    .conv_id = conv_id,
	    .seq = seq,
	    .arg = d->request,
	    .targets = &d->socket,
	    .ntargets = 1};

	if (kind == WIRE_SOCKET) {
		r.frame = arena_printf(w->a, "%llu/%llu",
		    (unsigned long long)conv_id, (unsigned long long)seq);
		r.frame_len = strlen(r.frame);
	}
	publish(w, &r, 1);
}

static void
live(struct world *w, uint64_t user_id, uint64_t conv_id, uint64_t seq)
{
	const char	  *frame = arena_printf(w->a, "%llu/%llu",
		   (unsigned long long)conv_id, (unsigned long long)seq);
	struct wire_record r = {.kind = WIRE_USERS,
	    .conv_id = conv_id,
	    .seq = seq,
	    .targets = &user_id,
	    .ntargets = 1,
	    .frame = frame,
	    .frame_len = strlen(frame)};

	publish(w, &r, 1);
}

/* A message of the world channel. */
static void
live_for_all(struct world *w, uint64_t conv_id, uint64_t seq)
{
	const char	  *frame = arena_printf(w->a, "%llu/%llu",
		   (unsigned long long)conv_id, (unsigned long long)seq);
	struct wire_record r = {.kind = WIRE_ALL,
	    .conv_id = conv_id,
	    .seq = seq,
	    .frame = frame,
	    .frame_len = strlen(frame)};

	publish(w, &r, 1);
}

/* A device that has caught up with nothing to catch up with. */
static struct device
be_live(struct world *w, uint64_t user_id, uint64_t session_id)
{
	struct device d = connect_as(w, user_id, session_id);

	answer(w, &d, WIRE_WELCOME, 0, 0);
	answer(w, &d, WIRE_END, 0, 0);
	assert_non_null(strstr(read_all(w, &d, NULL), "\"hello\""));
	return d;
}

static void
hang_up(struct world *w, const struct device *d)
{
	close(d->out);
	run_for(w, 20);
	close(d->in);
}

/* -- the way in ------------------------------------------------------------ */

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
	b = connect_as(w, 1, 3);
	assert_int_equal(last_up(w, UP_CONNECT)->is_first, 0);
	hang_up(w, &a);
	assert_null(last_up(w, UP_OFFLINE));
	hang_up(w, &b);
	assert_int_equal(last_up(w, UP_OFFLINE)->user_id, 1);
}

/* -- what comes ------------------------------------------------------------ */

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
	extra = open_with(w, "QUERY_STRING",
	    arena_printf(w->a, "access_token=%s", bearer(w, 1, 2)));
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
	rc = set_up(state);
	unsetenv("PARLEY_WEBSOCKET_PENDING_PER_ADDRESS");
	return rc;
}

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
	assert_int_equal(w->nup - before, 3); /* started, and two replays */
	assert_true(last_up(w, UP_REPLAY)->since_ms > 0);
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
	assert_int_equal(w->nup - before, 2);
	hang_up(w, &d);
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

	publish(w, &r, 1);
	assert_string_equal(read_all(w, &a, &is_closed), "ended\n");
	assert_true(is_closed);
	assert_string_equal(read_all(w, &b, &is_closed), "");
	assert_false(is_closed);
	hang_up(w, &a);
	hang_up(w, &b);
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

		publish(w, &r, 1);
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

/* -- what the client says -------------------------------------------------- */

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

static void
a_line_without_end_is_skipped_and_answered_once(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2);
	char	     *part = arena_alloc(w->a, 50001);

	memset(part, 'x', 50000);
	for (int i = 0; i < 6; i++) {
		say(&d, part);
		run_for(w, 10);
	}
	say(&d, "\n{\"op\":\"ping\"}\n");
	run_for(w, 10);
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

/* -- Redis ----------------------------------------------------------------- */

static void
when_redis_is_back_all_is_announced_and_asked_again(void **state)
{
	struct world *w = *state;
	struct device d = be_live(w, 1, 2), late;
	size_t	      before;

	w->is_deaf = true;
	late = open_with(w, "QUERY_STRING",
	    arena_printf(w->a, "access_token=%s", bearer(w, 8, 9)));
	w->is_deaf = false;
	before = w->nup;
	hub_connected(w->hub);
	run_for(w, 100);
	assert_int_equal(w->nup - before, 3);
	assert_int_equal(last_up(w, UP_CONNECT)->user_id, 8);
	assert_int_equal(last_up(w, UP_REPLAY)->user_id, 1);
	assert_non_null(last_up(w, UP_STARTED));
	hang_up(w, &d);
	hang_up(w, &late);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_unknown_gets_one_error_and_is_closed),
	    TEST(a_bearer_comes_as_a_subprotocol_too),
	    TEST(nothing_is_said_before_deliver_says_the_session_lives),
	    TEST(a_session_that_ended_is_refused),
	    TEST(the_first_and_the_last_socket_of_a_user_are_told),
	    TEST(a_user_has_a_bounded_number_of_sockets),
	    cmocka_unit_test_setup_teardown(
		an_address_has_a_bounded_number_that_wait, set_up_narrow,
		tear_down),
	    TEST(a_message_is_written_once),
	    TEST(what_is_for_all_reaches_every_socket_once),
	    TEST(a_hole_is_filled_before_anything_newer),
	    TEST(what_is_live_waits_for_its_conversations_turn),
	    TEST(what_waited_for_a_replay_without_it_is_asked_for),
	    TEST(an_answer_to_an_older_request_is_ignored),
	    TEST(a_jump_of_the_counter_makes_every_socket_catch_up),
	    TEST(what_follows_a_lost_message_waits_for_the_replay),
	    TEST(a_replay_that_lost_a_part_is_asked_for_again),
	    TEST(a_message_that_is_broken_makes_every_socket_catch_up),
	    TEST(an_ended_session_is_told_and_closed),
	    TEST(a_slow_reader_is_told_and_closed),
	    TEST(each_line_gets_its_answer),
	    TEST(hello_is_the_first_word),
	    TEST(a_line_without_end_is_skipped_and_answered_once),
	    TEST(acks_are_gathered_and_sent_at_the_latest_on_closing),
	    TEST(the_last_ack_is_heard_of_one_who_reads_no_more),
	    TEST(who_acknowledges_without_end_is_told_and_closed),
	    TEST(typing_is_passed_on_once_a_second),
	    TEST(when_redis_is_back_all_is_announced_and_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
