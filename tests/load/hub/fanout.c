/* SPDX-License-Identifier: MIT */
/*
 * fanout.c -- How many frames a second the hub puts into 1,000 pipes, and how
 * many a bare loop does.
 *
 * The hub is the real one with its real sockets, hand-over and wire messages;
 * only Redis is left out, for it is not what is measured.  Both fill pipes of
 * the same kind, drained by the same kind of process.
 *
 * usage: fanout DIR SECONDS	(DIR: an empty folder for keys)
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "delivery/hub.h"
#include "delivery/up.h"
#include "delivery/wire.h"

enum { PIPES = 1000, PER_USER = 8, USERS = PIPES / PER_USER, FRAME = 420 };

static char frame[FRAME];
static int  ends[PIPES]; /* where the frames come out */

/* What the hub asked for: its sockets and the numbers of their questions. */
struct asked {
	struct arena *arena;
	uint64_t      socket[PIPES], request[PIPES];
	int	      n;
};

static int
to_redis(void *ctx, size_t argc, const char *const *argv, const size_t *len)
{
	struct asked *asked = ctx;
	struct up     up;
	int	      i = 0;

	(void)len;
	if (strcmp(argv[0], "XADD") != 0 ||
	    up_decode(asked->arena, argv[argc - 1], &up) == -1 ||
	    (up.kind != UP_CONNECT && up.kind != UP_REPLAY))
		return 0;
	while (i < asked->n && asked->socket[i] != up.socket)
		i++;
	if (i == PIPES)
		abort();
	if (i == asked->n)
		asked->n++;
	asked->socket[i] = up.socket;
	asked->request[i] = up.request;
	return 0;
}

static pid_t
drain(void)
{
	static char	   bytes[65536];
	struct epoll_event ev[256];
	pid_t		   pid = fork();
	int		   epoll, n;

	if (pid != 0)
		return pid;
	epoll = epoll_create1(0);
	for (int i = 0; i < PIPES; i++) {
		ev[0] =
		    (struct epoll_event){.events = EPOLLIN, .data.fd = ends[i]};
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
		epoll_ctl(epoll, EPOLL_CTL_ADD, ends[i], &ev[0]);
	}
	for (;;) {
		n = epoll_wait(epoll, ev, 256, -1);
		for (int i = 0; i < n; i++)
			while (read(ev[i].data.fd, bytes, sizeof(bytes)) ==
			       (ssize_t)sizeof(bytes))
				;
	}
}

static void
drain_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double
bare_loop(int64_t us)
{
	int	in[PIPES], p[2];
	long	frames = 0;
	int64_t start;
	pid_t	pid;

	for (int i = 0; i < PIPES; i++) {
		if (pipe(p) == -1)
			abort();
		ends[i] = p[0];
		in[i] = p[1];
	}
	pid = drain();
	start = clock_mono_us();
	while (clock_mono_us() - start < us)
		for (int i = 0; i < PIPES; i++)
			frames += write(in[i], frame, FRAME) == FRAME;
	us = clock_mono_us() - start;
	drain_end(pid);
	for (int i = 0; i < PIPES; i++) {
		close(ends[i]);
		close(in[i]);
	}
	return (double)frames * 1e6 / (double)us;
}

static void
stop(void *loop)
{
	loop_stop(loop);
}

static void
run_for(struct loop *loop, int ms, struct err *e)
{
	loop_timer(loop, ms, 0, stop, loop);
	(void)loop_run(loop, e);
}

static void
adopt_all(
    struct hub *hub, struct token_keys *keys, struct arena *a, struct err *e)
{
	int in[2], out[2];

