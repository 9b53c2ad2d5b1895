/* SPDX-License-Identifier: MIT */
/*
 * deliver_asked.c -- Replays that sockets have asked for, one after another.
 *
 * After a restart thousands ask at once, and a piece of a replay takes long
 * beside all else: so they stand in a line, of which a step does what it has
 * time for.  Whoever connects is welcomed before that, and what is said live
 * does not wait.  A socket that asks again keeps its place; the newest of its
 * questions counts, for the hub lets an answer to an older one go.
 *
 * An entry stays undone on the bus until its turn has been.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "delivery/deliver_private.h"

enum {
	ASKED_MAX = 65536,
	AT_ONCE_US = 50000 /* for who waits for something live */
};

struct asked {
	uint64_t	 key;
	struct bus_entry entry;	 /* its text is here */
	bool		 is_new; /* the socket: contacts' presence is due */
	TAILQ_ENTRY(asked) next;
	char text[];
};

void
deliver_asked_init(struct deliver *d)
{
	TAILQ_INIT(&d->asking);
	d->askers = map_new();
}

static void
forget(struct deliver *d, struct asked *q)
{
	TAILQ_REMOVE(&d->asking, q, next);
	if (map_get(d->askers, q->key) == q)
		map_remove(d->askers, q->key);
	free(q);
}

void
deliver_asked_drop(struct deliver *d)
{
	struct asked *q, *next;

	for (q = TAILQ_FIRST(&d->asking); q != NULL; q = next) {
		next = TAILQ_NEXT(q, next);
		forget(d, q);
	}
}

void
deliver_asked_free(struct deliver *d)
{
	deliver_asked_drop(d);
	map_free(&d->askers);
}

bool
deliver_is_asked(const struct deliver *d)
{
	return !TAILQ_EMPTY(&d->asking);
}

/*
 * Hubs number their sockets alike: the node's name tells them apart, by FNV-1a
 * and the number spread by the golden ratio.
 */
static uint64_t
key_of(const struct up *up)
{
	uint64_t key = UINT64_C(14695981039346656037);

	for (const char *at = up->node; *at != '\0'; at++)
		key = (key ^ (unsigned char)*at) * UINT64_C(1099511628211);
	return key ^ (up->socket * UINT64_C(0x9e3779b97f4a7c15));
}

static struct asked *
asked_new(const struct up *up, const struct bus_entry *entry)
{
	struct asked *q = malloc(sizeof(*q) + entry->len + 1);

	if (q == NULL)
		abort();
	q->key = key_of(up);
	q->entry = *entry;
	q->entry.data = q->text;
	q->is_new = up->kind == UP_CONNECT;
	memcpy(q->text, entry->data, entry->len);
	q->text[entry->len] = '\0';
	return q;
}

int
deliver_ask(struct deliver *d, const struct up *up,
    const struct bus_entry *entry, struct err *e)
{
	struct asked *q, *old;

	if (map_size(d->askers) >= ASKED_MAX) {
		int rc = deliver_catch_up(d, up, up->kind == UP_CONNECT, e);

		deliver_done(d, entry);
		return rc;
	}
	q = asked_new(up, entry);
	old = map_put(d->askers, q->key, q);
	if (old == NULL) {
		TAILQ_INSERT_TAIL(&d->asking, q, next);
		return 0;
	}
	q->is_new |= old->is_new;
	TAILQ_INSERT_BEFORE(old, q, next);
	deliver_done(d, &old->entry);
	forget(d, old);
	return 0;
}

static int
answer(struct deliver *d, const struct asked *q, struct err *e)
{
	struct up up;

	if (up_decode(d->arena, q->text, &up) == -1)
		return 0;
	deliver_speak_for(d, BUS_UP, q->entry.shard);
	if (deliver_catch_up(d, &up, q->is_new, e) == 0)
		return 0;
	if (e->kind == ERR_UNAVAILABLE)
		return -1;
	log_err("deliver.replay", e);
	err_clear(e); /* the hub asks again */
	return 0;
}

int
deliver_answer(struct deliver *d, struct err *e)
{
	int64_t	      end_us = clock_mono_us() + AT_ONCE_US;
	bool	      is_over = false;
	struct asked *q, *next;

	if (!deliver_is_asked(d) || deliver_nodes_awaited_ms(d) > 0)
		return 0;
	for (q = TAILQ_FIRST(&d->asking); q != NULL && !is_over; q = next) {
		next = TAILQ_NEXT(q, next);
		if (answer(d, q, e) == -1)
			return -1;
		deliver_done(d, &q->entry);
		forget(d, q);
		is_over = clock_mono_us() >= end_us;
	}
	return deliver_flush(d, e);
}
