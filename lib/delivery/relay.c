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

/*
 * Where nothing is missing and the row is the next, a look would find it and
 * nothing before it.  Held keys move on when somebody looks.
 */
static bool
is_next(const struct relay *r, uint64_t id)
{
	return r->high != 0 && id == r->high + 1 && r->gaps.n == 0 &&
	       held_is_empty(&r->held) && window_room(&r->window) > 0;
}

int
relay_told(struct relay *r, const struct delivery_event *row, struct err *e)
{
	struct delivery_event *chosen;
	size_t		       n = 1, nchosen;
	int		       rc;

	if (row->id <= r->high && window_find(&r->window, row->id) != NULL)
		return 1;
	if (!is_next(r, row->id))
		return 0;
	chosen = choose(r, row, &n, &nchosen);
	rc = relay_publish(r, chosen, nchosen, e);
	window_settle(&r->window);
	if (rc == 0 && n == 1)
		note(r, row, 1);
	arena_reset(r->arena);
	return rc == -1 ? -1 : (int)n;
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
