/* SPDX-License-Identifier: MIT */
/*
 * relay.c -- What is new in the outbox goes to the bus.
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
#include "data/app.h"
#include "delivery/relay_private.h"
#include "delivery/store.h"

enum { GAP_LIFE_MS = 30000 }; /* beyond any lock wait and statement */

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
	window_init(&r->window, RELAY_WINDOW);
	held_init(&r->held);
	return r;
}

void
relay_free(struct relay **r)
{
	if (*r == NULL)
		return;
	window_free(&(*r)->window);
	held_free(&(*r)->held);
	arena_free(&(*r)->arena);
	free(*r);
	*r = NULL;
}

int
relay_is_crowded(const struct relay *r)
{
	return window_room(&r->window) < RELAY_WINDOW / 2;
}

/* -- whose rows ------------------------------------------------------------ */

/*
 * What of these rows is to go out now.  Another's owner finds his own; what is
 * in the window is out.  *n: as far as was looked, *n_r: how many of them.
 */
static struct delivery_event *
choose(
    struct relay *r, const struct delivery_event *rows, size_t *n, size_t *n_r)
{
	struct delivery_event *chosen =
	    arena_alloc(r->arena, *n * sizeof(*chosen));

	*n_r = 0;
	for (size_t i = 0; i < *n; i++) {
		uint64_t key = rows[i].event.key;
		int	 admitted;

		if (!r->ours[relay_shard(r, key)]) {
			r->saw_foreign = true;
			continue;
		}
		if (window_find(&r->window, rows[i].id) != NULL)
			continue;
		admitted = relay_admit(r, rows[i].id, key);
		if (admitted == -1)
			*n = i; /* that is the end */
		else if (admitted == 1)
			chosen[(*n_r)++] = rows[i];
	}
	return chosen;
}

/* -- what is new ----------------------------------------------------------- */

static void
note(struct relay *r, const struct delivery_event *rows, size_t n)
{
	int64_t now = clock_boot_ms();

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
	struct delivery_event *rows, *chosen;
	uint64_t	       gaps[GAPS_MAX];
	size_t		       n, nchosen;
	int		       rc;

	for (size_t i = 0; i < r->gaps.n; i++)
		gaps[i] = r->gaps.gap[i].id;
	if (store_outbox_after(r->app->db, r->arena, r->high, gaps, r->gaps.n,
		limit, &rows, &n, e) == -1)
		return -1;
	chosen = choose(r, rows, &n, &nchosen);
	rc = relay_publish(r, chosen, nchosen, e);
	window_settle(&r->window);
	if (rc == -1)
		return -1;
	note(r, rows, n);
	return (int)n;
}

/* They may have been found, by a look for something else. */
static bool
are_out(const struct relay *r, const struct delivery_event *rows, size_t n)
{
	size_t i = 0;

	while (i < n && rows[i].id <= r->high &&
	       window_find(&r->window, rows[i].id) != NULL)
		i++;
	return i == n;
}

/*
 * Where nothing is missing and the rows are the next, a look would find them
 * and nothing before them.  Held keys move on when somebody looks.
 */
static bool
are_next(const struct relay *r, const struct delivery_event *rows, size_t n)
{
	size_t i = 0;

	while (i < n && rows[i].id == r->high + 1 + i)
		i++;
	return i == n && r->high != 0 && r->gaps.n == 0 &&
	       held_is_empty(&r->held) && window_room(&r->window) >= n;
}

int
relay_told(
    struct relay *r, const struct delivery_event *rows, size_t n, struct err *e)
{
	struct delivery_event *chosen;
	size_t		       nlooked = n, nchosen;
	int		       rc;

	if (are_out(r, rows, n))
		return 1;
	if (!are_next(r, rows, n))
		return 0;
	chosen = choose(r, rows, &nlooked, &nchosen);
	rc = relay_publish(r, chosen, nchosen, e);
	window_settle(&r->window);
	if (rc == 0 && nlooked == n)
		note(r, rows, n);
	arena_reset(r->arena);
	return rc == -1 ? -1 : nlooked == n;
}

/* So much at a time: leases are to be renewed between. */
int
relay_wake(struct relay *r, struct err *e)
{
	int n = relay_follow(r, e), sum = 0;

	arena_reset(r->arena);
	if (n == -1)
		return -1;
	while (sum < RELAY_WINDOW) {
		size_t	 room = window_room(&r->window);
		unsigned limit = room < r->batch ? (unsigned)room : r->batch;

		if (limit == 0)
			break; /* full: deliver must come after first */
		n = wake_once(r, limit, e);
		arena_reset(r->arena);
		if (n == -1)
			return -1;
		sum += n;
		if (n < (int)limit)
			break;
	}
	return sum;
}
