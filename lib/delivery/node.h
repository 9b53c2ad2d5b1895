/* SPDX-License-Identifier: MIT */
/*
 * node.h -- A node among others: one name each, and the same idea of the bus.
 *
 * Every node keeps node:ID:about in Redis (presence/keys.h): where it is, and
 * those settings and secrets that must be equal everywhere.  Whoever starts
 * compares them with those of the nodes that live; deliver goes on doing so,
 * for Redis may have been away.
 */
#ifndef PARLEY_DELIVERY_NODE_H
#define PARLEY_DELIVERY_NODE_H

#include <stdbool.h>

struct app;
struct arena;
struct err;

/* How often deliver does; what is announced is forgotten after four times. */
enum { NODE_ANNOUNCE_MS = 5000 };

/*
 * Announces this node: 0; or -1, ERR_CONFLICT "conflict" where another node
 * goes by its name, has other settings, or (of one that is starting) signs
 * tokens with a key that is not here, and nothing is announced;
 * ERR_UNAVAILABLE without Redis.
 */
int node_announce(struct app *, struct arena *, const char *node,
    bool is_starting, struct err *);

#endif
