/* SPDX-License-Identifier: MIT */
/*
 * fanout.c -- One conversation, many devices: from the sender's request to the
 * last of -c sockets of the same person.
 *
 * -r messages are on their way at once (0: one).  The time is a message's to
 * its last device; the rate counts messages, so deliveries are -c times that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "load.h"
#include "stats.h"

enum { WINDOW = 64, FLIGHT_MAX = 256 };

static struct stats	     stats;
static const struct options *opts;
static struct conn	    *sockets, sender;
static size_t		     opened, nready;
static uint64_t		     nsent, ndone, frames;
static int64_t		     sent_ns[FLIGHT_MAX]; /* by number */
static bool		     is_busy;
static bool		     is_live; /* all have had what they missed, too */
static char		     tag[48]; /* of this run's messages */

static uint64_t
in_flight_max(void)
{
	return !is_live || opts->rate < 1 ? 1
	       : opts->rate > FLIGHT_MAX  ? FLIGHT_MAX
					  : (uint64_t)opts->rate;
}

/* One request at a time, as long as few enough messages are on their way. */
static void
send_more(void)
{
	char   req[4096];
	size_t n;

	if (is_busy || nsent - ndone >= in_flight_max())
		return;
	n = message_request(req, sizeof req, opts, &opts->people[0], tag);
	sent_ns[nsent++ % FLIGHT_MAX] = now_ns();
	is_busy = true;
	conn_send(&sender, req, n);
}

static void
on_reply(struct conn *c, int status, const char *body, size_t n)
{
	(void)c;
	if (status != 201 && stats.errors++ == 0)
		fprintf(stderr, "status %d: %.*s\n", status, (int)n, body);
	is_busy = false;
	send_more();
}

static const struct conn_events socket_events;

static void
open_more(struct pool *pool)
{
	char path[2048];

	for (; opened < opts->clients && opened - nready < WINDOW; opened++) {
		snprintf(path, sizeof path, "/ws?access_token=%s",
		    opts->people[0].peer_token);
		pool->port = socket_port(opts, opened);
		if (conn_open(pool, &sockets[opened], &socket_events, path) ==
		    -1) {
			perror("socket");
			exit(1);
		}
	}
}

/*
 * hello comes before the replay of what was missed, and that is not to be
 * measured: who has the first message has all before it.
 */
static void
begin(struct pool *pool)
{
	is_live = true;
	ndone++;
	stats_start(&stats);
	pool->deadline_ns =
	    stats.started_ns + (int64_t)opts->seconds * 1000000000;
	send_more();
}

static void
on_frame(struct conn *c, const char *text, size_t n)
{
	if (memmem(text, n, "\"event\":\"hello\"", 15) != NULL) {
		if (++nready < opts->clients) {
			open_more(c->pool);
			return;
		}
		send_more();
	}
	if (memmem(text, n, tag, strlen(tag)) == NULL)
		return; /* also what is replayed from before */
	if (++frames % opts->clients != 0)
		return;
	if (!is_live) {
		begin(c->pool);
		return;
	}
	stats_add(&stats, now_ns() - sent_ns[ndone++ % FLIGHT_MAX]);
	send_more();
}

static void
on_closed(struct conn *c)
{
	(void)c;
	if (stats.errors++ == 0)
		fprintf(stderr, "a socket was closed\n");
}

static const struct conn_events socket_events = {
    .frame = on_frame, .closed = on_closed};
static const struct conn_events sender_events = {
    .reply = on_reply, .closed = on_closed};

int
mode_fanout(const struct options *o)
{
	struct pool pool;

	opts = o;
	snprintf(tag, sizeof tag, "fan-out %lld", (long long)now_ns());
	sockets = calloc(o->clients, sizeof *sockets);
	if (sockets == NULL || o->npeople == 0 ||
	    pool_init(&pool, o->port) == -1 ||
	    conn_open(&pool, &sender, &sender_events, NULL) == -1)
		return 1;
	pool.tick = NULL;
	pool.deadline_ns = now_ns() + 60000000000;
	open_more(&pool);
	pool_run(&pool);
	stats_stop(&stats);
	stats_print(&stats, "fanout");
	return ndone < 2;
}
