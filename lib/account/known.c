/* SPDX-License-Identifier: MIT */
/*
 * known.c -- The users looked up within this request or step.
 *
 * A list: a request meets at most a page of people, most of them one or two.
 */
#include "account/known.h"

#include "base/arena.h"

struct known {
	struct known *next;
	uint64_t      id; /* that was asked for */
	struct user   user;
};

static const char slot_key = 0;

const struct user *
known_find(struct arena *a, uint64_t id)
{
	const struct known *k = *arena_slot(a, &slot_key);

	while (k != NULL && k->id != id)
		k = k->next;
	return k != NULL ? &k->user : NULL;
}

void
known_add(struct arena *a, uint64_t id, const struct user *user)
{
	void	    **slot = arena_slot(a, &slot_key);
	struct known *k = arena_alloc(a, sizeof(*k));

	k->id = id;
	k->user = *user;
	k->next = *slot;
	*slot = k;
}

void
known_forget(struct arena *a)
{
	*arena_slot(a, &slot_key) = NULL;
}
