/* SPDX-License-Identifier: MIT */
/*
 * relay_sweep.c -- What was published: is it handled?  And was any row missed?
 *
 * Rows below the high mark that nobody knew come of transactions that took
 * long; rows of the window that are overdue may be lost on the bus.  Each look
 * is bounded, and the next goes on where it ended.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/app.h"
#include "delivery/relay_private.h"
#include "delivery/store.h"

enum {
	ROOM = 1024,	 /* rows of the window looked at in one go */
	TAKE_UP_MS = 250 /* of a sweep, before leases are seen to */
};

/* -- what was handled ------------------------------------------------------ */

/* Forgets what was handled of some rows of the window: how many, or -1. */
static int
prune_some(struct relay *r, size_t at, struct err *e)
{
	struct window *w = &r->window;
	size_t	       n = w->n - at < ROOM ? w->n - at : ROOM, nthere;
	uint64_t      *ids = arena_alloc(r->arena, n * sizeof(*ids)), *there;

	for (size_t i = 0; i < n; i++)
		ids[i] = w->slot[at + i].id;
	if (store_outbox_there(
		r->app->db, r->arena, ids, n, &there, &nthere, e) == -1)
		return -1;
	return (int)window_prune(w, there, nthere, ids[0], ids[n - 1]);
}

/* The oldest are done first; where they wait, others may be. */
int
relay_make_room(struct relay *r, struct err *e)
{
	int n;

	if (r->window.n == 0)
		return 0;
	n = prune_some(r, 0, e);
	if (n == 0) {
		r->look += ROOM;
		if (r->look >= r->window.n)
			r->look = 0;
		n = prune_some(r, r->look, e);
	}
	arena_reset(r->arena);
	return n == -1 ? -1 : 0;
}

/* The same of all, when the rows that exist are too many to be told. */
static int
prune_all(struct relay *r, struct err *e)
{
	for (size_t at = 0; at < r->window.n;) {
		int n = prune_some(r, at, e);

		if (n == -1)
			return -1;
		at += ROOM - (size_t)n;
	}
	return 0;
}

/* -- what was missed ------------------------------------------------------- */

/* All that was before is published: from here on rows go out as they come. */
static void
adopt(struct relay *r)
{
	for (unsigned s = 0; s < bus_shards(r->bus); s++)
		r->ours[s] |= r->coming[s];
	memset(r->coming, 0, sizeof(r->coming));
}

/* What was admitted counts as promised until it is out, or is not. */
static int
publish_some(struct relay *r, const uint64_t *ids, size_t *n, struct err *e)
{
	int rc = relay_publish_ids(r, ids, *n, e);

	window_settle(&r->window);
	*n = 0;
	return rc;
}

/*
 * Rows below the high mark that nobody knew: their transactions took long.
 * *done_r: how many were looked at before there was no more room.
 */
static int
publish_missed(struct relay *r, const uint64_t *ids, const uint64_t *keys,
    size_t n, size_t *done_r, struct err *e)
{
	uint64_t *missed = arena_alloc(r->arena, r->batch * sizeof(*missed));
	size_t	  nmissed = 0, i;

	for (i = 0; i < n && window_room(&r->window) > 0; i++) {
		int admitted;

		if (!relay_works_on(r, relay_shard(r, keys[i])) ||
		    window_find(&r->window, ids[i]) != NULL)
			continue;
		admitted = relay_admit(r, ids[i], keys[i]);
		if (admitted == -1)
			break;
		if (admitted == 1)
			missed[nmissed++] = ids[i];
		if (nmissed == r->batch &&
		    publish_some(r, missed, &nmissed, e) == -1)
			return -1;
	}
	*done_r = i;
	return publish_some(r, missed, &nmissed, e);
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
	int64_t	  now = clock_boot_ms();

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
	return relay_publish_ids(r, ids, lost, e);
}

/*
 * A look at what there is below the high mark, on from where the last one
 * ended: 1 if that was all of it, 0, or -1.
 */
static int
sweep_part(struct relay *r, struct err *e)
{
	const unsigned limit = RELAY_WINDOW + r->batch;
	uint64_t      *ids, *keys, upto = r->high;
	size_t	       n, done;

	if (store_outbox_ids(r->app->db, r->arena, r->swept, upto, limit, &ids,
		&keys, &n, e) == -1)
		return -1;
	if (n == limit)
		upto = ids[n - 1];
	window_prune(&r->window, ids, n, r->swept + 1, upto);
	if (publish_missed(r, ids, keys, n, &done, e) == -1)
		return -1;
	if (done == n)
		r->swept = n < limit ? 0 : upto;
	else if (done > 0)
		r->swept = ids[done - 1];
	return done == n && n < limit;
}

static bool
is_taking_up(const struct relay *r)
{
	return memchr(r->coming, true, sizeof(r->coming)) != NULL &&
	       window_room(&r->window) > 0;
}

/* Once around, or a part of it: who takes shards up makes haste. */
static int
sweep(struct relay *r, struct err *e)
{
	int64_t end_ms = clock_boot_ms() + TAKE_UP_MS;
	bool	is_from_start = r->swept == 0;
	int	is_over;

	do {
		is_over = sweep_part(r, e);
		if (is_over == -1)
			return -1;
		if (is_over == 1)
			adopt(r);
		else
			is_from_start = false;
		arena_reset(r->arena);
	} while (!is_over && is_taking_up(r) && clock_boot_ms() < end_ms);
	return is_from_start ? 0 : prune_all(r, e);
}

int
relay_sweep(struct relay *r, struct err *e)
{
	int rc = -1;

	if (relay_wake(r, e) == -1)
		return -1;
	if (sweep(r, e) == -1)
		goto out;
	metric_set(METRIC_OUTBOX_LAG_SECONDS,
	    r->window.n == 0
		? 0
		: (clock_ms() - r->window.slot[0].created_ms) * 1000);
	if (publish_overdue(r, e) == -1 || relay_follow(r, e) == -1)
		goto out;
	rc = 0;
out:
	arena_reset(r->arena);
	return rc;
}
