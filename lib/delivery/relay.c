/* SPDX-License-Identifier: MIT */
/*
 * relay.c -- From the outbox to the bus: one step of either kind.
 *
 * Rows commit out of the order of their ids, yet those of one key do not: its
 * lock is held until the commit.  So what must keep its order is read in it,
 * as long as rows beyond the last id are read before the gaps below it: a
 * row seen in the first read cannot have an older sister that the second
 * misses.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/app.h"
#include "data/bus.h"
#include "delivery/backoff.h"
#include "delivery/event.h"
#include "delivery/relay.h"
#include "delivery/store.h"
#include "delivery/window.h"

enum {
	WINDOW_MAX = 16384,  /* rows published and not handled */
	GAP_LIFE_MS = 30000, /* beyond any lock wait and statement */
	REPUBLISH_MAX_MS = 60000
};

struct relay {
	struct app   *app;
	struct bus   *bus;
	struct arena *arena; /* of one step */
	struct window window;
	struct gaps   gaps;
	uint64_t      high; /* the greatest id seen */
	unsigned      batch;
	int64_t	      republish_ms;
};

struct relay *
relay_new(struct app *app, struct bus *bus)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->app = app;
	r->bus = bus;
	r->arena = arena_new(0);
	r->batch = (unsigned)config_int(app->config, "relay.batch");
	r->republish_ms = config_int(app->config, "relay.republish_ms");
	window_init(&r->window, WINDOW_MAX);
	return r;
}

void
relay_free(struct relay **r)
{
	if (*r == NULL)
		return;
	window_free(&(*r)->window);
	arena_free(&(*r)->arena);
	free(*r);
	*r = NULL;
}

int
relay_is_crowded(const struct relay *r)
{
	return window_room(&r->window) < WINDOW_MAX / 2;
}

/* Publishes rows, ascending, and takes them into the window. */
static int
publish(
    struct relay *r, const struct delivery_event *rows, size_t n, struct err *e)
{
	struct bus_entry *entries = arena_alloc(r->arena, n * sizeof(*entries));
	int64_t		  now = clock_ms();

	for (size_t i = 0; i < n; i++) {
		entries[i].topic = BUS_EVENTS;
		entries[i].shard =
		    bus_shard(rows[i].event.key, bus_shards(r->bus));
		entries[i].data =
		    event_encode(r->arena, &rows[i], &entries[i].len);
	}
	if (n == 0)
		return 0;
	if (bus_publish(r->bus, r->arena, entries, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct window_slot *old = window_find(&r->window, rows[i].id);
		struct window_slot  slot = {.id = rows[i].id,
		     .created_ms = rows[i].created_ms,
		     .position = entries[i].position,
		     .shard = entries[i].shard,
		     .tries = old == NULL ? 0 : old->tries + 1};

		slot.due_ms = now + backoff_ms(slot.tries, r->republish_ms,
					REPUBLISH_MAX_MS);
		window_put(&r->window, &slot);
		metric_add(slot.tries == 0 ? METRIC_OUTBOX_PUBLISHED
					   : METRIC_OUTBOX_REPUBLISHED,
		    1);
	}
	return 0;
}

/* Two ascending lists into one. */
static struct delivery_event *
merge(struct relay *r, const struct delivery_event *a, size_t na,
    const struct delivery_event *b, size_t nb)
{
	struct delivery_event *out =
	    arena_alloc(r->arena, (na + nb) * sizeof(*out));
	size_t i = 0, j = 0;

	while (i < na || j < nb)
		if (j == nb || (i < na && a[i].id < b[j].id)) {
			out[i + j] = a[i];
			i++;
		} else {
			out[i + j] = b[j];
			j++;
		}
	return out;
}

/* The gaps that were filled since; none of them is in the window. */
static int
read_gaps(
    struct relay *r, struct delivery_event **rows_r, size_t *n_r, struct err *e)
{
	uint64_t ids[GAPS_MAX];

	*n_r = 0;
	if (r->gaps.n == 0)
		return 0;
	for (size_t i = 0; i < r->gaps.n; i++)
		ids[i] = r->gaps.gap[i].id;
	return store_outbox_get(
	    r->app->db, r->arena, ids, r->gaps.n, rows_r, n_r, e);
}

static void
note(struct relay *r, const struct delivery_event *fresh, size_t nfresh,
    const struct delivery_event *late, size_t nlate)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < nlate; i++)
		gaps_fill(&r->gaps, late[i].id);
	for (size_t i = 0; i < nfresh; i++) {
		if (r->high != 0)
			gaps_note(&r->gaps, r->high, fresh[i].id, now);
		r->high = fresh[i].id;
	}
	gaps_expire(&r->gaps, now - GAP_LIFE_MS);
}

