/* SPDX-License-Identifier: MIT */
/* node_id.h -- This node's name. */
#ifndef PARLEY_DELIVERY_NODE_ID_H
#define PARLEY_DELIVERY_NODE_ID_H

struct config;
struct err;

enum { NODE_ID_SIZE = 40 }; /* the NUL included */

/*
 * This node's name: node.id, or one made at the first start and kept in
 * INSTANCE/node.id, so that a restart finds its own sockets' traces again.
 */
int node_id(const struct config *, char out_r[NODE_ID_SIZE], struct err *);

#endif
