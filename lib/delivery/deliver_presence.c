/* SPDX-License-Identifier: MIT */
/*
 * deliver_presence.c -- Who came, who left, and who is told.
 *
 * Whoever loses the last socket looks there for a while yet: a page that is
 * loaded anew makes no noise.  The entry that told of it stays undone on the
 * bus until then, so that a restart of deliver forgets nobody.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "contact/contact.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"
#include "presence/presence.h"

static const char *
presence_frame(struct deliver *d, uint64_t user_id, const char *status)
{
	return arena_printf(d->arena,
	    "{\"event\":\"presence\",\"data\":{\"user_id\":\"%llu\","
	    "\"status\":\"%s\"}}\n",
	    (unsigned long long)user_id, status);
}

static int
tell_contacts(
    struct deliver *d, uint64_t user_id, const char *status, struct err *e)
{
	const char     *frame = presence_frame(d, user_id, status);
	const uint64_t *ids;
	size_t		n;

	if (contact_ids(d->app, d->arena, user_id, DELIVER_CONTACTS_MAX, &ids,
		&n, e) == -1)
		return -1;
	return deliver_to(d, ids, n, frame, strlen(frame), e);
}

/* The number of nodes the user has a device on, or -1. */
static int
count_nodes(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct whereabouts w;
	int		   count = 0;

	if (deliver_locate(d, &user_id, 1, &w, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++)
		count += w.is_on[k];
	return count;
}

/* -- leaving --------------------------------------------------------------- */

static void
forget_leaver(struct deliver *d, struct leaver *l)
{
	if (l->has_entry)
		deliver_done(d, &l->entry);
	TAILQ_REMOVE(&d->leaving, l, by_time);
	map_remove(d->leavers, l->user_id);
	free(l);
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
	l->due_ms = clock_ms() + d->offline_ms;
	if (entry != NULL) {
		l->has_entry = true;
		l->entry = *entry;
		l->entry.data = NULL;
	}
	map_put(d->leavers, user_id, l);
	TAILQ_INSERT_TAIL(&d->leaving, l, by_time);
}

static int
look_offline(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct user user;
	int	    nodes = count_nodes(d, user_id, e), found;

	if (nodes != 0)
		return nodes == -1 ? -1 : 0;
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found == 1 &&
	    strcmp(presence_shown(user.presence, true), "offline") == 0)
		return 0; /* it looked so all the time */
	return found == -1 ? -1 : tell_contacts(d, user_id, "offline", e);
}

int
deliver_leavers(struct deliver *d, struct err *e)
{
	int64_t	       now = clock_ms();
	struct leaver *l;

	while ((l = TAILQ_FIRST(&d->leaving)) != NULL && l->due_ms <= now) {
		deliver_speak_for_user(d, l->user_id);
		if (look_offline(d, l->user_id, e) == -1) {
			if (e->kind == ERR_UNAVAILABLE)
				return -1;
			err_clear(e);
		}
		forget_leaver(d, l);
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

int
deliver_node_started(struct deliver *d, const char *node, struct err *e)
{
	char		    gone[PRESENCE_KEY_SIZE], online[PRESENCE_KEY_SIZE];
	char		    alive[PRESENCE_KEY_SIZE];
	struct redis_reply *replies;
	size_t		    n;

	(void)deliver_node(d, node);
	presence_key(gone, node, "gone");
	presence_key(online, node, "online");
	redis_queue(d->app->redis, "SMEMBERS %s", gone);
	redis_queue(
	    d->app->redis, "EXISTS %s", presence_key(alive, node, "alive"));
	redis_queue(d->app->redis, "SMEMBERS %s", online);
	redis_queue(d->app->redis, "DEL %s", gone);
	if (redis_run(d->app->redis, d->arena, &replies, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < replies[0].n; i++) {
		uint64_t id;

		if (id_parse(replies[0].element[i].str, &id))
			deliver_left(d, id, NULL);
	}
	if (replies[1].integer == 1)
		return 0;
	/* The whole node is dead: its users went with it. */
	for (size_t i = 0; i < replies[2].n; i++) {
		uint64_t id;

		if (id_parse(replies[2].element[i].str, &id))
			deliver_left(d, id, NULL);
	}
	redis_queue(d->app->redis, "DEL %s", online);
	return redis_run(d->app->redis, d->arena, &replies, &n, e);
}

/* -- coming, and choosing -------------------------------------------------- */

int
deliver_arrived(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct leaver *l = map_get(d->leavers, user_id);
	struct user    user;
	const char    *status;
	int	       nodes, found;

	if (l != NULL) {
		forget_leaver(d, l); /* was never told to be away */
		return 0;
	}
	nodes = count_nodes(d, user_id, e);
	if (nodes != 1 && nodes != 0)
		return nodes == -1 ? -1 : 0; /* was there on another node */
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found != 1)
		return found;
	status = presence_shown(user.presence, true);
	if (strcmp(status, "offline") == 0)
		return 0;
	return tell_contacts(d, user_id, status, e);
}

int
deliver_presence_chosen(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct user user;
	int	    nodes = count_nodes(d, user_id, e), found;

	if (nodes <= 0)
		return nodes;
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found != 1)
		return found;
	return tell_contacts(
	    d, user_id, presence_shown(user.presence, true), e);
}

int
deliver_presence_between(
    struct deliver *d, uint64_t to, uint64_t about, struct err *e)
{
	struct contact_bond bond;
	const char	   *status = "offline", *frame;
	struct user	    user;
	int		    found = 0;

	if (contact_bond_get(d->app, d->arena, to, about, &bond, e) == -1)
		return -1;
	if (contact_sees_presence(&bond))
		found = account_find(d->app, d->arena, about, &user, e);
	if (found == -1)
		return -1;
	if (found == 1)
		presence_of(
		    d->app, d->arena, &about, &user.presence, 1, &status);
	frame = presence_frame(d, about, status);
	return deliver_to(d, &to, 1, frame, strlen(frame), e);
}

int
deliver_snapshot(
    struct deliver *d, struct node *node, const struct up *up, struct err *e)
{
	const uint64_t *ids;
	const char    **chosen, **status;
	struct user    *users;
	size_t		n;

	if (contact_ids(d->app, d->arena, up->user_id, DELIVER_CONTACTS_MAX,
		&ids, &n, e) == -1)
		return -1;
	if (n == 0)
		return 0;
	users = arena_alloc(d->arena, n * sizeof(*users));
	chosen = arena_alloc(d->arena, n * sizeof(*chosen));
	status = arena_alloc(d->arena, n * sizeof(*status));
	if (account_find_many(d->app, d->arena, ids, n, users, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		chosen[i] = users[i].id == 0 ? "invisible" : users[i].presence;
	presence_of(d->app, d->arena, ids, chosen, n, status);
	for (size_t i = 0; i < n; i++) {
		struct wire_record r = {.kind = WIRE_SOCKET,
		    .arg = up->request,
		    .targets = &up->socket,
		    .ntargets = 1};

		if (strcmp(status[i], "offline") == 0)
			continue;
		r.frame = presence_frame(d, ids[i], status[i]);
		r.frame_len = strlen(r.frame);
		if (deliver_to_node(d, node, &r, e) == -1)
			return -1;
	}
	return 0;
}
