/* SPDX-License-Identifier: MIT */
/*
 * dead_letter.c -- Use cases: an event is given up, looked at, tried again.
 *
 * Moving a row from one table to the other is one transaction, so an event is
 * always in one of them and never in both.
 */
#include "delivery/dead_letter.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "delivery/store.h"

int
dead_letters(struct app *app, struct arena *a, uint64_t after, unsigned limit,
    struct dead_letter **list_r, size_t *n_r, struct err *e)
{
	return store_dead_list(app->db, a, after, limit, list_r, n_r, e);
}

int
dead_letter_find(struct app *app, struct arena *a, uint64_t id,
    struct dead_letter *d, struct err *e)
{
	return store_dead_find(app->db, a, id, d, e);
}

int
dead_letters_count(struct app *app, struct arena *a, size_t *n_r, struct err *e)
{
	return store_dead_count(app->db, a, DEAD_LETTERS_MAX, n_r, e);
}

/* -- in -------------------------------------------------------------------- */

static int
add(struct db *db, void *ctx, struct err *e)
{
	const struct dead_letter *d = ctx;

	return store_dead_add(db, d, e);
}

int
dead_letter_add(struct db *db, const struct dead_letter *d, struct err *e)
{
	struct dead_letter copy = *d;

	if (tx_run(db, add, &copy, e) == 0)
		return 0;
	if (e->kind != ERR_CONFLICT)
		return -1;
	err_clear(e); /* another deliver was as quick */
	return 0;
}

/* -- out ------------------------------------------------------------------- */

struct selection {
	const uint64_t *ids;
	size_t		n, done;
};

static int
replay(struct db *db, void *ctx, struct err *e)
{
	struct selection *s = ctx;
	int64_t		  now = clock_ms();

	s->done = 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t moved = store_dead_replay(db, s->ids[i], now, e);

		if (moved == -1)
			return -1;
		s->done += (size_t)moved;
	}
	return 0;
}

static int
drop(struct db *db, void *ctx, struct err *e)
{
	struct selection *s = ctx;

	s->done = 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t dropped = store_dead_drop(db, s->ids[i], e);

		if (dropped == -1)
			return -1;
		s->done += (size_t)dropped;
	}
	return 0;
}

int
dead_letters_replay(struct app *app, const uint64_t *ids, size_t n,
    size_t *done_r, struct err *e)
{
	struct selection s = {.ids = ids, .n = n};

	if (tx_run(app->db, replay, &s, e) == -1)
		return -1;
	outbox_nudge(app);
	*done_r = s.done;
	return 0;
}

int
dead_letters_drop(struct app *app, const uint64_t *ids, size_t n,
    size_t *done_r, struct err *e)
{
	struct selection s = {.ids = ids, .n = n};

	if (tx_run(app->db, drop, &s, e) == -1)
		return -1;
	*done_r = s.done;
	return 0;
}
