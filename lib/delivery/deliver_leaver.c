/* SPDX-License-Identifier: MIT */
/*
 * deliver_leaver.c -- Who left, and when that is told.
 *
 * Whoever loses the last socket looks there for a while yet: a page that is
 * loaded anew makes no noise.  For so long the user is in the node's set of
 * those who are gone, where every reader of presence sees it, and whoever takes
 * the shard over finds it; its entry stays undone on the bus and tells since
 * when that is.  When the while is over, that moment is noted for others to
 * see, before they are told; of a crowd that leaves, in few transactions.
 *
 * To tell of one costs trips, and what is live waits meanwhile: a step does
 * what it has time for.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"
#include "presence/presence.h"

enum {
	LEAVERS_AT_ONCE = 256, /* noted in one transaction */
	STEP_US = 50000	       /* for all of them, in a step */
};

static void
forget_leaver(struct deliver *d, struct leaver *l)
{
	if (l->has_entry)
		deliver_done(d, &l->entry);
	TAILQ_REMOVE(&d->leaving, l, by_time);
	map_remove(d->leavers, l->user_id);
	free(l);
}

/* What was begun by another, who is no more, goes on where it stood. */
static int64_t
left_of(const struct bus_entry *entry)
{
	int64_t now = clock_ms();

	if (entry != NULL && entry->position.major < (uint64_t)now)
		return (int64_t)entry->position.major; /* Redis' clock */
	return now;
}

static void
insert(struct deliver *d, struct leaver *l, int64_t grace_ms)
{
	struct leaver *before;

	l->due_ms = l->left_ms + grace_ms;
	map_put(d->leavers, l->user_id, l);
	TAILQ_FOREACH_REVERSE(before, &d->leaving, leaver_list, by_time)
	if (before->due_ms <= l->due_ms)
		break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&d->leaving, l, by_time);
	else
		TAILQ_INSERT_AFTER(&d->leaving, before, l, by_time);
}

/* Here again, or told to be away: either way gone no longer. */
static int
settle(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct redis_reply *replies;
	size_t		    n;
	char		    key[PRESENCE_KEY_SIZE];

	for (size_t k = 0; k < d->nnodes; k++)
		redis_queue(d->app->redis, "SREM %s %s",
		    presence_key(key, d->node[k].id, "gone"),
		    id_text(d->arena, user_id));
	return redis_run(d->app->redis, d->arena, &replies, &n, e);
}

void
deliver_gone(struct deliver *d, uint64_t user_id, int64_t left_ms)
{
	struct leaver *l = map_get(d->leavers, user_id);

	if (l != NULL)
		return; /* its time runs already */
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->user_id = user_id;
	l->left_ms = left_ms;
	insert(d, l, 0);
}

void
deliver_left(struct deliver *d, uint64_t user_id, const struct bus_entry *entry)
{
	struct leaver *l = map_get(d->leavers, user_id);

	if (l != NULL && entry != NULL && l->has_entry &&
	    memcmp(&l->entry.position, &entry->position,
		sizeof(entry->position)) == 0)
		return; /* handed out again: its time runs already */
	if (l != NULL)
		forget_leaver(d, l);
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->user_id = user_id;
	l->left_ms = left_of(entry);
	if (entry != NULL) {
		l->has_entry = true;
		l->entry = *entry;
		l->entry.data = NULL;
	}
	insert(d, l, d->offline_ms);
}

int
deliver_returned(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct leaver *l = map_get(d->leavers, user_id);

	if (settle(d, user_id, e) == -1)
		return -1;
	forget_leaver(d, l);
	return 0;
}

bool
deliver_awaits(const struct deliver *d, uint64_t user_id)
{
	return map_get(d->leavers, user_id) != NULL;
}

static int
look_offline(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct user user;
	int	    nodes = deliver_count_nodes(d, user_id, e), found;

	if (nodes == -1 || settle(d, user_id, e) == -1)
		return -1;
	if (nodes != 0)
		return 0;
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found == 1 &&
	    strcmp(presence_shown(user.presence, true), "offline") == 0)
		return 0; /* it looked so all the time */
	return found == -1 ? -1
			   : deliver_tell_contacts(d, user_id, "offline", e);
}

