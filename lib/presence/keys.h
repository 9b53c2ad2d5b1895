/* SPDX-License-Identifier: MIT */
/*
 * keys.h -- The names in Redis by which nodes and their users are known.
 *
 *	nodes		 set: every node that ever announced itself
 *	node:ID:alive	 string, expires: the heartbeat of the node's hub
 *	node:ID:about	 string, expires: where it is, and its shared settings
 *	node:ID:online	 set: users with a socket on the node, and a 0, so that
 *			 it is there as long as its hub knows it
 *	node:ID:gone	 set: users who left it, and may be back in a moment
 *	node:ID:lost	 set, expires: users of a node that died: they look
 *			 offline
 *
 * Channels: node:ID is the node's own, "nodes" reaches all of them.
 */
#ifndef PARLEY_PRESENCE_KEYS_H
#define PARLEY_PRESENCE_KEYS_H

#include <stddef.h>

#define PRESENCE_NODES "nodes"
#define PRESENCE_MARK "0" /* no user */

enum { PRESENCE_KEY_SIZE = 64, PRESENCE_ALIVE_S = 10, PRESENCE_BEAT_MS = 3000 };

/* node:ID:what, or node:ID for what NULL. */
const char *
presence_key(char out_r[PRESENCE_KEY_SIZE], const char *node, const char *what);

#endif
