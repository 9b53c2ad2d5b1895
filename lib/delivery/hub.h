/* SPDX-License-Identifier: MIT */
/*
 * hub.h -- The sockets of a node: pipes in one event loop.
 *
 * attach hands over a socket's pipes; the hub checks the token, asks deliver
 * whether the session lives, and from then on writes to the pipe what deliver
 * publishes for its user, each message once and without a hole, and sends up
 * what the client says.  It knows no database, waits for nobody, and gives
 * each socket a bounded buffer: who reads too slowly is closed.
 *
 * It speaks to Redis through struct hub_port, so that a test can be Redis.
 */
#ifndef PARLEY_DELIVERY_HUB_H
#define PARLEY_DELIVERY_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct err;
struct hub;
struct loop;
struct token_keys;

/* Sends one command to Redis and forgets it: 0, or -1 if it could not. */
struct hub_port {
	int (*send)(
	    void *ctx, size_t argc, const char *const *argv, const size_t *len);
	void *ctx;
};

/* The node's name and the port are copied; all else stays the caller's. */
struct hub *hub_new(const struct config *, struct loop *, struct token_keys *,
    const char *node, const struct hub_port *);
void	    hub_free(struct hub **);

/* Bytes of the one message by which attach hands a socket over. */
enum { HUB_HAND_OVER_MAX = 16384 };

/* Takes connections of attach on this listening SOCK_SEQPACKET socket. */
int hub_listen(struct hub *, int listen_fd, struct err *);

/*
 * Takes a socket over: headers is a list of NAME=value, each ended by a NUL.
 * The descriptors are the hub's from here on, whatever becomes of them.
 */
void
hub_adopt(struct hub *, int in_fd, int out_fd, const char *headers, size_t len);

/* The channel is subscribed (again): announces the node and catches up. */
void hub_connected(struct hub *);

/* A message on the node's channel. */
void hub_message(struct hub *, const char *data, size_t len);

/* Does live push work?  While it does not, every pong says so. */
void hub_live(struct hub *, bool is_live);

/* Once a second: time-outs and heartbeats. */
void hub_tick(struct hub *);

struct hub_counts {
	size_t sockets, users, buffered;
};
struct hub_counts hub_counts(const struct hub *);

#endif
