/* SPDX-License-Identifier: MIT */
/*
 * relay.c -- From the outbox to the bus: one step of either kind.
 *
 * Rows commit out of the order of their ids, yet those of one key do not: its
 * lock is held until the commit.  So what must keep its order is read in it,
 * as long as rows beyond the last id and the gaps below it are read as of one
 * moment: who sees a row then sees its older sisters, too.
 */
#include <stdlib.h>
#include <string.h>

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
#include "delivery/lease.h"
#include "delivery/relay.h"
#include "delivery/store.h"
#include "delivery/window.h"

enum {
	WINDOW_MAX = 16384,  /* rows published and not handled */
	ROOM = 1024,	     /* of them looked at between two sweeps */
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
	struct lease *lease;		      /* NULL: all shards are ours */
	uint32_t      fence[BUS_SHARDS_MAX];  /* under which it is ours */
	bool	      ours[BUS_SHARDS_MAX];   /* published as rows come */
	bool	      coming[BUS_SHARDS_MAX]; /* ours once all before is out */
	bool	      saw_foreign;
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
	memset(r->ours, true, sizeof(r->ours));
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

/* -- whose rows ------------------------------------------------------------ */

static unsigned
shard_of(const struct relay *r, uint64_t key)
{
	return bus_shard(key, bus_shards(r->bus));
}

/* Our rows only: another's owner finds his own. */
static struct delivery_event *
only_ours(struct relay *r, const struct delivery_event *rows, size_t *n)
{
	struct delivery_event *ours = arena_alloc(r->arena, *n * sizeof(*ours));
	size_t		       kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (r->ours[shard_of(r, rows[i].event.key)])
			ours[kept++] = rows[i];
	r->saw_foreign |= kept < *n;
	*n = kept;
	return ours;
}

/* Before each step that others see. */
static int
may_act(const struct relay *r, struct err *e)
{
	if (lease_is_valid(r->lease))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "unavailable",
	    "lease: it was not renewed in time");
}

/* -- publishing ------------------------------------------------------------ */

/* Publishes rows, ascending, and takes them into the window. */
static int
publish(
    struct relay *r, const struct delivery_event *rows, size_t n, struct err *e)
{
	struct bus_entry *entries = arena_alloc(r->arena, n * sizeof(*entries));
	int64_t		  now = clock_ms();

	for (size_t i = 0; i < n; i++) {
		entries[i].topic = BUS_EVENTS;
		entries[i].shard = shard_of(r, rows[i].event.key);
		entries[i].key = rows[i].event.key;
		entries[i].fence = lease_fence(r->lease, entries[i].shard);
		entries[i].data =
		    event_encode(r->arena, &rows[i], &entries[i].len);
	}
	if (n == 0)
		return 0;
	if (may_act(r, e) == -1 ||
	    bus_publish(r->bus, r->arena, entries, n, e) == -1)
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

static void
note(struct relay *r, const struct delivery_event *rows, size_t n)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < n; i++) {
		if (rows[i].id <= r->high) {
			gaps_fill(&r->gaps, rows[i].id);
			continue;
		}
		if (r->high != 0)
			gaps_note(&r->gaps, r->high, rows[i].id, now);
		r->high = rows[i].id;
	}
	gaps_expire(&r->gaps, now - GAP_LIFE_MS);
}

/* One batch, of what is new and of gaps that were filled: how many, or -1. */
static int
wake_once(struct relay *r, unsigned limit, struct err *e)
{
	struct delivery_event *rows, *ours;
	uint64_t	       gaps[GAPS_MAX];
	size_t		       n, nours;

	for (size_t i = 0; i < r->gaps.n; i++)
		gaps[i] = r->gaps.gap[i].id;
	if (store_outbox_after(r->app->db, r->arena, r->high, gaps, r->gaps.n,
		limit, &rows, &n, e) == -1)
		return -1;
	nours = n;
	ours = only_ours(r, rows, &nours);
	if (publish(r, ours, nours, e) == -1)
		return -1;
	note(r, rows, n);
	return (int)n;
}

