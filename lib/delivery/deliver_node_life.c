/* SPDX-License-Identifier: MIT */
/*
 * deliver_node_life.c -- Nodes that begin, die and come back.
 *
 * A hub that begins anew leaves behind whom it held (gone), as whoever closes
 * the last socket is; they have a while to return.  Each is looked after by
 * the owner of the user's shard, and stays in the set until that is over.  A
 * node whose heartbeat has stopped takes its users along; they are kept apart
 * (lost) for a time, so that a node that was only stopped finds its contacts
 * told when it goes on.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"

#define LOST_S "86400" /* a node that stays away longer begins anew */

struct names {
	char gone[PRESENCE_KEY_SIZE], online[PRESENCE_KEY_SIZE];
	char lost[PRESENCE_KEY_SIZE];
};

static void
names_of(const char *node, struct names *n)
{
	presence_key(n->gone, node, "gone");
	presence_key(n->online, node, "online");
	presence_key(n->lost, node, "lost");
}

/* The ids in a set; returns how many. */
static size_t
read_ids(struct deliver *d, const struct redis_reply *set, uint64_t **ids_r)
{
	uint64_t *ids = arena_alloc(d->arena, set->n * sizeof(*ids));
	size_t	  n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (id_parse(set->element[i].str, &ids[n]))
			n++;
	*ids_r = ids;
	return n;
}

void
deliver_node_gone(struct deliver *d, const struct redis_reply *set)
{
	uint64_t *gone;
	size_t	  n = read_ids(d, set, &gone);

	for (size_t i = 0; i < n; i++)
		if (deliver_owns_user(d, gone[i]) &&
		    !deliver_awaits(d, gone[i]))
			deliver_left(d, gone[i], NULL);
}

/* What a hub hears first of us makes it catch up: the sooner, the less. */
static void
greet(struct deliver *d, const char *node)
{
	size_t	     known = d->nnodes;
	struct node *n = deliver_node(d, node);

	if (n != NULL)
		n->is_away = false;
	if (d->nnodes > known)
		wire_begin(&n->out, d->arena);
}

int
deliver_node_started(struct deliver *d, const char *node, struct err *e)
{
	struct names	    k;
	struct redis_reply *replies;
	uint64_t	   *back;
	size_t		    n, nback;

	greet(d, node);
	names_of(node, &k);
	redis_queue(d->app->redis, "SMEMBERS %s", k.gone);
	redis_queue(d->app->redis, "SINTER %s %s", k.lost, k.online);
	redis_queue(d->app->redis, "DEL %s", k.lost);
	if (redis_run(d->app->redis, d->arena, &replies, &n, e) == -1)
		return -1;
	deliver_node_gone(d, &replies[0]);
	nback = read_ids(d, &replies[1], &back);
	for (size_t i = 0; i < nback; i++)
		if (deliver_arrived(d, back[i], e) == -1)
			return -1;
	return 0;
}

int
deliver_node_died(struct deliver *d, const char *node, struct err *e)
{
	struct names	    k;
	struct redis_reply *replies;
	uint64_t	   *ids;
	size_t		    n;
	/* Its heartbeat was heard then, at the latest. */
	int64_t heard_ms = clock_ms() - PRESENCE_ALIVE_S * 1000;

	log_warn("deliver.node.dead", LOG_STR("node", node));
	names_of(node, &k);
	redis_queue(
	    d->app->redis, "SUNIONSTORE %s %s %s", k.lost, k.lost, k.online);
	redis_queue(d->app->redis, "EXPIRE %s " LOST_S, k.lost);
	redis_queue(d->app->redis, "SUNION %s %s", k.online, k.gone);
	redis_queue(d->app->redis, "DEL %s %s", k.online, k.gone);
	redis_queue(d->app->redis, "SREM %s %s", PRESENCE_NODES, node);
	if (redis_run(d->app->redis, d->arena, &replies, &n, e) == -1)
		return -1;
	n = read_ids(d, &replies[2], &ids);
	for (size_t i = 0; i < n; i++)
		deliver_gone(d, ids[i], heard_ms);
	deliver_node_forget(d, node);
	return 0;
}
