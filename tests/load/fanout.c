/* SPDX-License-Identifier: MIT */
/*
 * fanout.c -- How many frames a second the hub puts into pipes, and how many
 * a bare loop does.
 *
 * Both write to the same pipes that the same kind of process drains.  For the
 * hub the pipes are handed over as attach does it, all for one person's
 * devices, and messages are sent to that person over HTTP as fast as the
 * devices take them: so the sender never builds a backlog.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conn.h"
#include "load.h"
#include "stats.h"

enum { IN_FLIGHT = 16, FRAME = 420 };

static struct stats	     stats;
static const struct options *opts;
static struct conn	    *pipes, http;
static size_t		     nready, unsent, owed;
static size_t		     frames;

static const struct conn_events pipe_events, http_events;

/* As daemons/attach: the pipes and the request's headers in one message. */
static int
hand_over(const char *hub, int in, int out, const char *token)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char		   text[2048];
	struct iovec	   iov = {.iov_base = text};
	union {
		struct cmsghdr head;
		char	       bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct msghdr	msg = {.msg_iov = &iov,
	      .msg_iovlen = 1,
	      .msg_control = control.bytes,
	      .msg_controllen = sizeof control.bytes};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int		fds[2] = {in, out}, s, n;

	n = snprintf(text, sizeof text, "QUERY_STRING=access_token=%s", token);
	iov.iov_len = (size_t)n + 1;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(c), fds, sizeof fds);
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", hub);
	s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (s == -1 || connect(s, (struct sockaddr *)&sun, sizeof sun) == -1 ||
	    sendmsg(s, &msg, 0) == -1) {
		perror(hub);
		return -1;
	}
	close(s);
	close(in);
	close(out);
	return 0;
}

static void
send_more(void)
{
	char   req[4096], text[240];
	size_t n;

	if (unsent > 0 || owed > IN_FLIGHT * opts->clients)
		return;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	n = message_request(req, sizeof req, opts, &opts->people[0], text);
	unsent = 1;
	owed += opts->clients;
	conn_send(&http, req, n);
}

static void
on_reply(struct conn *c, int status, const char *body, size_t n)
{
	(void)c;
	unsent = 0;
	if (status != 201 && stats.errors++ == 0)
		fprintf(stderr, "status %d: %.*s\n", status, (int)n, body);
	send_more();
}

static void
on_line(struct conn *c, const char *text, size_t n)
{
	if (nready < opts->clients) {
		if (memmem(text, n, "\"event\":\"hello\"", 15) != NULL &&
		    ++nready == opts->clients) {
			stats_start(&stats);
			c->pool->deadline_ns =
			    stats.started_ns +
			    (int64_t)opts->seconds * 1000000000;
			send_more();
		}
		return;
	}
	if (n < 15 || memcmp(text, "{\"event\":\"mess", 14) != 0)
		return;
	stats.count++;
	stats.bytes += n + 1;
	if (owed > 0)
		owed--;
	if (unsent == 0)
		send_more();
}

static const struct conn_events pipe_events = {.frame = on_line};
static const struct conn_events http_events = {.reply = on_reply};

int
mode_fanout(const struct options *o)
{
	struct pool pool;
	int	    out[2];

	opts = o;
	pipes = calloc(o->clients, sizeof *pipes);
	if (pipes == NULL || o->npeople == 0 || o->hub == NULL ||
	    pool_init(&pool, o->port) == -1 ||
	    conn_open(&pool, &http, &http_events, NULL) == -1)
		return 1;
	pool.deadline_ns = now_ns() + 60000000000;
	for (size_t i = 0; i < o->clients; i++) {
		int in[2];

		if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1 ||
		    hand_over(o->hub, in[0], out[1],
			o->people[i % o->npeople].peer_token) == -1)
			return 1;
		/* in[1] stays open: its end would be the socket's end. */
		conn_adopt(&pool, &pipes[i], out[0], &pipe_events);
	}
	pool_run(&pool);
	stats_stop(&stats);
	stats_print(&stats, "fanout");
	return nready < o->clients || stats.count == 0;
}

/* The reference: a child drains what a bare loop writes. */
static void
drain(const struct options *o, int *ends)
{
	struct pool pool;

	pool_init(&pool, 0);
	pool.deadline_ns = now_ns() + (int64_t)(o->seconds + 1) * 1000000000;
	for (size_t i = 0; i < o->clients; i++)
		conn_adopt(&pool, &pipes[i], ends[i], &pipe_events);
	nready = o->clients;
	pool_run(&pool);
	_exit(0);
}

int
mode_pipes(const struct options *o)
{
	int    *ends = calloc(o->clients, sizeof *ends);
	int    *wr = calloc(o->clients, sizeof *wr), p[2];
	char	frame[FRAME];
	int64_t deadline;
	pid_t	child;

	opts = o;
	pipes = calloc(o->clients, sizeof *pipes);
	memset(frame, 'x', sizeof frame);
	frame[FRAME - 1] = '\n';
	for (size_t i = 0; i < o->clients; i++) {
		if (pipe2(p, O_CLOEXEC) == -1)
			return 1;
		ends[i] = p[0];
		wr[i] = p[1];
	}
	child = fork();
	if (child == 0)
		drain(o, ends);
	stats_start(&stats);
	deadline = stats.started_ns + (int64_t)o->seconds * 1000000000;
	while (now_ns() < deadline) {
		for (size_t i = 0; i < o->clients; i++)
			if (write(wr[i], frame, sizeof frame) == FRAME)
				frames++;
	}
	stats_stop(&stats);
	stats.count = frames;
	stats.bytes = frames * FRAME;
	stats_print(&stats, "pipes");
	for (size_t i = 0; i < o->clients; i++)
		close(wr[i]);
	waitpid(child, NULL, 0);
	return 0;
}