	for (int i = 0; i < PIPES; i++) {
		int64_t	     now_s = clock_ms() / 1000;
		struct token t = {.user_id = (uint64_t)(1 + i / PER_USER),
		    .session_id = 2,
		    .use = TOKEN_ACCESS,
		    .issued_s = now_s,
		    .expires_s = now_s + 600};
		const char  *head = arena_printf(a,
		     "QUERY_STRING=access_token=%s", token_sign(keys, a, &t, e));

		if (pipe(in) == -1 || pipe(out) == -1)
			abort();
		ends[i] =
		    out[0]; /* in[1] stays open: its end ends the socket */
		hub_adopt(hub, in[0], out[1], head, strlen(head) + 1);
	}
}

static void
post(struct hub *hub, struct strbuf *message)
{
	static uint64_t counter;

	wire_seal(message, 7, ++counter);
	hub_message(hub, message->data, message->len);
}

static void
welcome_all(struct hub *hub, const struct asked *asked)
{
	struct strbuf out;

	wire_begin(&out, asked->arena);
	for (int i = 0; i < asked->n; i++) {
		struct wire_record r = {.kind = WIRE_WELCOME,
		    .arg = asked->request[i],
		    .targets = &asked->socket[i],
		    .ntargets = 1};

		wire_add(&out, &r);
		r.kind = WIRE_END;
		wire_add(&out, &r);
	}
	post(hub, &out);
}

/* One message to all users after the other, each when the pipes have room. */
static double
through_hub(struct hub *hub, struct loop *loop, struct arena *a, int64_t us,
    struct err *e)
{
	uint64_t users[USERS], seq = 0;
	int64_t	 start = clock_mono_us();

	for (int i = 0; i < USERS; i++)
		users[i] = (uint64_t)i + 1;
	while (clock_mono_us() - start < us) {
		struct wire_record r = {.kind = WIRE_USERS,
		    .conv_id = 5,
		    .seq = ++seq,
		    .targets = users,
		    .ntargets = USERS,
		    .frame = frame,
		    .frame_len = FRAME};
		struct strbuf	   out;

		wire_begin(&out, a);
		wire_add(&out, &r);
		post(hub, &out);
		arena_reset(a);
		while (hub_counts(hub).buffered > 0)
			run_for(loop, 1, e);
	}
	us = clock_mono_us() - start;
	return (double)seq * PIPES * 1e6 / (double)us;
}

int
main(int argc, char **argv)
{
	struct asked	   asked = {.arena = arena_new(0)};
	struct hub_port	   port = {to_redis, &asked};
	struct err	   e = {0};
	struct arena	  *a = arena_new(0);
	struct config	  *config;
	struct token_keys *keys;
	struct loop	  *loop;
	struct hub	  *hub;
	struct strbuf	   first;
	double		   bare, ours;
	int64_t		   us;
	pid_t		   pid;

	if (argc != 3)
		return 2;
	us = (int64_t)(strtod(argv[2], NULL) * 1e6);
	signal(SIGPIPE, SIG_IGN);
	log_open("fanout", LOG_LEVEL_ERROR);
	mkdir(arena_printf(a, "%s/secrets", argv[1]), 0700);
	setenv("PARLEY_HUB_BUFFER_KB", "8192", 1);
	memset(frame, 'x', FRAME);
	frame[FRAME - 1] = '\n';
	if (config_load(&config, argv[1], &e) == -1 ||
	    token_keys_create(argv[1], &e) == -1 ||
	    token_keys_load(&keys, argv[1], &e) == -1 ||
	    loop_new(&loop, &e) == -1) {
		fprintf(stderr, "fanout: %s\n", e.detail);
		return 1;
	}
	hub = hub_new(config, loop, keys, "n1", &port);
	bare = bare_loop(us);
	adopt_all(hub, keys, a, &e);
	pid = drain();
	wire_begin(&first, a);
	post(hub, &first);
	run_for(loop, 100, &e);
	welcome_all(hub, &asked);
	ours = through_hub(hub, loop, a, us, &e);
	printf("{\"mode\":\"fanout\",\"sockets\":%zu,\"bare\":%.1f,"
	       "\"rate\":%.1f}\n",
	    (size_t)hub_counts(hub).sockets, bare, ours);
	drain_end(pid);
	return 0;
}
