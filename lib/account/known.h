/* SPDX-License-Identifier: MIT */
/*
 * known.h -- The users looked up within this request or step.
 *
 * A page names the same few people in its list, its head and its messages;
 * they are asked for once.  Lives in the arena and is gone with it.
 */
#ifndef PARLEY_ACCOUNT_KNOWN_H
#define PARLEY_ACCOUNT_KNOWN_H

#include <stdint.h>

#include "account/account.h"

struct arena;

/* The user of this id (itself with id 0: there is none), or NULL: ask. */
const struct user *known_find(struct arena *, uint64_t id);
void		   known_add(struct arena *, uint64_t id, const struct user *);

/* After a change: what was known is no more true. */
void known_forget(struct arena *);

#endif
