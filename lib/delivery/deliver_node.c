/* SPDX-License-Identifier: MIT */
/*
 * deliver_node.c -- The nodes, and the message each is about to get.
 *
 * Records gather in one message a node and step.  Its counter rises whether or
 * not Redis takes it: for the hub one that was not taken is a jump, upon which
 * it catches up.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"

struct node *
deliver_node(struct deliver *d, const char *id)
{
	struct node *n;

	for (size_t i = 0; i < d->nnodes; i++)
		if (strcmp(d->node[i].id, id) == 0)
			return &d->node[i];
	if (d->nnodes == DELIVER_NODES_MAX)
		return NULL;
	n = &d->node[d->nnodes++];
	memset(n, 0, sizeof(*n));
	memcpy(n->id, id, strnlen(id, NODE_ID_SIZE - 1));
	return n;
}

void
deliver_node_forget(struct deliver *d, const char *id)
{
	for (size_t i = 0; i < d->nnodes; i++)
		if (strcmp(d->node[i].id, id) == 0)
			d->node[i] = d->node[--d->nnodes];
}

static int
unexpected(const char *what, const struct redis_reply *r, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "redis: %s: %s", what,
	    r->type == REDIS_ERROR ? r->str : "unexpected reply");
}

/*
 * Somebody took away what the hub had put down: of those whom it holds nobody
 * would be found.  It announces them anew.
 */
static int
remind(struct deliver *d, struct node *n, struct err *e)
{
	const struct wire_record r = {.kind = WIRE_RESYNC};

	log_warn("deliver.node.unknown", LOG_STR("node", n->id));
	return deliver_to_node(d, n, &r, e);
}

static int
look_at(struct deliver *d, const char *name, const struct redis_reply *alive,
    const struct redis_reply *online, const struct redis_reply *gone,
    struct err *e)
{
	struct node *n;

	/* An error is no answer: it does not say that the node is dead. */
	if (alive->type != REDIS_INTEGER || online->type != REDIS_INTEGER)
		return unexpected("EXISTS", alive, e);
	if (alive->integer != 1)
		return deliver_node_died(d, name, e);
	if ((n = deliver_node(d, name)) == NULL) {
		log_warn("deliver.nodes.full", LOG_STR("node", name));
		return 0;
	}
	deliver_node_gone(d, gone);
	return online->integer == 1 ? 0 : remind(d, n, e);
}

/* Which of these names are alive, in one trip; the others go. */
static int
sift(struct deliver *d, const struct redis_reply *names, struct err *e)
{
	struct redis_reply *r;
	size_t		    n;
	char		    key[PRESENCE_KEY_SIZE];

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->element[i].str;

		redis_queue(d->app->redis, "EXISTS %s",
		    presence_key(key, name, "alive"));
		redis_queue(d->app->redis, "EXISTS %s",
		    presence_key(key, name, "online"));
		redis_queue(d->app->redis, "SMEMBERS %s",
		    presence_key(key, name, "gone"));
	}
	if (redis_run(d->app->redis, d->arena, &r, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < names->n; i++, r += 3)
		if (look_at(d, names->element[i].str, &r[0], &r[1], &r[2], e) ==
		    -1)
			return -1;
	return 0;
}

static bool
is_among(const struct redis_reply *names, const char *id)
{
	size_t i = 0;

	while (i < names->n && strcmp(names->element[i].str, id) != 0)
		i++;
	return i < names->n;
}

/*
 * Who is gone for good gives its place up: nodes may be named anew each time
 * they start.  It is found missing more than once, for a look at a Redis that
 * was just emptied tells nothing.
 */
static void
forget_gone(struct deliver *d, const struct redis_reply *names)
{
	for (size_t k = d->nnodes; k-- > 0;) {
		struct node *n = &d->node[k];

		if (is_among(names, n->id)) {
			n->missing_ms = 0;
		} else if (n->missing_ms == 0) {
			n->missing_ms = d->nodes_ms;
		} else if (d->nodes_ms - n->missing_ms >= DELIVER_GONE_MS) {
			log_info("deliver.node.gone", LOG_STR("node", n->id));
			deliver_node_forget(d, n->id);
		}
	}
}

int
deliver_nodes(struct deliver *d, struct err *e)
{
	struct redis_reply names;

	if (redis_call(d->app->redis, d->arena, &names, e, "SMEMBERS %s",
		PRESENCE_NODES) == -1)
		return -1;
	if (names.type != REDIS_ARRAY)
		return unexpected("SMEMBERS", &names, e);
	d->nodes_ms = clock_boot_ms();
	forget_gone(d, &names);
	return names.n == 0 ? 0 : sift(d, &names, e);
}

enum { AWAIT_US = 2000000 }; /* a hub looks for Redis every second */

void
deliver_nodes_await(struct deliver *d)
{
	d->emptied_us = clock_mono_us();
	for (size_t k = 0; k < d->nnodes; k++)
		d->node[k].is_away = true;
}

