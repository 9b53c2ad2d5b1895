/* SPDX-License-Identifier: MIT */
/*
 * latency.c -- From a sender's HTTP request to the frame on the peer's socket.
 *
 * The message's text carries the time it was due to be sent, so that a server
 * that stalls is charged for the messages that had to wait (no coordinated
 * omission).  Rate 0 is a closed loop: each pair sends its next message when
 * the peer has the last one; that is the end-to-end throughput.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "load.h"
#include "stats.h"

struct pair {
	struct conn	     http, ws;
	const struct person *person;
	bool		     ready, busy;
	unsigned	     behind; /* due, but the one before is unanswered */
	int64_t		     due_ns;
};

static struct stats	     stats;
static const struct options *opts;
static struct pair	    *pairs;
static size_t		     nready;
static int64_t		     next_due;
static size_t		     turn;

static void
pair_send(struct pair *p, int64_t due)
{
	char   req[4096], text[40];
	size_t n;

	snprintf(text, sizeof text, "t=%lld.", (long long)due);
	n = message_request(req, sizeof req, opts, p->person, text);
	p->busy = true;
	conn_send(&p->http, req, n);
}

/* The frame may be here before the reply: requests are not pipelined. */
static void
pair_next(struct pair *p, int64_t due)
{
	if (p->busy) {
		p->due_ns = due;
		p->behind++;
	} else
		pair_send(p, due);
}

static void
on_reply(struct conn *c, int status, const char *body, size_t n)
{
	struct pair *p = c->ctx;

	p->busy = false;
	if (status != 201 && stats.errors++ == 0)
		fprintf(stderr, "status %d: %.*s\n", status, (int)n, body);
	if (p->behind > 0) {
		p->behind--;
		pair_send(p, p->due_ns);
	}
}

static void
all_ready(struct pool *pool)
{
	stats_start(&stats);
	pool->deadline_ns =
	    stats.started_ns + (int64_t)opts->seconds * 1000000000;
	next_due = stats.started_ns;
	if (opts->rate == 0)
		for (size_t i = 0; i < opts->clients; i++)
			pair_send(&pairs[i], now_ns());
	else
		pool->tick_ms = 1;
}

static void
on_frame(struct conn *c, const char *text, size_t n)
{
	struct pair *p = c->ctx;
	const char  *t = memmem(text, n, "\"content\":\"t=", 13);
	long long    due;
	char	     ack[128];
	const char  *seq;

	if (!p->ready && memmem(text, n, "\"hello\"", 7) != NULL) {
		p->ready = true;
		if (++nready == opts->clients)
			all_ready(c->pool);
	}
	if (t == NULL || sscanf(t + 13, "%lld", &due) != 1)
		return;
	if (stats.started_ns == 0 || due < stats.started_ns)
		return; /* replayed from before */
	stats_add(&stats, now_ns() - due);
	seq = memmem(text, n, "\"seq\":", 6);
	if (seq != NULL) {
		snprintf(ack, sizeof ack,
		    "{\"op\":\"ack\",\"conv_id\":\"%s\",\"seq\":%ld}",
		    p->person->conv, atol(seq + 6));
		conn_send_frame(c, ack);
	}
	if (opts->rate == 0)
		pair_next(p, now_ns());
}

static void
on_closed(struct conn *c)
{
	struct pair *p = c->ctx;

	if (stats.errors++ == 0)
		fprintf(
		    stderr, "closed: %s\n", c == &p->ws ? "socket" : "http");
}

static void
on_tick(struct pool *pool)
{
	int64_t now = now_ns(), gap = (int64_t)(1e9 / opts->rate);

	(void)pool;
	if (nready < opts->clients)
		return;
	for (; next_due <= now; next_due += gap)
		pair_next(&pairs[turn++ % opts->clients], next_due);
}

static const struct conn_events http_events = {
    .reply = on_reply, .closed = on_closed};
static const struct conn_events ws_events = {
    .frame = on_frame, .closed = on_closed};

int
mode_latency(const struct options *o)
{
	struct pool pool;
	char	    path[2048];

	opts = o;
	pairs = calloc(o->clients, sizeof *pairs);
	if (pairs == NULL || o->npeople < o->clients ||
	    pool_init(&pool, o->port) == -1)
		return 1;
	pool.tick = o->rate > 0 ? on_tick : NULL;
	pool.deadline_ns = now_ns() + 30000000000;
	for (size_t i = 0; i < o->clients; i++) {
		struct pair *p = &pairs[i];

		p->person = &o->people[i];
		p->http.ctx = p->ws.ctx = p;
		snprintf(path, sizeof path, "/ws?access_token=%s",
		    p->person->peer_token);
		pool.port = o->port;
		if (conn_open(&pool, &p->http, &http_events, NULL) == -1)
			return 1;
		pool.port = socket_port(o, i);
		if (conn_open(&pool, &p->ws, &ws_events, path) == -1)
			return 1;
	}
	pool_run(&pool);
	stats_stop(&stats);
	stats_print(&stats, "latency");
	return nready < o->clients || stats.count == 0;
}