int
relay_wake(struct relay *r, struct err *e)
{
	int n, sum = 0;

	do {
		size_t	 room = window_room(&r->window);
		unsigned limit = room < r->batch ? (unsigned)room : r->batch;

		if (limit == 0)
			return sum; /* full: deliver must come after first */
		n = wake_once(r, limit, e);
		arena_reset(r->arena);
		if (n == -1)
			return -1;
		sum += n;
		if (n < (int)limit)
			return sum;
	} while (1);
}

int
relay_make_room(struct relay *r, struct err *e)
{
	const struct window *w = &r->window;
	uint64_t	    *ids, *keys, upto;
	size_t		     n, oldest = w->n < ROOM ? w->n : ROOM;
	int		     rc;

	if (oldest == 0)
		return 0;
	upto = w->slot[oldest - 1].id;
	rc = store_outbox_ids(r->app->db, r->arena, w->slot[0].id, upto,
	    (unsigned)oldest, &ids, &keys, &n, e);
	if (rc == 0)
		window_prune(&r->window, ids, n, upto);
	arena_reset(r->arena);
	return rc;
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

/* All that was before is published: from here on rows go out as they come. */
static void
adopt(struct relay *r)
{
	for (unsigned s = 0; s < bus_shards(r->bus); s++)
		r->ours[s] |= r->coming[s];
	memset(r->coming, 0, sizeof(r->coming));
}

/* Rows below the high mark that nobody knew: their transactions took long. */
static int
publish_missed(struct relay *r, const uint64_t *ids, const uint64_t *keys,
    size_t n, bool is_all, struct err *e)
{
	uint64_t *missed = arena_alloc(r->arena, n * sizeof(*missed));
	size_t	  nmissed = 0, i, room = window_room(&r->window);

	for (i = 0; i < n && nmissed < room; i++) {
		unsigned shard = shard_of(r, keys[i]);

		if ((r->ours[shard] || r->coming[shard]) &&
		    window_find(&r->window, ids[i]) == NULL)
			missed[nmissed++] = ids[i];
	}
	if (publish_ids(r, missed, nmissed, e) == -1)
		return -1;
	if (is_all && i == n)
		adopt(r);
	return 0;
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
	uint64_t *ids, *keys, upto;
	size_t	  n;
	int	  rc = -1;

	if (relay_wake(r, e) == -1)
		return -1;
	upto = r->high;
	if (store_outbox_ids(
		r->app->db, r->arena, 0, upto, limit, &ids, &keys, &n, e) == -1)
		goto out;
	if (n == limit)
		upto = ids[n - 1];
	window_prune(&r->window, ids, n, upto);
	metric_set(METRIC_OUTBOX_LAG_SECONDS,
	    r->window.n == 0
		? 0
		: (clock_ms() - r->window.slot[0].created_ms) * 1000);
	if (publish_missed(r, ids, keys, n, n < limit, e) == -1 ||
	    publish_overdue(r, e) == -1)
		goto out;
	rc = 0;
out:
	arena_reset(r->arena);
	return rc;
}

/* -- leases ---------------------------------------------------------------- */

void
relay_lease(struct relay *r, struct lease *lease)
{
	r->lease = lease;
	memset(r->ours, 0, sizeof(r->ours));
}

int
relay_saw_foreign(struct relay *r)
{
	bool saw = r->saw_foreign;

	r->saw_foreign = false;
	return saw;
}

/* What the table says now: true if a shard has come. */
static bool
share_out(struct relay *r)
{
	bool has_come = false;

	for (unsigned s = 0; s < bus_shards(r->bus); s++) {
		bool	 is_held = lease_holds(r->lease, s);
		uint32_t fence = lease_fence(r->lease, s);

		/* Another may have had it in between. */
		r->ours[s] &= is_held && fence == r->fence[s];
		r->fence[s] = fence;
		r->coming[s] = is_held && !r->ours[s];
		has_come |= r->coming[s];
	}
	window_keep(&r->window, r->ours);
	return has_come;
}

int
relay_leases(struct relay *r, int64_t *next_ms_r, struct err *e)
{
	int rc = lease_step(r->lease, e);

	*next_ms_r = lease_due_ms(r->lease);
	return share_out(r) && rc == 0 ? relay_sweep(r, e) : rc;
}