int64_t
deliver_nodes_awaited_ms(const struct deliver *d)
{
	int64_t left_us = d->emptied_us + AWAIT_US - clock_mono_us();

	for (size_t k = 0; k < d->nnodes && left_us > 0; k++)
		if (d->node[k].is_away)
			return left_us / 1000 + 1;
	return 0;
}

/* -- messages -------------------------------------------------------------- */

static void
queue_publish(struct deliver *d, const char *channel, const struct strbuf *out)
{
	const char  *argv[] = {"PUBLISH", channel, out->data};
	const size_t len[] = {7, strlen(channel), out->len};

	redis_queue_argv(d->app->redis, 3, argv, len);
}

static void
queue_node(struct deliver *d, struct node *n)
{
	char channel[PRESENCE_KEY_SIZE];

	wire_seal(&n->out, d->epoch, ++n->counter);
	queue_publish(d, presence_key(channel, n->id, NULL), &n->out);
	memset(&n->out, 0, sizeof(n->out));
}

int
deliver_flush(struct deliver *d, struct err *e)
{
	struct redis_reply *replies;
	size_t		    n, queued = 0;

	if (deliver_may_act(d, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++)
		if (d->node[k].out.data != NULL) {
			queue_node(d, &d->node[k]);
			queued++;
		}
	if (queued == 0)
		return 0;
	return redis_run(d->app->redis, d->arena, &replies, &n, e);
}

int
deliver_to_node(struct deliver *d, struct node *n, const struct wire_record *r,
    struct err *e)
{
	struct wire_record said;

	if (n->out.data == NULL)
		wire_begin(&n->out, d->arena);
	said = *r;
	said.voice = d->voice;
	said.fence = d->fence;
	wire_add(&n->out, &said);
	return n->out.len < DELIVER_MESSAGE_MAX ? 0 : deliver_flush(d, e);
}

/*
 * Those of the record's targets who are on the k-th node; of two lists the
 * shorter one is gone through.
 */
static size_t
those_on(const struct whereabouts *w, size_t k, const struct wire_record *r,
    uint64_t *there)
{
	const bool *is_on = w->is_on + k * w->n;
	size_t	    n = 0;

	if (r->ntargets <= w->n) {
		for (size_t i = 0; i < r->ntargets; i++) {
			ptrdiff_t at = ids_find(w->user, w->n, r->targets[i]);

			if (at >= 0 && is_on[at])
				there[n++] = r->targets[i];
		}
		return n;
	}
	for (size_t i = 0; i < w->n; i++)
		if (is_on[i] &&
		    ids_find(r->targets, r->ntargets, w->user[i]) >= 0)
			there[n++] = w->user[i];
	return n;
}

int
deliver_to_users(struct deliver *d, const struct whereabouts *w,
    const struct wire_record *r, struct err *e)
{
	size_t	  most = r->ntargets < w->n ? r->ntargets : w->n;
	uint64_t *there = arena_alloc(d->arena, most * sizeof(*there));

	for (size_t k = 0; k < d->nnodes && most > 0; k++) {
		struct wire_record part = *r;

		part.targets = there;
		part.ntargets = those_on(w, k, r, there);
		if (part.ntargets > 0 &&
		    deliver_to_node(d, &d->node[k], &part, e) == -1)
			return -1;
	}
	return 0;
}

int
deliver_to_all(struct deliver *d, const struct wire_record *r, struct err *e)
{
	for (size_t k = 0; k < d->nnodes; k++)
		if (deliver_to_node(d, &d->node[k], r, e) == -1)
			return -1;
	return 0;
}

int
deliver_to(struct deliver *d, const uint64_t *users, size_t n,
    const char *frame, size_t len, struct err *e)
{
	uint64_t *sorted = arena_memdup(d->arena, users, n * sizeof(*users));
	struct whereabouts w;
	struct wire_record r = {
	    .kind = WIRE_USERS, .frame = frame, .frame_len = len};

	r.targets = sorted;
	r.ntargets = ids_sort(sorted, n);
	if (deliver_locate(d, sorted, r.ntargets, &w, e) == -1)
		return -1;
	return deliver_to_users(d, &w, &r, e);
}

/* An empty message to every node: a hub that missed the last one notices. */
int
deliver_beat(struct deliver *d, struct err *e)
{
	if (deliver_nodes(d, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++)
		if (d->node[k].out.data == NULL)
			wire_begin(&d->node[k].out, d->arena);
	return deliver_flush(d, e);
}

/* Epoch 0 is nobody's: it is not counted. */
int
deliver_resync(struct deliver *d, struct err *e)
{
	struct wire_record  r = {.kind = WIRE_RESYNC};
	struct strbuf	    out;
	struct redis_reply *replies;
	size_t		    n;

	wire_begin(&out, d->arena);
	wire_add(&out, &r);
	wire_seal(&out, 0, 0);
	queue_publish(d, PRESENCE_NODES, &out);
	return redis_run(d->app->redis, d->arena, &replies, &n, e);
}
