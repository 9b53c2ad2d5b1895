/* SPDX-License-Identifier: MIT */
/*
 * deliver_locate.c -- Who of many is online, and on which nodes.
 *
 * Everybody's requests go through the same Redis, so what is asked here is no
 * longer than it must be: of a few, who of them is there; of a crowd, where
 * fewer are online than it has members, who is online.  What follows deals
 * with those only.
 *
 * Where there is one node, what comes alone and for a few is sent there without
 * asking: the answer would keep it waiting for a trip, and the hub passes over
 * whom it does not hold.  What comes with others is asked for together, once.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"

enum { CROWD = 256 };

/* Those asked about, and what is known of each on each node so far. */
struct inquiry {
	struct deliver *d;
	const uint64_t *user;
	size_t		n;
	bool	       *is_on; /* node by node, nnodes * n */
	bool		is_listed[DELIVER_NODES_MAX]; /* by who is online */
	const char    **argv; /* SMISMEMBER, a key, and the users; or NULL */
	size_t	       *len;
};

static int
unexpected(const struct redis_reply *r, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "unavailable",
	    "redis: who is online: %s",
	    r->type == REDIS_ERROR ? r->str : "unexpected reply");
}

/* On which nodes are fewer than are asked about? */
static int
choose(struct inquiry *a, struct err *e)
{
	struct deliver	   *d = a->d;
	struct redis_reply *r;
	size_t		    n;
	char		    key[PRESENCE_KEY_SIZE];

	if (a->n <= CROWD)
		return 0;
	for (size_t k = 0; k < d->nnodes; k++)
		redis_queue(d->app->redis, "SCARD %s",
		    presence_key(key, d->node[k].id, "online"));
	if (redis_run(d->app->redis, d->arena, &r, &n, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++) {
		if (r[k].type != REDIS_INTEGER)
			return unexpected(&r[k], e);
		a->is_listed[k] = (uint64_t)r[k].integer < a->n;
	}
	return 0;
}

static void
ask_each(struct inquiry *a, const char *key)
{
	struct arena *arena = a->d->arena;

	if (a->argv == NULL) {
		a->argv = arena_alloc(arena, (a->n + 2) * sizeof(*a->argv));
		a->len = arena_alloc(arena, (a->n + 2) * sizeof(*a->len));
		a->argv[0] = "SMISMEMBER";
		for (size_t i = 0; i < a->n; i++)
			a->argv[i + 2] = id_text(arena, a->user[i]);
		for (size_t i = 0; i < a->n + 2; i++)
			a->len[i] = i == 1 ? 0 : strlen(a->argv[i]);
	}
	a->argv[1] = key;
	a->len[1] = strlen(key);
	redis_queue_argv(a->d->app->redis, a->n + 2, a->argv, a->len);
}

static void
read_listed(struct inquiry *a, size_t k, const struct redis_reply *r)
{
	uint64_t  id;
	ptrdiff_t at;

	for (size_t i = 0; i < r->n; i++) {
		at = id_parse(r->element[i].str, &id)
			 ? ids_find(a->user, a->n, id)
			 : -1;
		if (at >= 0)
			a->is_on[k * a->n + (size_t)at] = true;
	}
}

static int
read_reply(
    struct inquiry *a, size_t k, const struct redis_reply *r, struct err *e)
{
	if (r->type != REDIS_ARRAY || (!a->is_listed[k] && r->n != a->n))
		return unexpected(r, e);
	if (a->is_listed[k])
		read_listed(a, k, r);
	else
		for (size_t i = 0; i < a->n; i++)
			a->is_on[k * a->n + i] = r->element[i].integer == 1;
	return 0;
}

static int
ask(struct inquiry *a, struct err *e)
{
	struct deliver	   *d = a->d;
	struct redis_reply *r;
	size_t		    n;
	char		    key[PRESENCE_KEY_SIZE];

	for (size_t k = 0; k < d->nnodes; k++) {
		(void)presence_key(key, d->node[k].id, "online");
		if (a->is_listed[k])
			redis_queue(d->app->redis, "SMEMBERS %s", key);
		else
			ask_each(a, key);
	}
	if (redis_run(d->app->redis, d->arena, &r, &n, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++)
		if (read_reply(a, k, &r[k], e) == -1)
			return -1;
	return 0;
}

/* Who is nowhere is left out. */
static void
keep_those_there(const struct inquiry *a, struct whereabouts *w)
{
	size_t	  nodes = a->d->nnodes;
	size_t	 *kept = arena_alloc(a->d->arena, a->n * sizeof(*kept));
	uint64_t *user;

	w->n = 0;
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < nodes; k++)
			if (a->is_on[k * a->n + i]) {
				kept[w->n++] = i;
				break;
			}
	user = arena_alloc(a->d->arena, w->n * sizeof(*user));
	w->is_on = arena_alloc(a->d->arena, nodes * w->n * sizeof(*w->is_on));
	for (size_t i = 0; i < w->n; i++) {
		user[i] = a->user[kept[i]];
		for (size_t k = 0; k < nodes; k++)
			w->is_on[k * w->n + i] = a->is_on[k * a->n + kept[i]];
	}
	w->user = user;
}

int
deliver_locate(struct deliver *d, const uint64_t *users, size_t n,
    struct whereabouts *w, struct err *e)
{
	struct inquiry a = {.d = d, .user = users, .n = n};

	*w = (struct whereabouts){.user = users};
	if (n == 0 || d->nnodes == 0)
		return 0;
	a.is_on = arena_alloc(d->arena, d->nnodes * n * sizeof(*a.is_on));
	if (choose(&a, e) == -1 || ask(&a, e) == -1)
		return -1;
	keep_those_there(&a, w);
	return 0;
}

/* A hub passes over whom it does not hold; only a crowd is worth a question. */
int
deliver_address(struct deliver *d, const uint64_t *users, size_t n,
    struct whereabouts *w, struct err *e)
{
	if (d->nnodes != 1 || n > CROWD)
		return deliver_locate(d, users, n, w, e);
	*w = (struct whereabouts){.user = users, .n = n};
	w->is_on = arena_alloc(d->arena, n * sizeof(*w->is_on));
	for (size_t i = 0; i < n; i++)
		w->is_on[i] = true;
	return 0;
}
