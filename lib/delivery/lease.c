/* SPDX-License-Identifier: MIT */
/*
 * lease.c -- A daemon's leases: renewed, taken, given back.
 *
 * The deadline counts from before the renewal was sent, by a clock that goes
 * on while the machine sleeps, and ends a margin early: it has passed before
 * the database counts the holder as dead.  What a deadline cannot see (a stop
 * between looking at it and acting) is caught by the fences.
 */
#include <stdio.h>
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
#include "delivery/lease.h"
#include "delivery/lease_store.h"
#include "delivery/node_id.h"

enum {
	RENEWALS = 3, /* in a life: two may fail */
	MARGINS = 6,  /* this part of a life before its end */
	RETRY_MS = 250,
	PROMPT_MS = 50 /* after another's end, to find it so */
};

struct lease {
	struct app	 *app;
	struct arena	 *arena; /* of one step */
	struct lease_self self;
	char		  node[NODE_ID_SIZE];
	unsigned	  shards;
	int64_t	 life_ms, deadline_ms, next_ms; /* by clock_boot_ms() */
	int64_t	 idle_ms;   /* since when we cannot work; 0: we can */
	size_t	 others;    /* who live, when we last looked */
	bool	 has_begun; /* a life before this one was ours */
	unsigned count;
	bool	 holds[BUS_SHARDS_MAX];
	uint32_t fence[BUS_SHARDS_MAX];
};

struct lease *
lease_new(
    struct app *app, enum lease_role role, const char *node, unsigned shards)
{
	struct lease *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->app = app;
	l->arena = arena_new(0);
	l->shards = shards;
	snprintf(l->node, sizeof(l->node), "%s", node);
	l->self = (struct lease_self){role, l->node, 0};
	l->life_ms = config_int(app->config, "lease.life_ms");
	return l;
}

void
lease_free(struct lease **lease)
{
	struct lease *l = *lease;
	struct err    e = {0};

	if (l == NULL)
		return;
	if (l->self.incarnation != 0)
		(void)lease_store_end(l->app->db, &l->self, &e);
	arena_free(&l->arena);
	free(l);
	*lease = NULL;
}

int64_t
lease_due_ms(const struct lease *l)
{
	int64_t left = l->next_ms - clock_boot_ms();

	return left > 0 ? left : 0;
}

bool
lease_is_valid(const struct lease *l)
{
	return l == NULL || l->self.role == LEASE_EVENTS ||
	       clock_boot_ms() < l->deadline_ms;
}

bool
lease_holds(const struct lease *l, unsigned shard)
{
	return l == NULL || (l->holds[shard] && lease_is_valid(l));
}

uint32_t
lease_fence(const struct lease *l, unsigned shard)
{
	return l == NULL ? 0 : l->fence[shard];
}

/* The number may wrap, in a hundred years of a change every second. */
bool
lease_is_stale(uint32_t fence, uint32_t seen)
{
	return fence != 0 && (int32_t)(fence - seen) < 0;
}

/* Whoever lost a shard that he did not give was stopped, or cut off. */
static void
hold(struct lease *l, const struct lease_view *v)
{
	unsigned lost = 0, taken = 0;

	l->count = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct lease_row *row = &v->row[i];

		lost += l->holds[row->shard] &&
			(!row->is_mine || row->fence != l->fence[row->shard]);
		taken += row->is_mine && !l->holds[row->shard];
		l->holds[row->shard] = row->is_mine;
		l->fence[row->shard] = row->is_mine ? row->fence : 0;
		l->count += row->is_mine;
	}
	if (lost > 0)
		log_warn("lease.lost", LOG_INT("shards", lost));
	if (taken > 0)
		log_info("lease.taken", LOG_INT("shards", taken),
		    LOG_INT("held", l->count));
	metric_add(METRIC_LEASE_LOSSES, lost);
	metric_set(METRIC_LEASE_SHARDS, l->count);
}

static void
lose_all(struct lease *l)
{
	struct lease_view none = {0};

	metric_add(METRIC_LEASE_LOSSES, l->count);
	log_warn("lease.over", LOG_INT("shards", l->count));
	memset(l->holds, 0, sizeof(l->holds));
	l->self.incarnation = 0;
	hold(l, &none);
}

