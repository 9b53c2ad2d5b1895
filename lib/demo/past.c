/* SPDX-License-Identifier: MIT */
/*
 * past.c -- Use case: a community that was made just now looks weeks old.
 *
 * Planned times stand in the steps of each conversation.  What stands between
 * two messages of ours was said by the system, of the step before, or, in the
 * world, by somebody else at a time of their own.  Each message is then at its
 * time, or at that of the one before it, whichever is later.
 */
#include "demo/past.h"

#include "base/arena.h"
#include "base/clock.h"
#include "data/app.h"
#include "data/db.h"
#include "demo/store.h"

struct dating {
	struct arena	  *arena;
	const struct past *past;
	int64_t		   now_ms;
};

/* -- one conversation ------------------------------------------------------ */

static const struct past_step *
first_message(const struct past_talk *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->steps[i].seq != 0)
			return &t->steps[i];
	return NULL;
}

/* In a conversation of our own the first message is that of its making. */
static uint64_t
first_seq(const struct past_talk *t)
{
	const struct past_step *first = first_message(t);

	if (!t->is_world)
		return 1;
	return first != NULL ? first->seq : UINT64_MAX;
}

/* When was this said?  i: the step to go on from; 0: as it is. */
static int64_t
planned(const struct past_talk *t, uint64_t seq, size_t *i)
{
	size_t next = *i;

	while (next < t->n && t->steps[next].seq < seq)
		next++;
	if (next < t->n && t->steps[next].seq == seq) {
		*i = next + 1;
		return t->steps[next].at_ms;
	}
	if (t->is_world || next == 0)
		return 0;
	return t->steps[next - 1].at_ms;
}

static void
plan(const struct dating *d, const struct past_talk *t, struct demo_time *times,
    size_t n, uint64_t first)
{
	int64_t floor_ms = 0;
	size_t	step = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t at = 0;

		if (times[i].seq >= first)
			at = planned(t, times[i].seq, &step);
		if (at != 0)
			times[i].at_ms = at < d->now_ms ? at : d->now_ms;
		if (times[i].at_ms < floor_ms)
			times[i].at_ms = floor_ms;
		floor_ms = times[i].at_ms;
	}
}

static int
date_talk(
    struct db *db, struct dating *d, const struct past_talk *t, struct err *e)
{
	uint64_t	  first = first_seq(t);
	struct demo_time *times;
	size_t		  n;

	if (t->n == 0 || first == UINT64_MAX)
		return 0;
	if (demo_store_times(db, d->arena, t->conv_id, first, &times, &n, e) ==
	    -1)
		return -1;
	plan(d, t, times, n, first);
	if (demo_store_date(db, d->arena, t->conv_id, times, n, e) == -1)
		return -1;
	if (t->is_world)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		if (t->steps[i].seq == 0 &&
		    demo_store_act(db, t->conv_id, &t->steps[i], e) == -1)
			return -1;
	return demo_store_begin(db, t->conv_id, t->steps[0].at_ms, e);
}

/* -- all of it ------------------------------------------------------------- */

static int
write_body(struct db *db, void *ctx, struct err *e)
{
	struct dating	  *d = ctx;
	const struct past *p = d->past;
	int		   is_watched = demo_store_is_watched(
			   db, d->arena, p->accounts, p->naccounts, d->now_ms, e);

	if (is_watched == -1)
		return -1;
	for (size_t i = 0; i < p->ntalks; i++)
		if (!(p->talks[i].is_world && is_watched) &&
		    date_talk(db, d, &p->talks[i], e) == -1)
			return -1;
	for (size_t i = 0; i < p->nbonds; i++)
		if (demo_store_bond(db, &p->bonds[i], e) == -1)
			return -1;
	for (size_t i = 0; i < p->naccounts; i++)
		if (demo_store_account(db, &p->accounts[i], e) == -1)
			return -1;
	return 0;
}

int
past_write(
    struct app *app, struct arena *a, const struct past *past, struct err *e)
{
	struct dating d = {a, past, clock_ms()};

	return tx_run(app->db, write_body, &d, e);
}

int
past_stranger(struct app *app, struct arena *a, const char *const *usernames,
    size_t n, const char **name_r, struct err *e)
{
	return demo_store_stranger(app->db, a, usernames, n, name_r, e);
}
