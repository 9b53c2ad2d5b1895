/* SPDX-License-Identifier: MIT */
/*
 * deliver_presence.c -- Who came, who left, and who is told.
 *
 * Whoever loses the last socket looks there for a while yet: a page that is
 * loaded anew makes no noise.  For so long the user is in the node's set of
 * those who are gone, where every reader of presence sees it, and whoever takes
 * the shard over finds it; its entry stays undone on the bus and tells since
 * when that is.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "contact/contact.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/keys.h"
#include "presence/presence.h"

static const char *
frame_of(struct deliver *d, uint64_t user_id, const char *status)
{
	return arena_printf(d->arena,
	    "{\"event\":\"presence\",\"data\":{\"user_id\":\"%llu\","
	    "\"status\":\"%s\"}}\n",
	    (unsigned long long)user_id, status);
}

int
deliver_tell_contacts(
    struct deliver *d, uint64_t user_id, const char *status, struct err *e)
{
	const char     *frame = frame_of(d, user_id, status);
	const uint64_t *ids;
	size_t		n;

	if (contact_ids(d->app, d->arena, user_id, DELIVER_CONTACTS_MAX, &ids,
		&n, e) == -1)
		return -1;
	return deliver_to(d, ids, n, frame, strlen(frame), e);
}

int
deliver_count_nodes(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct whereabouts w;
	int		   count = 0;

	if (deliver_locate(d, &user_id, 1, &w, e) == -1)
		return -1;
	for (size_t k = 0; k < d->nnodes; k++)
		count += w.n == 1 && w.is_on[k];
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

/* What was begun by another, who is no more, goes on where it stood. */
static int64_t
due_of(const struct leaver *l, int64_t grace_ms)
{
	int64_t now = clock_ms(), since = now;

	if (l->has_entry && l->entry.position.major < (uint64_t)now)
		since = (int64_t)l->entry.position.major; /* Redis' clock */
	return since + grace_ms;
}

static void
insert(struct deliver *d, struct leaver *l, int64_t grace_ms)
{
	struct leaver *before;

	l->due_ms = due_of(l, grace_ms);
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
deliver_gone(struct deliver *d, uint64_t user_id)
{
	struct leaver *l = map_get(d->leavers, user_id);

	if (l != NULL)
		return; /* its time runs already */
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->user_id = user_id;
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
	if (entry != NULL) {
		l->has_entry = true;
		l->entry = *entry;
		l->entry.data = NULL;
	}
	insert(d, l, d->offline_ms);
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

/* -- coming ---------------------------------------------------------------- */

int
deliver_arrived(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct leaver *l = map_get(d->leavers, user_id);
	struct user    user;
	const char    *status;
	int	       nodes, found;

	if (l != NULL) { /* was never told to be away */
		if (settle(d, user_id, e) == -1)
			return -1;
		forget_leaver(d, l);
		return 0;
	}
	nodes = deliver_count_nodes(d, user_id, e);
	if (nodes != 1 && nodes != 0)
		return nodes == -1 ? -1 : 0; /* was there on another node */
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found != 1)
		return found;
	status = presence_shown(user.presence, true);
	if (strcmp(status, "offline") == 0)
		return 0;
	return deliver_tell_contacts(d, user_id, status, e);
}

static void
look_add(struct deliver *d, struct look *look, const struct user *user)
{
	size_t len;

	look->frame[look->n++] = user_profile_frame(d->arena, user, &len);
}

/*
 * Made when it is delivered, so newer than what the event before it carried
 * along: of two people's events, only each one's own keep their order.  A
 * request shows both, so each is told of their own name, too.
 */
int
deliver_look(struct deliver *d, uint64_t to, uint64_t about,
    struct look *look_r, struct err *e)
{
	const uint64_t	    ids[] = {about, to};
	struct contact_bond bond;
	const char	   *status;
	struct user	    user[2];

	look_r->n = 0;
	if (account_find_many(d->app, d->arena, ids, 2, user, e) == -1)
		return -1;
	if (user[0].id == 0)
		return 0;
	if (contact_bond_get(d->app, d->arena, to, about, &bond, e) == -1)
		return -1;
	look_add(d, look_r, &user[0]);
	if (bond.request_id != 0 && user[1].id != 0)
		look_add(d, look_r, &user[1]);
	if (!bond.is_contact)
		return 0;
	contact_look(d->app, d->arena, to, &user[0], &bond, 1, &status);
	look_r->frame[look_r->n++] = frame_of(d, about, status);
	return 0;
}

int
deliver_snapshot(
    struct deliver *d, struct node *node, const struct up *up, struct err *e)
{
	const uint64_t *ids;
	const char    **chosen, **status;
	struct user    *users;
	size_t		n;
	bool		with_offline;

	if (contact_ids(d->app, d->arena, up->user_id, DELIVER_CONTACTS_MAX,
		&ids, &n, e) == -1)
		return -1;
	with_offline = up->kind == UP_REPLAY && n <= DELIVER_AWAY_MAX;
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

		if (!with_offline && strcmp(status[i], "offline") == 0)
			continue;
		r.frame = frame_of(d, ids[i], status[i]);
		r.frame_len = strlen(r.frame);
		if (deliver_to_node(d, node, &r, e) == -1)
			return -1;
	}
	return 0;
}
