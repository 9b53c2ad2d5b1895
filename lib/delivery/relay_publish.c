/* SPDX-License-Identifier: MIT */
/*
 * relay_publish.c -- Rows go out, and a key's no faster than its share.
 *
 * The window is all keys', so none may fill it: who has as many rows in it as
 * there is room left waits with his others until some are handled.  Of one
 * such key that leaves half of the window, of two a third, and so on.  Only
 * the first id of what waits is kept; the rows stay where they are, and are
 * read from there in their order.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/app.h"
#include "delivery/backoff.h"
#include "delivery/dead_letter.h"
#include "delivery/lease.h"
#include "delivery/relay_private.h"
#include "delivery/store.h"

enum { REPUBLISH_MAX_MS = 60000 };

unsigned
relay_shard(const struct relay *r, uint64_t key)
{
	return bus_shard(key, bus_shards(r->bus));
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

/* -- what is no event ------------------------------------------------------ */

/*
 * Nobody could deliver it, and none behind it is to wait.  Where there are too
 * many dead letters it stays, and every sweep comes by.
 */
static int
bury(struct relay *r, const struct delivery_event *row, struct err *e)
{
	int64_t		   now = clock_ms();
	struct dead_letter letter = {.event = {.id = row->id},
	    .cause = "malformed",
	    .detail = row->broken,
	    .attempts = 1,
	    .first_ms = now,
	    .last_ms = now};
	size_t		   n;

	if (dead_letters_count(r->app, r->arena, &n, e) == -1)
		return -1;
	if (n >= DEAD_LETTERS_MAX)
		return 0;
	if (dead_letter_add(r->app->db, &letter, e) == -1) {
		if (e->kind == ERR_UNAVAILABLE)
			return -1;
		log_err("relay.dead_letter", e);
		err_clear(e);
		return 0;
	}
	log_error("relay.dead", LOG_INT("event", (int64_t)row->id),
	    LOG_INT("key", (int64_t)row->event.key),
	    LOG_STR("detail", row->broken));
	return 0;
}

/* Buries what is broken: the others. */
static int
sound(struct relay *r, const struct delivery_event *rows, size_t n,
    const struct delivery_event ***sound_r, size_t *n_r, struct err *e)
{
	*sound_r = arena_alloc(r->arena, n * sizeof(**sound_r));
	*n_r = 0;
	for (size_t i = 0; i < n; i++)
		if (rows[i].broken == NULL)
			(*sound_r)[(*n_r)++] = &rows[i];
		else if (may_act(r, e) == -1 || bury(r, &rows[i], e) == -1)
			return -1;
	return 0;
}

/* -- publishing ------------------------------------------------------------ */

static void
remember(struct relay *r, const struct delivery_event *row,
    const struct bus_entry *entry, int64_t now)
{
	struct window_slot *old = window_find(&r->window, row->id);
	struct window_slot  slot = {.id = row->id,
	     .key = row->event.key,
	     .created_ms = row->created_ms,
	     .position = entry->position,
	     .shard = entry->shard,
	     .tries = old == NULL ? 0 : old->tries + 1};

	slot.due_ms =
	    now + backoff_ms(slot.tries, r->republish_ms, REPUBLISH_MAX_MS);
	window_put(&r->window, &slot);
	metric_add(slot.tries == 0 ? METRIC_OUTBOX_PUBLISHED
				   : METRIC_OUTBOX_REPUBLISHED,
	    1);
}

int
relay_publish(struct relay *r, const struct delivery_event *all, size_t nall,
    struct err *e)
{
	const struct delivery_event **rows;
	struct bus_entry	     *entries;
	int64_t			      now = clock_ms();
	size_t			      n;

	if (sound(r, all, nall, &rows, &n, e) == -1)
		return -1;
	if (n == 0)
		return 0;
	entries = arena_alloc(r->arena, n * sizeof(*entries));
	for (size_t i = 0; i < n; i++) {
		entries[i].topic = BUS_EVENTS;
		entries[i].shard = relay_shard(r, rows[i]->event.key);
		entries[i].key = rows[i]->event.key;
		entries[i].fence = lease_fence(r->lease, entries[i].shard);
		entries[i].data =
		    event_encode(r->arena, rows[i], &entries[i].len);
	}
	if (may_act(r, e) == -1 ||
	    bus_publish(r->bus, r->arena, entries, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		remember(r, rows[i], &entries[i], now);
	return 0;
}

int
relay_publish_ids(struct relay *r, const uint64_t *ids, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i += r->batch) {
		size_t part = n - i < r->batch ? n - i : r->batch;
		struct delivery_event *rows;
		size_t		       got;

		if (store_outbox_get(r->app->db, r->arena, ids + i, part, &rows,
			&got, e) == -1 ||
		    relay_publish(r, rows, got, e) == -1)
			return -1;
	}
	return 0;
}

/* -- a key's share --------------------------------------------------------- */

int
relay_admit(struct relay *r, uint64_t id, uint64_t key)
{
	bool is_new;

	if (held_find(&r->held, key) == NULL &&
	    window_of(&r->window, key) < window_share(&r->window))
		return 1;
	if (!held_back(&r->held, key, id, &is_new))
		return -1;
	if (is_new)
		log_warn("relay.held", LOG_INT("key", (int64_t)key));
	return 0;
}

/* How many of a key's rows may follow at once: none for a few. */
static size_t
allowance(const struct relay *r, uint64_t key)
{
	size_t share = window_share(&r->window);
	size_t has = window_of(&r->window, key);
	size_t room = window_room(&r->window);

	if (has > share / 2)
		return 0;
	return share - has < room ? share - has : room;
}

/* One batch: 1 if more may follow, 0, or -1. */
static int
follow_once(struct relay *r, struct held_key *h, struct err *e)
{
	size_t	 n, most = allowance(r, h->key);
	unsigned limit = most < r->batch ? (unsigned)most : r->batch;
	struct delivery_event *rows;

	if (limit == 0)
		return 0;
	if (store_outbox_of(r->app->db, r->arena, h->key, h->from, r->high,
		limit, &rows, &n, e) == -1 ||
	    relay_publish(r, rows, n, e) == -1)
		return -1;
	if (n == limit) {
		h->from = rows[n - 1].id + 1;
		return 1;
	}
	log_info("relay.follows", LOG_INT("key", (int64_t)h->key));
	held_drop(&r->held, h);
	return 0;
}

int
relay_follow(struct relay *r, struct err *e)
{
	for (size_t i = r->held.n; i-- > 0;) {
		int rc;

		while ((rc = follow_once(r, &r->held.key[i], e)) == 1)
			arena_reset(r->arena);
		if (rc == -1)
			return -1;
	}
	return 0;
}