/* One batch: the number of fresh rows, or -1. */
static int
wake_once(struct relay *r, unsigned limit, struct err *e)
{
	struct delivery_event *fresh, *late = NULL;
	size_t		       nfresh, nlate;

	if (store_outbox_after(r->app->db, r->arena, r->high, limit, &fresh,
		&nfresh, e) == -1 ||
	    read_gaps(r, &late, &nlate, e) == -1 ||
	    publish(r, merge(r, fresh, nfresh, late, nlate), nfresh + nlate,
		e) == -1)
		return -1;
	note(r, fresh, nfresh, late, nlate);
	return (int)nfresh;
}

int
relay_wake(struct relay *r, struct err *e)
{
	int n;

	do {
		size_t	 room = window_room(&r->window);
		unsigned limit = room < r->batch ? (unsigned)room : r->batch;

		if (limit == 0)
			return 0; /* full: deliver must come after first */
		n = wake_once(r, limit, e);
		arena_reset(r->arena);
		if (n < (int)limit)
			return n == -1 ? -1 : 0;
	} while (1);
}

/* Publishes the rows of these ids, as far as they exist, batch by batch. */
static int
publish_ids(struct relay *r, const uint64_t *ids, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i += r->batch) {
		size_t part = n - i < r->batch ? n - i : r->batch;
		struct delivery_event *rows;
		size_t		       got;

		if (store_outbox_get(r->app->db, r->arena, ids + i, part, &rows,
			&got, e) == -1 ||
		    publish(r, rows, got, e) == -1)
			return -1;
	}
	return 0;
}

/* Rows below the high mark that nobody knew: their transactions took long. */
static int
publish_missed(struct relay *r, const uint64_t *ids, size_t n, struct err *e)
{
	uint64_t *missed = arena_alloc(r->arena, n * sizeof(*missed));
	size_t	  nmissed = 0, room = window_room(&r->window);

	for (size_t i = 0; i < n && nmissed < room; i++)
		if (window_find(&r->window, ids[i]) == NULL)
			missed[nmissed++] = ids[i];
	return publish_ids(r, missed, nmissed, e);
}

/* Of what is overdue, what the bus has lost goes out once more. */
static int
publish_overdue(struct relay *r, struct err *e)
{
	struct window	 *w = &r->window;
	struct bus_entry *entries =
	    arena_alloc(r->arena, w->n * sizeof(*entries));
	uint64_t *ids = arena_alloc(r->arena, w->n * sizeof(*ids));
	size_t	  n = 0, lost = 0;
	int64_t	  now = clock_ms();

	for (size_t i = 0; i < w->n; i++)
		if (w->slot[i].due_ms <= now) {
			entries[n].topic = BUS_EVENTS;
			entries[n].shard = w->slot[i].shard;
			entries[n].position = w->slot[i].position;
			ids[n++] = w->slot[i].id;
		}
	if (bus_lost(r->bus, r->arena, entries, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (entries[i].is_lost)
			ids[lost++] = ids[i];
		else
			window_find(w, ids[i])->due_ms = now + r->republish_ms;
	if (lost > 0)
		log_warn("relay.republish", LOG_INT("rows", lost));
	return publish_ids(r, ids, lost, e);
}

int
relay_sweep(struct relay *r, struct err *e)
{
	unsigned  limit = WINDOW_MAX + r->batch;
	uint64_t *ids, upto;
	size_t	  n;
	int	  rc = -1;

	if (relay_wake(r, e) == -1)
		return -1;
	upto = r->high;
	if (store_outbox_ids(r->app->db, r->arena, upto, limit, &ids, &n, e) ==
	    -1)
		goto out;
	if (n == limit)
		upto = ids[n - 1];
	window_prune(&r->window, ids, n, upto);
	metric_set(METRIC_OUTBOX_LAG_SECONDS,
	    r->window.n == 0
		? 0
		: (clock_ms() - r->window.slot[0].created_ms) * 1000);
	if (publish_missed(r, ids, n, e) == -1 || publish_overdue(r, e) == -1)
		goto out;
	rc = 0;
out:
	arena_reset(r->arena);
	return rc;
}
