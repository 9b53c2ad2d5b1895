/* SPDX-License-Identifier: MIT */
/*
 * deliver_presence.c -- Who came, what others look like, and who is told.
 *
 * A status is told to contacts only.  How somebody looks is read when it is
 * told, so that it is never older than what went before.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "contact/contact.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/presence.h"

enum { LOOKS_MAX = 4 };

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

/*
 * Told even of one who is at another node, too: there it may be as new, and
 * its entry behind this one.
 */
int
deliver_arrived(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct user user;
	const char *status;
	int	    found;

	if (deliver_awaits(d, user_id)) /* was never told to be away */
		return deliver_returned(d, user_id, e);
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
deliver_look_tell(struct deliver *d, const struct whereabouts *w, uint64_t to,
    const struct look *look, struct err *e)
{
	for (size_t i = 0; i < look->n; i++) {
		const struct wire_record r = {.kind = WIRE_USERS,
		    .targets = &to,
		    .ntargets = 1,
		    .frame = look->frame[i],
		    .frame_len = strlen(look->frame[i])};

		if (deliver_to_users(d, w, &r, e) == -1)
			return -1;
	}
	return 0;
}

static bool
is_same(const struct look *x, const struct look *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->frame[i], y->frame[i]) != 0)
			return false;
	return true;
}

/*
 * Whoever owns the user's shard tells of each change when it is there.  If that
 * is another, it may have come between our look and our word; what we see now
 * is told behind both.  After so many changes in a moment the next is left to
 * the other.
 */
int
deliver_look_again(struct deliver *d, const struct whereabouts *w,
    const uint64_t *pair, struct look *look, struct err *e)
{
	if (deliver_owns_user(d, pair[1]))
		return 0;
	for (int i = 0; i < LOOKS_MAX; i++) {
		const struct look told = *look;

		if (deliver_look(d, pair[0], pair[1], look, e) == -1) {
			if (e->kind == ERR_UNAVAILABLE)
				return -1;
			log_err("deliver.look", e);
			err_clear(e);
			return 0;
		}
		if (is_same(&told, look))
			return 0;
		if (deliver_look_tell(d, w, pair[0], look, e) == -1 ||
		    deliver_flush(d, e) == -1)
			return -1;
	}
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
