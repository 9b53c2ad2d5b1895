/* SPDX-License-Identifier: MIT */
/*
 * group_leave.c -- Use cases: somebody leaves a group, is removed or banned
 * from it, or let in again; the owner hands it over.
 *
 * Who is out is told so, and gets nothing that is said from then on: the step
 * of the version is in the same transaction as the end of the row.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/group_change.h"
#include "conversation/store_entry.h"
#include "data/app.h"
#include "data/db.h"

struct leaving {
	struct group_change x; /* first: see group_run() */
	uint64_t	    user_id;
	bool		    with_ban;
	bool		    may_find;  /* the actor them, in the whole site */
	bool		    is_hidden; /* they, from search */
};

/* The row goes; those who stay, and who is out, are told. */
static int
take_out(struct db *db, struct leaving *l, const char *action, struct err *e)
{
	struct group_change *x = &l->x;
	bool		     is_self = l->user_id == x->actor.id;
	json_t		    *ids;
	int		     gone;

	gone = group_store_leave(
	    db, x->conv_id, l->user_id, !is_self, x->now_ms, e);
	if (gone != 1)
		return gone;
	group_step(x, -1);
	if (group_store_put(db, &x->g, e) == -1 ||
	    group_say_of(db, x, action, l->user_id, NULL, e) == -1 ||
	    group_mark_member(db, x, l->user_id, e) == -1)
		return -1;
	ids = json_pack("[s]", id_text(x->arena, l->user_id));
	if (group_tell_members(db, x, "member", "removed",
		json_pack("{s:o, s:s}", "user_ids", ids, "by",
		    id_text(x->arena, x->actor.id)),
		e) == -1)
		return -1;
	return group_tell_user(db, x, l->user_id, "conversation", "removed",
	    json_pack("{s:s}", "reason", action), e);
}

static int
leave(struct db *db, struct leaving *l, struct err *e)
{
	struct group_change *x = &l->x;

	/* The last one out turns off the light. */
	if (x->me.member.role == MEMBER_OWNER && x->g.shared.nmembers == 1)
		return group_end(db, x, e);
	if (conversation_may(&x->me.standing, ACTION_LEAVE, x->now_ms, e) == -1)
		return -1;
	return take_out(db, l, "left", e);
}

static int
ban(struct db *db, struct leaving *l, struct err *e)
{
	const struct group_ban b = {l->user_id, l->x.actor.id, l->x.now_ms};

	if (entry_store_uninvite(db, l->x.conv_id, l->user_id, e) == -1 ||
	    entry_store_unask(db, l->x.conv_id, l->user_id, e) == -1)
		return -1;
	return group_store_ban(db, l->x.conv_id, &b, e);
}

/*
 * A ban of who is not in it, and the end of one.  Who hides and was never in
 * it is known to those who keep the door, and to nobody else there.
 */
static int
say_of_ban(struct db *db, struct leaving *l, const struct group_person *p,
    const char *action, struct err *e)
{
	bool is_named = p->standing.was_member || !l->is_hidden;

	return group_say_of(
	    db, &l->x, action, is_named ? l->user_id : 0, NULL, e);
}

/*
 * May the actor know of them at all?  The list of bans shows whom they ban, so
 * a ban must not be the way to see who hides.
 */
static bool
is_known(const struct leaving *l, const struct group_person *p)
{
	const struct conversation_standing *s = &p->standing;

	return p->member.role != MEMBER_NONE ||
	       (l->with_ban && (l->may_find || p->has_asked || s->is_invited ||
				   s->was_member || s->is_banned));
}

static int
remove_body(struct db *db, void *ctx, struct err *e)
{
	struct leaving	   *l = ctx;
	struct group_person p;

	if (group_load(db, &l->x, true, e) == -1)
		return -1;
	if (l->user_id == l->x.actor.id)
		return leave(db, l, e);
	if (conversation_may(
		&l->x.me.standing, ACTION_REMOVE, l->x.now_ms, e) == -1 ||
	    group_people(db, &l->x, &l->user_id, 1, &p, e) == -1)
		return -1;
	if (!is_known(l, &p))
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such member.");
	if (conversation_may_govern(&l->x.me.standing, p.member.role, e) ==
		-1 ||
	    (l->with_ban && ban(db, l, e) == -1))
		return -1;
	if (p.member.role == MEMBER_NONE)
		return p.standing.is_banned
			   ? 0
			   : say_of_ban(db, l, &p, "barred", e);
	return take_out(db, l, l->with_ban ? "banned" : "removed", e);
}

int
group_remove(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t user_id, bool with_ban, struct err *e)
{
	struct leaving	    l = {.user_id = user_id, .with_ban = with_ban};
	struct contact_bond bond;
	struct user	    user;
	int		    found;

	if (group_change_init(&l.x, app, a, me, conv_id, e) == -1)
		return -1;
	found = account_find(app, a, user_id, &user, e);
	if (found == -1 ||
	    contact_bond_get(app, a, me, user_id, &bond, e) == -1)
		return -1;
	l.may_find = found == 1 && contact_may_find(&bond, user.hidden);
	l.is_hidden = found == 1 && user.hidden;
	/* Nobody is banned who is not. */
	l.with_ban = with_ban && found == 1;
	return group_run(&l.x, remove_body, e);
}

