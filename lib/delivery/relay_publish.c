/* SPDX-License-Identifier: MIT */
/*
 * relay_publish.c -- Rows go out, or, if nobody could take them, end.
 *
 * What is no event, what no socket may be given and what the bus will never
 * carry becomes a dead letter with its cause, and nothing behind it waits.
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
#include "delivery/wire.h"

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
bury(struct relay *r, const struct delivery_event *row, const char *cause,
    const char *detail, struct err *e)
{
	int64_t		   now = clock_ms();
	struct dead_letter letter = {.event = {.id = row->id},
	    .cause = cause,
	    .detail = detail,
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
	    LOG_INT("key", (int64_t)row->event.key), LOG_STR("cause", cause),
	    LOG_STR("detail", detail));
	return 0;
}

/* Why nobody could be given this; NULL: somebody could. */
static const char *
fault_of(struct relay *r, const struct delivery_event *row, const char **why_r)
{
	*why_r = row->broken;
	if (row->broken != NULL)
		return "malformed";
	if (row->event.frame_len <= WIRE_FRAME_MAX)
		return NULL;
	*why_r = arena_printf(
	    r->arena, "a frame of %zu bytes", row->event.frame_len);
	return "too_large";
}

/* Buries what nobody could be given: the others. */
static int
sound(struct relay *r, const struct delivery_event *rows, size_t n,
    const struct delivery_event ***sound_r, size_t *n_r, struct err *e)
{
	*sound_r = arena_alloc(r->arena, n * sizeof(**sound_r));
	*n_r = 0;
	for (size_t i = 0; i < n; i++) {
		const char *why, *cause = fault_of(r, &rows[i], &why);

		if (cause == NULL)
			(*sound_r)[(*n_r)++] = &rows[i];
		else if (may_act(r, e) == -1 ||
			 bury(r, &rows[i], cause, why, e) == -1)
			return -1;
	}
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

/*
 * All of them, or, if there is one among them that the bus will never take,
 * first the one half and then the other, until it stands alone and is buried.
 */
static int
publish(struct relay *r, const struct delivery_event *const *rows,
    struct bus_entry *entries, size_t n, struct err *e)
{
	int64_t	   now = clock_boot_ms();
	struct err cause;
	size_t	   half = n / 2;

	if (may_act(r, e) == -1)
		return -1;
	if (bus_publish(r->bus, r->arena, entries, n, e) == 0) {
		for (size_t i = 0; i < n; i++)
			remember(r, rows[i], &entries[i], now);
		return 0;
	}
	if (e->kind != ERR_TOO_LARGE && e->kind != ERR_MALFORMED)
		return -1;
	cause = *e;
	err_clear(e);
	if (n == 1)
		return bury(r, rows[0], cause.code, cause.detail, e);
	if (publish(r, rows, entries, half, e) == -1)
		return -1;
	return publish(r, rows + half, entries + half, n - half, e);
}

int
relay_publish(struct relay *r, const struct delivery_event *all, size_t nall,
    struct err *e)
{
	const struct delivery_event **rows;
	struct bus_entry	     *entries;
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
	return publish(r, rows, entries, n, e);
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
