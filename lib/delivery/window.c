/* SPDX-License-Identifier: MIT */
/*
 * window.c -- Sorted arrays: rows come nearly in order, so adding is appending.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "delivery/window.h"

void
window_init(struct window *w, size_t max)
{
	memset(w, 0, sizeof(*w));
	w->max = max;
	w->keys = map_new();
	w->promised = calloc(max, sizeof(*w->promised));
	if (w->promised == NULL)
		abort();
}

void
window_free(struct window *w)
{
	free(w->slot);
	free(w->promised);
	map_free(&w->keys);
	memset(w, 0, sizeof(*w));
}

/* The first slot whose id is not below id. */
static size_t
window_at(const struct window *w, uint64_t id)
{
	size_t low = 0, high = w->n;

	if (high > 0 && w->slot[high - 1].id < id)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (w->slot[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct window_slot *
window_find(const struct window *w, uint64_t id)
{
	size_t at = window_at(w, id);

	return at < w->n && w->slot[at].id == id ? &w->slot[at] : NULL;
}

size_t
window_room(const struct window *w)
{
	size_t taken = w->n + w->npromised;

	return taken < w->max ? w->max - taken : 0;
}

size_t
window_of(const struct window *w, uint64_t key)
{
	return (size_t)(uintptr_t)map_get(w->keys, key);
}

bool
window_admits(const struct window *w, uint64_t key)
{
	return window_of(w, key) < window_room(w);
}

/* The map keeps numbers: it follows no pointer. */
static void
count(struct window *w, uint64_t key, size_t n)
{
	if (n == 0)
		(void)map_remove(w->keys, key);
	else
		(void)map_put(w->keys, key, (void *)(uintptr_t)n); // NOLINT
}

static void
forget(struct window *w, uint64_t key)
{
	count(w, key, window_of(w, key) - 1);
}

void
window_promise(struct window *w, uint64_t key)
{
	w->promised[w->npromised++] = key;
	count(w, key, window_of(w, key) + 1);
}

void
window_settle(struct window *w)
{
	while (w->npromised > 0)
		forget(w, w->promised[--w->npromised]);
}

void
window_put(struct window *w, const struct window_slot *slot)
{
	size_t at = window_at(w, slot->id);

	if (at < w->n && w->slot[at].id == slot->id) {
		w->slot[at] = *slot;
		return;
	}
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 256 : 2 * w->cap;
		w->slot = realloc(w->slot, w->cap * sizeof(*w->slot));
		if (w->slot == NULL)
			abort();
	}
	memmove(w->slot + at + 1, w->slot + at, (w->n - at) * sizeof(*w->slot));
	w->slot[at] = *slot;
	w->n++;
	count(w, slot->key, window_of(w, slot->key) + 1);
}

void
window_keep(struct window *w, const bool *ours)
{
	size_t kept = 0;

	for (size_t s = 0; s < w->n; s++)
		if (ours[w->slot[s].shard])
			w->slot[kept++] = w->slot[s];
		else
			forget(w, w->slot[s].key);
	w->n = kept;
}

size_t
window_prune(struct window *w, const uint64_t *ids, size_t n, uint64_t from,
    uint64_t upto)
{
	size_t kept = 0, i = 0, before = w->n;

	for (size_t s = 0; s < w->n; s++) {
		uint64_t id = w->slot[s].id;

		while (i < n && ids[i] < id)
			i++;
		if (id < from || id > upto || (i < n && ids[i] == id))
			w->slot[kept++] = w->slot[s];
		else
			forget(w, w->slot[s].key);
	}
	w->n = kept;
	return before - kept;
}

/* -- keys that wait ------------------------------------------------------- */

void
held_init(struct held *h)
{
	*h = (struct held){.from = map_new()};
}

void
held_free(struct held *h)
{
	map_free(&h->from);
}

bool
held_is_empty(const struct held *h)
{
	return map_size(h->from) == 0;
}

uint64_t
held_from(const struct held *h, uint64_t key)
{
	return (uint64_t)(uintptr_t)map_get(h->from, key);
}

bool
held_back(struct held *h, uint64_t key, uint64_t id, bool *is_new_r)
{
	uint64_t from = held_from(h, key);

	*is_new_r = from == 0;
	if (from == 0 && map_size(h->from) >= HELD_MAX)
		return false;
	if (from == 0 || id < from)
		held_move(h, key, id);
	return true;
}

void
held_move(struct held *h, uint64_t key, uint64_t from)
{
	if (from == 0)
		(void)map_remove(h->from, key);
	else
		(void)map_put(h->from, key, (void *)(uintptr_t)from); // NOLINT
}

bool
held_next(struct held *h, size_t *left, uint64_t *key_r)
{
	void *from;

	if (*left == 0)
		return false;
	--*left;
	if (map_next(h->from, &h->at, key_r, &from))
		return true;
	h->at = 0;
	return map_next(h->from, &h->at, key_r, &from);
}

/* -- ids that were skipped ------------------------------------------------- */

void
gaps_note(struct gaps *g, uint64_t after, uint64_t before, int64_t now_ms)
{
	uint64_t missing = before - after - 1;
	size_t	 drop;

	if (before <= after + 1)
		return;
	if (missing > GAPS_MAX) {
		after = before - 1 - GAPS_MAX;
		missing = GAPS_MAX;
	}
	drop = g->n + missing > GAPS_MAX ? g->n + missing - GAPS_MAX : 0;
	memmove(g->gap, g->gap + drop, (g->n - drop) * sizeof(g->gap[0]));
	g->n -= drop;
	for (uint64_t id = after + 1; id < before; id++)
		g->gap[g->n++] = (struct gap){id, now_ms};
}

void
gaps_fill(struct gaps *g, uint64_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->gap[i].id != id)
			g->gap[kept++] = g->gap[i];
	g->n = kept;
}

void
gaps_expire(struct gaps *g, int64_t before_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->gap[i].since_ms >= before_ms)
			g->gap[kept++] = g->gap[i];
	g->n = kept;
}