/* -- bans ------------------------------------------------------------------ */

int
group_bans(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const struct group_page *page, struct group_ban **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	struct group_change x;
	int64_t		    after = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &after, 1, e) == -1)
		return -1;
	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_REMOVE, e) == -1 ||
	    group_store_bans(app->db, a, conv_id, (uint64_t)after,
		page->limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		*next_r = id_text(a, (*list_r)[*n_r - 1].user_id);
	}
	return 0;
}

static int
unban_body(struct db *db, void *ctx, struct err *e)
{
	struct leaving	   *l = ctx;
	struct group_person p;
	int		    lifted;

	if (group_lock(db, &l->x, ACTION_REMOVE, e) == -1 ||
	    group_people(db, &l->x, &l->user_id, 1, &p, e) == -1)
		return -1;
	lifted = group_store_unban(db, l->x.conv_id, l->user_id, e);
	if (lifted == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such ban.");
	return lifted == -1 ? -1 : say_of_ban(db, l, &p, "unbanned", e);
}

int
group_unban(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t user_id, struct err *e)
{
	struct leaving l = {.user_id = user_id};
	struct user    user;
	int	       found = account_find(app, a, user_id, &user, e);

	if (found == -1 ||
	    group_change_init(&l.x, app, a, me, conv_id, e) == -1)
		return -1;
	l.is_hidden = found == 1 && user.hidden;
	return group_run(&l.x, unban_body, e);
}

/* -- another owner --------------------------------------------------------- */

/* The heir is the owner from now on, the actor an admin. */
static int
hand_over(struct db *db, struct group_change *x, struct group_member *heir,
    struct err *e)
{
	x->me.member.role = MEMBER_ADMIN;
	x->me.member.permissions = PERMIT_ALL;
	heir->role = MEMBER_OWNER;
	heir->permissions = 0;
	heir->muted_until_ms = 0;
	if (group_store_member_put(db, x->conv_id, &x->me.member, e) == -1 ||
	    group_store_member_put(db, x->conv_id, heir, e) == -1 ||
	    group_say_of(db, x, "transferred", heir->user_id, NULL, e) == -1 ||
	    group_mark_member(db, x, x->actor.id, e) == -1 ||
	    group_mark_member(db, x, heir->user_id, e) == -1)
		return -1;
	return group_tell_members(db, x, "member", "transferred",
	    json_pack("{s:s, s:s}", "user_id", id_text(x->arena, heir->user_id),
		"by", id_text(x->arena, x->actor.id)),
	    e);
}

static int
transfer_body(struct db *db, void *ctx, struct err *e)
{
	struct leaving	   *l = ctx;
	struct group_person heir;

	if (group_lock(db, &l->x, ACTION_TRANSFER, e) == -1 ||
	    group_member_load(db, &l->x, l->user_id, &heir, e) == -1)
		return -1;
	if (l->user_id == l->x.actor.id)
		return 0;
	return hand_over(db, &l->x, &heir.member, e);
}

int
group_transfer(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t user_id, struct err *e)
{
	struct leaving l = {.user_id = user_id};

	if (group_change_init(&l.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&l.x, transfer_body, e);
}

/* -- leaving Parley -------------------------------------------------------- */

static int
farewell_body(struct db *db, void *ctx, struct err *e)
{
	struct leaving	    *l = ctx;
	struct group_change *x = &l->x;
	struct group_member *heir;
	size_t		     n;

	if (group_load(db, x, true, e) == -1)
		return -1;
	if (x->me.member.role == MEMBER_NONE ||
	    x->g.status != CONVERSATION_ALIVE)
		return 0;
	if (x->me.member.role == MEMBER_OWNER) {
		if (group_store_members(db, x->arena, x->conv_id, &x->me.member,
			1, &heir, &n, e) == -1)
			return -1;
		if (n == 0)
			return group_end(db, x, e);
		if (hand_over(db, x, heir, e) == -1)
			return -1;
	}
	return take_out(db, l, "left", e);
}

int
group_farewell(struct app *app, struct arena *a, uint64_t me, struct err *e)
{
	enum { AT_ONCE = 100 };
	const uint64_t *ids;
	uint64_t	after = 0;
	size_t		n = AT_ONCE;

	while (n == AT_ONCE) {
		if (group_store_of_user(
			app->db, a, me, after, AT_ONCE, &ids, &n, e) == -1)
			return -1;
		for (size_t i = 0; i < n; i++) {
			struct leaving l = {.user_id = me};

			after = ids[i];
			if (group_change_init(&l.x, app, a, me, ids[i], e) ==
				-1 ||
			    group_run(&l.x, farewell_body, e) == -1)
				return -1;
		}
	}
	return 0;
}

int
group_has_any(struct db *db, struct arena *a, uint64_t user_id, struct err *e)
{
	const uint64_t *ids;
	size_t		n;

	if (group_store_of_user(db, a, user_id, 0, 1, &ids, &n, e) == -1)
		return -1;
	return n > 0;
}
