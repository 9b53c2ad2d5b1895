/* SPDX-License-Identifier: MIT */
/*
 * sockets.c -- Opens -c WebSockets, prints how fast they got their hello, and
 * holds them, with a ping every ten seconds, until stdin ends.
 *
 * At most WINDOW are being set up at once, as many as an eager crowd, fewer
 * than the listen queue.  With -n they come all at once, as after a restart,
 * and each is done when it was given that many messages that it had missed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn.h"
#include "load.h"
#include "stats.h"

enum { WINDOW = 64 };

static struct stats	     stats;
static const struct options *opts;
static struct conn	    *conns;
static unsigned		    *missing; /* messages, by conn */
static size_t		     opened, ready;
static int64_t		     pinged_ns;

static const struct conn_events ws_events;

static void
open_more(struct pool *pool)
{
	char   path[2048];
	size_t window = opts->messages > 0 ? opts->clients : WINDOW;

	while (
	    opened < opts->clients && opened - ready - stats.errors < window) {
		struct conn *c = &conns[opened];

		missing[opened] = opts->messages;
		c->index = opened++;
		c->sent_ns = now_ns();
		snprintf(path, sizeof path, "/ws?access_token=%s",
		    opts->people[c->index % opts->npeople].peer_token);
		if (conn_open(pool, c, &ws_events, path) == -1) {
			perror("socket");
			exit(1);
		}
	}
}

/* Once for each reason. */
static void
tell_error(const char *text, size_t n)
{
	static char said[512];

	if (n < sizeof(said) && memcmp(said, text, n) != 0) {
		memcpy(said, text, n);
		fprintf(stderr, "%.*s\n", (int)n, text);
	}
}

/* One more has got there, or never will. */
static void
settle(struct pool *pool)
{
	if (ready + stats.errors == opts->clients) {
		stats_stop(&stats);
		stats_print(&stats, "sockets");
	}
	open_more(pool);
}

static void
on_frame(struct conn *c, const char *text, size_t n)
{
	if (memmem(text, n, "\"event\":\"error\"", 15) != NULL)
		tell_error(text, n);
	if (memmem(text, n, "\"event\":\"message\"", 17) != NULL) {
		if (missing[c->index] == 0 || --missing[c->index] > 0)
			return;
	} else if (opts->messages > 0 ||
		   memmem(text, n, "\"event\":\"hello\"", 15) == NULL)
		return;
	stats_add(&stats, now_ns() - c->sent_ns);
	ready++;
	settle(c->pool);
}

static void
on_closed(struct conn *c)
{
	if (stats.errors++ == 0)
		fprintf(stderr, "socket %zu was closed\n", c->index);
	settle(c->pool);
}

static void
on_stdin(struct conn *c, const char *text, size_t n)
{
	(void)c, (void)text, (void)n;
}

static void
on_stdin_end(struct conn *c)
{
	c->pool->stop = true;
}

static void
on_tick(struct pool *pool)
{
	(void)pool;
	if (now_ns() - pinged_ns < 10000000000)
		return;
	pinged_ns = now_ns();
	for (size_t i = 0; i < opened; i++)
		if (conns[i].fd != -1 && conns[i].upgraded)
			conn_send_frame(&conns[i], "{\"op\":\"ping\"}");
}

static const struct conn_events ws_events = {
    .frame = on_frame, .closed = on_closed};
static const struct conn_events stdin_events = {
    .frame = on_stdin, .closed = on_stdin_end};

int
mode_sockets(const struct options *o)
{
	struct conn stop = {0};
	struct pool pool;

	opts = o;
	conns = calloc(o->clients, sizeof *conns);
	missing = calloc(o->clients, sizeof *missing);
	if (conns == NULL || missing == NULL || o->npeople == 0 ||
	    pool_init(&pool, o->port) == -1)
		return 1;
	pool.tick = on_tick;
	stats_start(&stats);
	pinged_ns = now_ns();
	conn_adopt(&pool, &stop, STDIN_FILENO, &stdin_events);
	open_more(&pool);
	pool_run(&pool);
	return stats.errors > 0;
}
