/* SPDX-License-Identifier: MIT */
/* daemon.h -- What relay, deliver and push have in common at their start. */
#ifndef PARLEY_DELIVERY_DAEMON_H
#define PARLEY_DELIVERY_DAEMON_H

#include <stdbool.h>

struct config;
struct err;

/*
 * program [-n] [INSTANCE]: with -n the settings are checked and nothing more.
 * True to go on, with *instance_r ($PARLEY_INSTANCE if it is not given); else
 * *status_r is what to exit with.
 */
bool daemon_options(int argc, char **argv, const char *program,
    const char **instance_r, int *status_r);

enum { NODE_ID_SIZE = 40 };

/*
 * This node's name: node.id, or one made at the first start and kept in
 * INSTANCE/node.id, so that a restart finds its own sockets' traces again.
 */
int node_id(const struct config *, char out_r[NODE_ID_SIZE], struct err *);

#endif