static int
by_user(const void *a, const void *b)
{
	const struct account_seen *x = a, *y = b;

	return x->user_id < y->user_id ? -1 : x->user_id > y->user_id;
}

/* Who is on no node, of n in ascending order; returns how many. */
static int
keep_absent(struct deliver *d, struct account_seen *seen, size_t n,
    size_t *left_r, struct err *e)
{
	uint64_t	  *ids = arena_alloc(d->arena, n * sizeof(*ids));
	struct whereabouts w;

	*left_r = 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = seen[i].user_id;
	if (deliver_locate(d, ids, n, &w, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (ids_find(w.user, w.n, seen[i].user_id) == -1)
			seen[(*left_r)++] = seen[i];
	return 0;
}

/* Of n, those without a device were there until they left. */
static int
note_absent(
    struct deliver *d, struct account_seen *seen, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	qsort(seen, n, sizeof(*seen), by_user);
	if (keep_absent(d, seen, n, &n, e) == 0 &&
	    account_seen(d->app, d->arena, seen, n, e) == 0)
		return 0;
	if (e->kind == ERR_UNAVAILABLE)
		return -1;
	log_err("deliver.seen", e);
	err_clear(e);
	return 0;
}

/*
 * Until when the next n were there: before anybody is told, and for all of them
 * at once.  Not for those of whom an earlier step has noted it.
 */
static int
note_seen(struct deliver *d, size_t n, struct err *e)
{
	struct account_seen *seen = arena_alloc(d->arena, n * sizeof(*seen));
	struct leaver	    *l = TAILQ_FIRST(&d->leaving);
	size_t		     nseen = 0;

	for (size_t i = 0; i < n; i++, l = TAILQ_NEXT(l, by_time))
		if (!l->is_noted)
			seen[nseen++] =
			    (struct account_seen){l->user_id, l->left_ms};
	if (note_absent(d, seen, nseen, e) == -1)
		return -1;
	l = TAILQ_FIRST(&d->leaving);
	for (size_t i = 0; i < n; i++, l = TAILQ_NEXT(l, by_time))
		l->is_noted = true;
	return 0;
}

/* Or nobody leaves so late: the clock, which is Redis's, too, was set back. */
static bool
is_due(const struct deliver *d, const struct leaver *l, int64_t now)
{
	return l->due_ms <= now || l->due_ms - now > d->offline_ms;
}

/* How many are due now; of a crowd the first. */
static size_t
count_due(const struct deliver *d)
{
	int64_t		     now = clock_ms();
	const struct leaver *l = TAILQ_FIRST(&d->leaving);
	size_t		     n = 0;

	for (; l != NULL && is_due(d, l, now) && n < LEAVERS_AT_ONCE; n++)
		l = TAILQ_NEXT(l, by_time);
	return n;
}

int
deliver_leavers(struct deliver *d, struct err *e)
{
	int64_t end_us = clock_mono_us() + STEP_US;
	bool	is_over = false;
	size_t	n;

	while (!is_over && (n = count_due(d)) > 0) {
		if (note_seen(d, n, e) == -1)
			return -1;
		for (; n > 0 && !is_over; n--) {
			struct leaver *l = TAILQ_FIRST(&d->leaving);

			deliver_speak_for_user(d, l->user_id);
			if (look_offline(d, l->user_id, e) == -1) {
				if (e->kind == ERR_UNAVAILABLE)
					return -1;
				err_clear(e);
			}
			forget_leaver(d, l);
			is_over = clock_mono_us() >= end_us;
		}
	}
	return deliver_flush(d, e);
}

void
deliver_leavers_drop(struct deliver *d, unsigned shard)
{
	struct leaver *l, *next;

	for (l = TAILQ_FIRST(&d->leaving); l != NULL; l = next) {
		next = TAILQ_NEXT(l, by_time);
		if (!l->has_entry || l->entry.shard != shard)
			continue;
		l->has_entry = false;
		forget_leaver(d, l);
	}
}

void
deliver_leavers_free(struct deliver *d)
{
	struct leaver *l;

	while ((l = TAILQ_FIRST(&d->leaving)) != NULL) {
		TAILQ_REMOVE(&d->leaving, l, by_time);
		free(l);
	}
	map_free(&d->leavers);
}
