/* SPDX-License-Identifier: MIT */
/*
 * deliver_lane.c -- Keys that wait, with what waits in them.
 *
 * A conversation waits when its next event failed by itself, or when it comes
 * faster than it may.  Its events are kept here, in order, while others flow;
 * to the bus they are undone, so what dies with us is handed out again.  What
 * is kept is bounded: beyond that a lane spills, which leaves its further
 * events on the bus, and when it has run dry the bus is begun anew.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/metrics.h"
#include "delivery/deliver_private.h"

enum {
	LANES_MAX = 65536,
	HELD_BYTES_MAX = 16 << 20,
	LINGER_MS = 60000, /* a key that failed and is not heard of again */
	REWIND_MS = 1000   /* the bus is not begun anew more often */
};

void
deliver_lanes_init(struct deliver *d)
{
	d->lanes = map_new();
	d->buckets = map_new();
	TAILQ_INIT(&d->waiting);
}

struct lane *
deliver_lane(const struct deliver *d, uint64_t key)
{
	return map_size(d->lanes) == 0 ? NULL : map_get(d->lanes, key);
}

/* -- what waits ------------------------------------------------------------ */

static struct held_event *
held_new(struct deliver *d, uint64_t id, const struct bus_entry *entry)
{
	struct held_event *h = malloc(sizeof(*h) + entry->len + 1);

	if (h == NULL)
		abort();
	h->id = id;
	h->entry = *entry;
	memcpy(h->data, entry->data, entry->len);
	h->data[entry->len] = '\0';
	h->entry.data = h->data;
	d->held_bytes += sizeof(*h) + entry->len;
	return h;
}

static void
remove_first(struct deliver *d, struct lane *l)
{
	struct held_event *h = STAILQ_FIRST(&l->held);

	STAILQ_REMOVE_HEAD(&l->held, behind);
	d->held_bytes -= sizeof(*h) + h->entry.len;
	free(h);
}

bool
deliver_lane_next(struct deliver *d, struct lane *l, struct bus_entry *entry_r)
{
	const struct held_event *h = STAILQ_FIRST(&l->held);

	if (h == NULL)
		return false;
	*entry_r = h->entry;
	entry_r->data = arena_memdup(d->arena, h->data, h->entry.len + 1);
	remove_first(d, l);
	return true;
}

/* -- lanes ----------------------------------------------------------------- */

static struct lane *
lane_new(struct deliver *d, uint64_t key)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->key = key;
	STAILQ_INIT(&l->held);
	map_put(d->lanes, key, l);
	TAILQ_INSERT_TAIL(&d->waiting, l, next);
	return l;
}

static void
lane_free(struct deliver *d, struct lane *l)
{
	while (!STAILQ_EMPTY(&l->held))
		remove_first(d, l);
	TAILQ_REMOVE(&d->waiting, l, next);
	map_remove(d->lanes, l->key);
	free(l);
}

void
deliver_lanes_free(struct deliver *d)
{
	struct lane *l, *next;

	for (l = TAILQ_FIRST(&d->waiting); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		lane_free(d, l);
	}
	map_free(&d->lanes);
}

static bool
is_waiting(const struct lane *l)
{
	return l->is_spilled || !STAILQ_EMPTY(&l->held) ||
	       l->due_ms > clock_boot_ms();
}

static void
wake_at(struct deliver *d, int64_t due_ms)
{
	if (d->lanes_due_ms == 0 || due_ms < d->lanes_due_ms)
		d->lanes_due_ms = due_ms;
}

bool
deliver_lane_joins(struct deliver *d, const struct delivery_event *event,
    const struct bus_entry *entry)
{
	struct lane	  *l = deliver_lane(d, event->event.key);
	struct held_event *h;

	if (l == NULL || !is_waiting(l))
		return false;
	if (!STAILQ_EMPTY(&l->held) && event->id <= l->last) {
		deliver_done(d, entry);
		return true;
	}
	if (d->held_bytes + entry->len > HELD_BYTES_MAX)
		l->is_spilled = true;
	if (l->is_spilled)
		return true;
	h = held_new(d, event->id, entry);
	STAILQ_INSERT_TAIL(&l->held, h, behind);
	l->last = event->id;
	wake_at(d, l->due_ms);
	return true;
}

int
deliver_lane_wait(struct deliver *d, const struct delivery_event *event,
    const struct bus_entry *entry, int64_t due_ms, struct lane **lane_r,
    struct err *e)
{
	struct lane	  *l = deliver_lane(d, event->event.key);
	struct held_event *h;

	if (l == NULL && map_size(d->lanes) >= LANES_MAX)
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "%d conversations wait", LANES_MAX);
	if (l == NULL)
		l = lane_new(d, event->event.key);
	h = held_new(d, event->id, entry);
	if (STAILQ_EMPTY(&l->held))
		l->last = event->id;
	STAILQ_INSERT_HEAD(&l->held, h, behind);
	l->due_ms = due_ms;
	wake_at(d, due_ms);
	*lane_r = l;
	return 0;
}

void
deliver_lanes_settle(struct deliver *d)
{
	int64_t	     now = clock_boot_ms();
	struct lane *l, *next;
	size_t	     parked = 0;

	d->is_dry = false;
	d->lanes_due_ms = 0;
	for (l = TAILQ_FIRST(&d->waiting); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		parked += l->attempts > 0;
		if (!STAILQ_EMPTY(&l->held))
			wake_at(d, l->due_ms);
		else if (l->is_spilled)
			d->is_dry = true;
		else if (l->attempts == 0 || now - l->due_ms > LINGER_MS)
			lane_free(d, l);
		else
			wake_at(d, l->due_ms + LINGER_MS + 1);
	}
	metric_set(METRIC_DELIVER_PARKED, (int64_t)parked);
	if (d->is_dry && now - d->rewound_ms < REWIND_MS) {
		wake_at(d, d->rewound_ms + REWIND_MS);
		d->is_dry = false;
	}
	if (d->is_dry)
		d->rewound_ms = now;
}

void
deliver_lanes_drop(struct deliver *d)
{
	struct lane *l;

	TAILQ_FOREACH(l, &d->waiting, next)
	{
		while (!STAILQ_EMPTY(&l->held))
			remove_first(d, l);
		l->is_spilled = false;
	}
	d->is_dry = false;
}
