/* SPDX-License-Identifier: MIT */
/*
 * conn.h -- Many HTTP and WebSocket connections in one epoll loop.
 *
 * Just enough of RFC 9112 and RFC 6455 to load a server that we know: replies
 * have a Content-Length, server frames are whole and unmasked.  Anything else
 * is counted as an error and closes the connection.
 */
#ifndef PARLEY_LOAD_CONN_H
#define PARLEY_LOAD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct pool;

struct conn_events {
	void (*open)(
	    struct conn *); /* connected (HTTP), upgraded (WebSocket) */
	void (*reply)(struct conn *, int status, const char *body, size_t n);
	void (*frame)(struct conn *, const char *text, size_t n);
	void (*closed)(struct conn *); /* lost, refused or ended */
};

struct conn {
	int			  fd;
	void			 *ctx;	 /* the caller's */
	size_t			  index; /* the caller's */
	int64_t			  sent_ns;
	struct pool		 *pool;
	uint16_t		  port;
	const struct conn_events *events;
	bool			  is_ws, upgraded, connecting;
	bool   is_last; /* the server closes after this reply */
	char  *in, *out;
	size_t in_len, in_cap, out_len, out_cap;
};

struct pool {
	int	 epoll;
	uint16_t port; /* of the next connection */
	size_t	 open; /* connections */
	bool	 stop; /* pool_run() returns */
	int64_t	 deadline_ns;
	void (*tick)(struct pool *); /* between rounds; may be NULL */
	int   tick_ms;
	void *ctx;
};

int  pool_init(struct pool *, uint16_t port);
void pool_run(struct pool *); /* until stop or the deadline */

/* -1: no descriptor left.  A WebSocket sends its handshake for path at once. */
int  conn_open(struct pool *, struct conn *, const struct conn_events *,
     const char *ws_path);
void conn_close(struct conn *);

/* Watches a descriptor that is no socket of ours: a pipe to the hub. */
int
conn_adopt(struct pool *, struct conn *, int fd, const struct conn_events *);

/* Queues and sends as much as goes. */
void conn_send(struct conn *, const void *, size_t);
void conn_send_frame(struct conn *, const char *text); /* masked */

#endif
