/* SPDX-License-Identifier: MIT */
/* hub_world.c -- The hub over real pipes; the test is Redis and deliver. */
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
#include <unistd.h>

#include "account/token.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "folder.h"
#include "hub_world.h"

static int
to_redis(void *ctx, size_t argc, const char *const *argv, const size_t *len)
{
	struct world *w = ctx;

	(void)len;
	if (w->is_deaf)
		return -1;
	if (strcmp(argv[0], "XADD") != 0)
		return 0;
	assert_true(w->nup < SAID_MAX);
	(void)snprintf(w->stream[w->nup], BUS_NAME_MAX, "%s", argv[1]);
	assert_int_equal(up_decode(w->a, argv[argc - 1], &w->up[w->nup++]), 0);
	return 0;
}

static void
stop(void *ctx)
{
	loop_stop(ctx);
}

void
run_for(struct world *w, int64_t ms)
{
	loop_timer(w->loop, ms, 0, stop, w->loop);
	assert_int_equal(loop_run(w->loop, &w->e), 0);
}

void
from_deliver(struct world *w, const struct wire_record *records, size_t n)
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
	from_deliver(w, NULL, 0);
	run_for(w, 60);
	w->nup = 0;
}

int
hub_set_up(void **state)
{
	struct world   *w = calloc(1, sizeof(*w));
	struct hub_port port = {to_redis, w};

	log_open("hub_test", LOG_LEVEL_ERROR);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(folder_set_up(NULL), 0);
	folder_make("secrets");
	w->a = arena_new(0);
	assert_int_equal(config_load(&w->config, folder, &w->e), 0);
	w->shards = (uint64_t)config_int(w->config, "bus.shards");
	assert_int_equal(token_keys_create(folder, &w->e), 0);
	assert_int_equal(token_keys_load(&w->keys, folder, &w->e), 0);
	assert_int_equal(loop_new(&w->loop, &w->e), 0);
	w->hub = hub_new(w->config, w->loop, w->keys, "n1", &port);
	know_deliver(w);
	*state = w;
	return 0;
}

int
hub_tear_down(void **state)
{
	struct world *w = *state;

	hub_free(&w->hub);
	loop_free(&w->loop);
	token_keys_free(&w->keys);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return folder_tear_down(NULL);
}

/* -- devices --------------------------------------------------------------- */

const char *
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

struct device
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

struct device
open_with(struct world *w, const char *header, const char *value)
{
	const char *headers = arena_printf(w->a, "%s=%s", header, value);

	return open_headers(w, headers, strlen(headers) + 1);
}

const struct up *
last_up(struct world *w, enum up_kind kind)
{
	for (size_t i = w->nup; i-- > 0;)
		if (w->up[i].kind == kind)
			return &w->up[i];
	return NULL;
}

struct device
open_as(struct world *w, uint64_t user_id, uint64_t session_id)
{
	return open_with(w, "QUERY_STRING",
	    arena_printf(
		w->a, "access_token=%s", bearer(w, user_id, session_id)));
}

struct device
connect_as(struct world *w, uint64_t user_id, uint64_t session_id)
{
	struct device	 d = open_as(w, user_id, session_id);
	const struct up *up = last_up(w, UP_CONNECT);

	assert_non_null(up);
	d.socket = up->socket;
	d.request = up->request;
	return d;
}

const char *
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

void
say(const struct device *d, const char *text)
{
	assert_int_equal(
	    write(d->out, text, strlen(text)), (ssize_t)strlen(text));
}

struct device
be_live(struct world *w, uint64_t user_id, uint64_t session_id)
{
	struct device d = connect_as(w, user_id, session_id);

	answer(w, &d, WIRE_WELCOME, 0, 0);
	answer(w, &d, WIRE_END, 0, 0);
	assert_non_null(strstr(read_all(w, &d, NULL), "\"hello\""));
	return d;
}

void
hang_up(struct world *w, const struct device *d)
{
	close(d->out);
	run_for(w, 20);
	close(d->in);
}

/* -- deliver --------------------------------------------------------------- */

/* What the tests take for a message: "conv/seq". */
static struct wire_record
message_of(struct world *w, enum wire_kind kind, uint64_t conv_id, uint64_t seq)
{
	const char *frame = arena_printf(w->a, "%llu/%llu",
	    (unsigned long long)conv_id, (unsigned long long)seq);

	return (struct wire_record){.kind = kind,
	    .conv_id = conv_id,
	    .seq = seq,
	    .frame = frame,
	    .frame_len = strlen(frame)};
}

void
answer(struct world *w, const struct device *d, enum wire_kind kind,
    uint64_t conv_id, uint64_t seq)
{
	struct wire_record r = message_of(w, kind, conv_id, seq);

	if (kind != WIRE_SOCKET)
		r.frame_len = 0;
	r.arg = d->request;
	r.targets = &d->socket;
	r.ntargets = 1;
	from_deliver(w, &r, 1);
}

void
live(struct world *w, uint64_t user_id, uint64_t conv_id, uint64_t seq)
{
	struct wire_record r = message_of(w, WIRE_USERS, conv_id, seq);

	r.targets = &user_id;
	r.ntargets = 1;
	from_deliver(w, &r, 1);
}

void
live_for_all(struct world *w, uint64_t conv_id, uint64_t seq)
{
	struct wire_record r = message_of(w, WIRE_ALL, conv_id, seq);

	from_deliver(w, &r, 1);
}