/* Renews this life, or begins one: 1 alive, 0 another of our name is. */
static int
live(struct lease *l, struct err *e)
{
	int rc;

	if (l->self.incarnation != 0) {
		rc = lease_store_renew(l->app->db, &l->self, l->life_ms, e);
		if (rc != 0)
			return rc;
		lose_all(l);
	}
	if (l->has_begun)
		return lease_store_again(
		    l->app->db, l->arena, &l->self, l->life_ms, e);
	if (lease_store_begin(
		l->app->db, l->arena, &l->self, l->shards, l->life_ms, e) == -1)
		return -1;
	l->has_begun = true;
	return 1;
}

static int
give(struct lease *l, const struct lease_view *v,
    const enum lease_change *change, struct err *e)
{
	unsigned shards[BUS_SHARDS_MAX];
	size_t	 n = 0;

	for (size_t i = 0; i < v->n; i++)
		if (change[i] == LEASE_GIVE) {
			shards[n++] = v->row[i].shard;
			l->holds[v->row[i].shard] = false;
		}
	if (n > 0)
		log_info("lease.given", LOG_INT("shards", n));
	return lease_store_give(l->app->db, &l->self, shards, n, e);
}

/* What the table shows, once all that is to change has changed. */
static int
settle(struct lease *l, struct lease_view *v, struct err *e)
{
	struct db	  *db = l->app->db;
	enum lease_change *change;

	if (lease_store_view(
		db, l->arena, &l->self, l->shards, l->life_ms, v, e) == -1)
		return -1;
	change = arena_alloc(l->arena, v->n * sizeof(*change));
	for (size_t i = 0; i < v->n; i++)
		v->row[i].is_free |= v->next_ms <= 0 && !v->row[i].is_mine;
	/* Somebody's time may be up: the transaction sees whose. */
	if (lease_decide(v->row, v->n, v->alive, change) == 0)
		return 0;
	if (give(l, v, change, e) == -1 ||
	    lease_store_take(
		db, l->arena, &l->self, l->shards, l->life_ms, e) == -1)
		return -1;
	return lease_store_view(
	    db, l->arena, &l->self, l->shards, l->life_ms, v, e);
}

/*
 * A node whose line to the bus is broken, while the database answers, would
 * hold for ever what others could do.
 */
static bool
is_to_step_aside(const struct lease *l)
{
	return l->idle_ms != 0 && l->others > 0 &&
	       clock_boot_ms() - l->idle_ms >= l->life_ms;
}

/* Whoever holds nothing holds it validly. */
static int
step_aside(struct lease *l, struct err *e)
{
	if (l->self.incarnation != 0) {
		if (lease_store_end(l->app->db, &l->self, e) == -1)
			return -1;
		lose_all(l);
	}
	l->deadline_ms = clock_boot_ms() + l->life_ms;
	return 0;
}

static int
step(struct lease *l, struct err *e)
{
	int64_t		  start_ms = clock_boot_ms();
	struct lease_view v;
	int		  rc = live(l, e);

	if (rc != 1)
		return rc;
	if (settle(l, &v, e) == -1)
		return -1;
	hold(l, &v);
	l->others = v.alive > 0 ? v.alive - 1 : 0;
	l->deadline_ms = start_ms + l->life_ms - l->life_ms / MARGINS;
	l->next_ms = start_ms + l->life_ms / RENEWALS;
	if (v.next_ms != INT64_MAX && v.next_ms >= 0 &&
	    start_ms + v.next_ms + PROMPT_MS < l->next_ms)
		l->next_ms = start_ms + v.next_ms + PROMPT_MS;
	return 0;
}

int
lease_step(struct lease *l, struct err *e)
{
	int rc;

	l->next_ms = clock_boot_ms() + RETRY_MS;
	rc = is_to_step_aside(l) ? step_aside(l, e) : step(l, e);
	arena_reset(l->arena);
	return rc;
}

void
lease_can_work(struct lease *l, bool can)
{
	if (l == NULL)
		return;
	if (can)
		l->idle_ms = 0;
	else if (l->idle_ms == 0)
		l->idle_ms = clock_boot_ms();
}

int
lease_claim(struct lease *l, unsigned shard, struct err *e)
{
	int rc = lease_store_claim(
	    l->app->db, l->arena, &l->self, shard, &l->fence[shard], e);

	arena_reset(l->arena);
	if (rc == -1)
		return -1;
	l->count += !l->holds[shard];
	l->holds[shard] = true;
	metric_set(METRIC_LEASE_SHARDS, l->count);
	return 0;
}

void
lease_drop(struct lease *l, unsigned shard)
{
	l->count -= l->holds[shard];
	l->holds[shard] = false;
	metric_set(METRIC_LEASE_SHARDS, l->count);
}
