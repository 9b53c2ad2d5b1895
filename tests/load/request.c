/* SPDX-License-Identifier: MIT */
/*
 * request.c -- Closed loop: each client sends its next request when the last
 * was answered.  Sends, pages and the bare reference program all go this way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "load.h"
#include "stats.h"

static struct stats	     stats;
static const struct options *opts;

static void
send_next(struct conn *c)
{
	const struct person *p =
	    opts->npeople > 0 ? &opts->people[c->index % opts->npeople] : NULL;
	char   req[8192], body[4096], id[40];
	size_t n = 0;
	int    len;

	for (const char *s = opts->body;
	     s != NULL && *s != '\0' && n < sizeof body - 64; s++) {
		if (s[0] == '%' && s[1] == 'u') {
			n += (size_t)sprintf(body + n, "%s", unique_id(id));
			s++;
		} else if (s[0] == '%' && s[1] == 'c' && p != NULL) {
			n += (size_t)sprintf(body + n, "%s", p->conv);
			s++;
		} else
			body[n++] = *s;
	}
	body[n] = '\0';
	len = snprintf(req, sizeof req,
	    "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s%s%s"
	    "Content-Length: %zu\r\n\r\n%s",
	    opts->method, opts->path, opts->port,
	    p != NULL ? "Authorization: Bearer " : "",
	    p != NULL ? p->token : "", p != NULL ? "\r\n" : "", opts->header,
	    *opts->header != '\0' ? "\r\n" : "", n, body);
	c->sent_ns = now_ns();
	conn_send(c, req, (size_t)len);
}

/* Later requests follow replies, also over a connection that was renewed. */
static void
send_first(struct conn *c)
{
	if (c->sent_ns == 0)
		send_next(c);
}

static void
on_reply(struct conn *c, int status, const char *body, size_t n)
{
	if (status < 200 || status >= 300) {
		if (stats.errors++ == 0)
			fprintf(
			    stderr, "status %d: %.*s\n", status, (int)n, body);
	} else
		stats_add(&stats, now_ns() - c->sent_ns);
	stats.bytes += n;
	send_next(c);
}

static void
on_closed(struct conn *c)
{
	(void)c;
	stats.errors++;
}

static const struct conn_events events = {
    .open = send_first, .reply = on_reply, .closed = on_closed};

int
mode_request(const struct options *o)
{
	struct conn *conns = calloc(o->clients, sizeof *conns);
	struct pool  pool;

	opts = o;
	if (conns == NULL || pool_init(&pool, o->port) == -1)
		return 1;
	stats_start(&stats);
	pool.deadline_ns = stats.started_ns + (int64_t)o->seconds * 1000000000;
	for (size_t i = 0; i < o->clients; i++) {
		conns[i].index = i;
		if (conn_open(&pool, &conns[i], &events, NULL) == -1)
			return 1;
	}
	pool_run(&pool);
	stats_stop(&stats);
	stats_print(&stats, "request");
	return stats.count == 0;
}
