/* SPDX-License-Identifier: MIT */
/*
 * group_join.c -- Use cases: somebody comes into a group, or asks to.
 *
 * Invitation, request and policy are read under the lock of the group, so an
 * acceptance and its withdrawal never both succeed.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/group_change.h"
#include "conversation/store_entry.h"
#include "data/app.h"
#include "data/db.h"

struct joining {
	struct group_change  x; /* first: see group_run() */
	uint64_t	     user_id;
	const char	    *note;
	bool		     asked;
	struct group_asking *out;
};

static int
nothing_such(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such request.");
}

/* Who may decide hears of who asks. */
static int
ask(struct db *db, struct joining *j, struct err *e)
{
	struct group_change	 *x = &j->x;
	const struct group_asking asking = {x->conv_id, x->actor.id, 0,
	    j->note != NULL ? j->note : "", x->now_ms};
	const uint64_t		 *staff;
	size_t			  n;

	if (j->out != NULL)
		*j->out = asking;
	if (entry_store_ask(db, &asking, e) == -1 ||
	    group_store_staff(
		db, x->arena, x->conv_id, PERMIT_INVITE, &staff, &n, e) == -1)
		return -1;
	return group_tell_users(db, x, staff, n, "member", "requested",
	    json_pack("{s:s}", "user_id", id_text(x->arena, x->actor.id)), e);
}

static int
join_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	    *j = ctx;
	struct group_change *x = &j->x;

	if (group_load(db, x, true, e) == -1 ||
	    conversation_way_in(
		&x->me.standing, false, x->now_ms, &j->asked, e) == -1)
		return -1;
	if (x->me.member.role != MEMBER_NONE || x->g.type != CONVERSATION_GROUP)
		return 0;
	if (j->asked)
		return ask(db, j, e);
	return group_enter(db, x, &x->actor.id, 1, "joined", e);
}

int
group_join(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const char *note, bool *asked_r, struct err *e)
{
	struct joining j = {.note = note};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1 ||
	    group_run(&j.x, join_body, e) == -1)
		return -1;
	*asked_r = j.asked;
	return 0;
}

/* -- requests -------------------------------------------------------------- */

static int
ask_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	    *j = ctx;
	struct group_change *x = &j->x;

	if (group_lock(db, x, ACTION_ASK_TO_JOIN, e) == -1 ||
	    conversation_way_in(
		&x->me.standing, false, x->now_ms, &j->asked, e) == -1)
		return -1;
	if (!j->asked)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "You may join without asking.");
	return ask(db, j, e);
}

int
group_ask(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const char *note, struct group_asking *out, struct err *e)
{
	struct joining j = {.note = note, .out = out};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&j.x, ask_body, e);
}

static int
accept_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	   *j = ctx;
	struct group_person p;
	int		    gone;

	if (group_lock(db, &j->x, ACTION_INVITE, e) == -1 ||
	    group_people(db, &j->x, &j->user_id, 1, &p, e) == -1)
		return -1;
	gone = entry_store_unask(db, j->x.conv_id, j->user_id, e);
	if (gone != 1)
		return gone == 0 ? nothing_such(e) : -1;
	if (p.member.role != MEMBER_NONE)
		return 0;
	return group_enter(db, &j->x, &j->user_id, 1, "accepted", e);
}

int
group_request_accept(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct joining j = {.user_id = user_id};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&j.x, accept_body, e);
}

/* Withdrawn by oneself, whatever one is there by now; else declined. */
static int
end_request_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	    *j = ctx;
	struct group_change *x = &j->x;
	bool		     is_self = j->user_id == x->actor.id;
	int		     gone;

	if (group_load(db, x, true, e) == -1 ||
	    (!is_self && conversation_may(&x->me.standing, ACTION_INVITE,
			     x->now_ms, e) == -1))
		return -1;
	gone = entry_store_unask(db, x->conv_id, j->user_id, e);
	if (gone != 1)
		return gone == 0 ? nothing_such(e) : -1;
	return group_tell_user(db, x, j->user_id, "conversation",
	    is_self ? "request_withdrawn" : "request_declined", NULL, e);
}

int
group_request_end(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct joining j = {.user_id = user_id};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&j.x, end_request_body, e);
}

/* -- invitations ----------------------------------------------------------- */

static int
accept_invitation_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	    *j = ctx;
	struct group_change *x = &j->x;

	if (group_load(db, x, true, e) == -1)
		return -1;
	if (x->g.status != CONVERSATION_ALIVE ||
	    (!x->me.standing.is_invited && !x->me.standing.is_banned))
		return nothing_such(e);
	if (conversation_may(&x->me.standing, ACTION_JOIN, x->now_ms, e) == -1)
		return -1;
	return group_enter(db, x, &x->actor.id, 1, "joined", e);
}

int
group_invitation_accept(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, struct err *e)
{
	struct joining j = {0};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&j.x, accept_invitation_body, e);
}

static int
end_invitation_body(struct db *db, void *ctx, struct err *e)
{
	struct joining	    *j = ctx;
	struct group_change *x = &j->x;
	bool		     is_self = j->user_id == x->actor.id;
	int		     gone;

	if (group_load(db, x, true, e) == -1 ||
	    (!is_self && conversation_may(&x->me.standing, ACTION_INVITE,
			     x->now_ms, e) == -1))
		return -1;
	gone = entry_store_uninvite(db, x->conv_id, j->user_id, e);
	if (gone != 1)
		return gone == 0 ? nothing_such(e) : -1;
	return group_tell_user(db, x, j->user_id, "conversation",
	    is_self ? "invitation_declined" : "invitation_withdrawn", NULL, e);
}

int
group_invitation_end(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct joining j = {.user_id = user_id};

	if (group_change_init(&j.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&j.x, end_invitation_body, e);
}

/* -- lists of both --------------------------------------------------------- */

static int
after_of(const struct group_page *page, uint64_t *after_r, struct err *e)
{
	int64_t after = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &after, 1, e) == -1)
		return -1;
	*after_r = (uint64_t)after;
	return 0;
}

/* One more than asked for tells whether there is a next page. */
static const char *
cut(struct arena *a, const struct group_page *page,
    const struct group_asking *list, size_t *n, bool by_user)
{
	const struct group_asking *last;

	if (*n <= page->limit)
		return NULL;
	*n = page->limit;
	last = &list[*n - 1];
	return id_text(a, by_user ? last->user_id : last->conv_id);
}

int
group_requests(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const struct group_page *page, struct group_asking **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	struct group_change x;
	uint64_t	    after;

	if (after_of(page, &after, e) == -1 ||
	    group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_INVITE, e) == -1 ||
	    entry_store_requests(app->db, a, conv_id, after, page->limit + 1,
		list_r, n_r, e) == -1)
		return -1;
	*next_r = cut(a, page, *list_r, n_r, true);
	return 0;
}

int
group_invitations(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, const struct group_page *page,
    struct group_asking **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	struct group_change x;
	uint64_t	    after;

	if (after_of(page, &after, e) == -1 ||
	    group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_INVITE, e) == -1 ||
	    entry_store_invitations(app->db, a, conv_id, after, page->limit + 1,
		list_r, n_r, e) == -1)
		return -1;
	*next_r = cut(a, page, *list_r, n_r, true);
	return 0;
}

int
group_invitations_of(struct app *app, struct arena *a, uint64_t me,
    const struct group_page *page, struct group_asking **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	uint64_t after;

	if (after_of(page, &after, e) == -1 ||
	    entry_store_invitations_of(
		app->db, a, me, after, page->limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = cut(a, page, *list_r, n_r, false);
	return 0;
}
