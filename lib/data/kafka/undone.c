/* SPDX-License-Identifier: MIT */
/*
 * undone.c -- Offsets handed out and not done: what may be committed.
 *
 * Kafka remembers one number a partition: everything below it is done.  Yet
 * entries of a key that waits are passed by others.  So all that was handed
 * out since the oldest that is not done is kept here, in a ring.
 */
#include <stdlib.h>
#include <string.h>

#include "data/kafka/kafka.h"

static struct undone_offset *
slot(const struct undone *u, size_t i)
{
	return &u->at[(u->first + i) % u->cap];
}

void
undone_free(struct undone *u)
{
	free(u->at);
	memset(u, 0, sizeof(*u));
}

void
undone_reset(struct undone *u, int64_t offset)
{
	u->first = u->n = 0;
	u->next = offset;
}

static void
grow(struct undone *u)
{
	size_t		      cap = u->cap == 0 ? 64 : 2 * u->cap;
	struct undone_offset *at = calloc(cap, sizeof(*at));

	if (at == NULL)
		abort();
	for (size_t i = 0; i < u->n; i++)
		at[i] = *slot(u, i);
	free(u->at);
	u->at = at;
	u->first = 0;
	u->cap = cap;
}

/* The place of an offset, or n. */
static size_t
find(const struct undone *u, int64_t offset)
{
	size_t low = 0, high = u->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (slot(u, mid)->offset < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low < u->n && slot(u, low)->offset == offset ? low : u->n;
}

enum undone_kind
undone_read(struct undone *u, int64_t offset)
{
	size_t i;

	if (u->next >= 0 && offset < u->next) {
		i = find(u, offset);
		return i == u->n || slot(u, i)->is_done ? UNDONE_DONE
							: UNDONE_AGAIN;
	}
	if (u->n == u->cap)
		grow(u);
	*slot(u, u->n++) = (struct undone_offset){offset, false};
	u->next = offset + 1;
	return UNDONE_NEW;
}

bool
undone_done(struct undone *u, int64_t offset)
{
	size_t i = find(u, offset);
	bool   moved = false;

	if (i == u->n)
		return false;
	slot(u, i)->is_done = true;
	while (u->n > 0 && slot(u, 0)->is_done) {
		u->first = (u->first + 1) % u->cap;
		u->n--;
		moved = true;
	}
	return moved;
}

int64_t
undone_oldest(const struct undone *u)
{
	return u->n == 0 ? u->next : slot(u, 0)->offset;
}

bool
undone_is_full(const struct undone *u)
{
	return u->n >= UNDONE_MAX;
}
