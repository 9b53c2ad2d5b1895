/* SPDX-License-Identifier: MIT */
/*
 * group_asking.c -- Use cases: who waits outside a group is let in, or not.
 *
 * A request is decided by those inside, an invitation by who was invited; all
 * else about the two is alike.  Both are read under the lock of the group, so
 * an acceptance and its withdrawal never both succeed.
 */
#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/event.h"
#include "conversation/group_change.h"
#include "conversation/store_entry.h"
#include "data/app.h"
#include "data/db.h"
#include "sync/sync.h"

/* What differs: how it is taken away, and who is told what of it. */
struct kind {
	int (*take)(struct db *, uint64_t conv_id, uint64_t user_id,
	    struct err *);		   /* 1, or 0: there was none */
	const char *by_oneself, *by_staff; /* to whom it is about */
	const char *ended;		   /* to the staff */
	int (*list)(struct db *, struct arena *, uint64_t conv_id,
	    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
	    struct err *);
};

static const struct kind request = {entry_store_unask, "request_withdrawn",
    "request_declined", "request_ended", entry_store_requests};
static const struct kind invitation = {entry_store_uninvite,
    "invitation_declined", "invitation_withdrawn", "invitation_ended",
    entry_store_invitations};

struct deciding {
	struct group_change x; /* first: see group_run() */
	uint64_t	    user_id;
	const struct kind  *kind;
};

static int
nothing_such(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such request.");
}

static int
take(struct db *db, const struct deciding *d, struct err *e)
{
	int gone = d->kind->take(db, d->x.conv_id, d->user_id, e);

	if (gone == 0)
		return nothing_such(e);
	return gone == 1 ? 0 : -1;
}

/* -- in -------------------------------------------------------------------- */

static int
accept_body(struct db *db, void *ctx, struct err *e)
{
	struct deciding	   *d = ctx;
	struct group_person p;

	if (group_lock(db, &d->x, ACTION_INVITE, e) == -1 ||
	    group_people(db, &d->x, &d->user_id, 1, &p, e) == -1 ||
	    take(db, d, e) == -1)
		return -1;
	if (p.member.role != MEMBER_NONE)
		return 0;
	return group_enter(db, &d->x, &d->user_id, 1, "accepted", e);
}

int
group_request_accept(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct deciding d = {.user_id = user_id, .kind = &request};

	return group_perform(&d.x, app, a, me, conv_id, accept_body, e);
}

static int
come_body(struct db *db, void *ctx, struct err *e)
{
	struct deciding	    *d = ctx;
	struct group_change *x = &d->x;

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
	struct deciding d = {.user_id = me, .kind = &invitation};

	return group_perform(&d.x, app, a, me, conv_id, come_body, e);
}

/* -- or not ---------------------------------------------------------------- */

/* By oneself, whatever one is there by now; by others if they may invite. */
static int
end_body(struct db *db, void *ctx, struct err *e)
{
	struct deciding	    *d = ctx;
	struct group_change *x = &d->x;
	bool		     is_self = d->user_id == x->actor.id;

	if (group_load(db, x, true, e) == -1 ||
	    (!is_self && conversation_may(&x->me.standing, ACTION_INVITE,
			     x->now_ms, e) == -1) ||
	    take(db, d, e) == -1)
		return -1;
	if (group_tell_staff(db, x, d->kind->ended,
		json_pack("{s:s}", "user_id", id_text(x->arena, d->user_id)),
		e) == -1)
		return -1;
	return group_tell_user(db, x, d->user_id, "conversation",
	    is_self ? d->kind->by_oneself : d->kind->by_staff, NULL, e);
}

int
group_request_end(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct deciding d = {.user_id = user_id, .kind = &request};

	return group_perform(&d.x, app, a, me, conv_id, end_body, e);
}

int
group_invitation_end(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *e)
{
	struct deciding d = {.user_id = user_id, .kind = &invitation};

	return group_perform(&d.x, app, a, me, conv_id, end_body, e);
}

enum { TOLD_MAX = 1000 };

static int
tell_turned_away(struct db *db, struct group_change *x, const struct kind *kind,
    struct err *e)
{
	struct group_asking *list;
	uint64_t	    *ids;
	size_t		     n;

	if (kind->list(db, x->arena, x->conv_id, 0, TOLD_MAX, &list, &n, e) ==
	    -1)
		return -1;
	ids = arena_alloc(x->arena, n * sizeof(*ids));
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i].user_id;
	return group_tell_users(
	    db, x, ids, n, "conversation", kind->by_staff, NULL, e);
}

int
group_turn_away(struct db *db, struct group_change *x, struct err *e)
{
	if (tell_turned_away(db, x, &request, e) == -1 ||
	    tell_turned_away(db, x, &invitation, e) == -1)
		return -1;
	return entry_store_turn_away(db, x->conv_id, e);
}

int
group_invitations_cut(struct db *db, struct arena *a, uint64_t x, uint64_t y,
    int64_t now_ms, struct err *e)
{
	struct sync_place *places;
	size_t		   n;

	if (entry_store_cut(db, a, x, y, &places, &n, e) == -1)
		return -1;
	return conversation_event_each(
	    db, a, "invitation_withdrawn", places, n, now_ms, e);
}

int
group_forget(struct db *db, uint64_t user_id, struct err *e)
{
	return entry_store_forget(db, user_id, e);
}

/* -- lists ----------------------------------------------------------------- */

typedef int (*stored_list)(struct db *, struct arena *, uint64_t of,
    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
    struct err *);

/* One more than asked for tells whether there is a next page. */
static int
page_of(struct app *app, struct arena *a, stored_list get, uint64_t of,
    bool by_user, const struct group_page *page, struct group_asking **list_r,
    size_t *n_r, const char **next_r, struct err *e)
{
	const struct group_asking *last;
	int64_t			   after = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &after, 1, e) == -1)
		return -1;
	if (get(app->db, a, of, (uint64_t)after, page->limit + 1, list_r, n_r,
		e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r <= page->limit)
		return 0;
	*n_r = page->limit;
	last = &(*list_r)[*n_r - 1];
	*next_r = id_text(a, by_user ? last->user_id : last->conv_id);
	return 0;
}

static int
page_in(struct app *app, struct arena *a, stored_list get, uint64_t me,
    uint64_t conv_id, const struct group_page *page,
    struct group_asking **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	struct group_change x;

	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_INVITE, e) == -1)
		return -1;
	return page_of(
	    app, a, get, conv_id, true, page, list_r, n_r, next_r, e);
}

int
group_requests(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const struct group_page *page, struct group_asking **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	return page_in(app, a, entry_store_requests, me, conv_id, page, list_r,
	    n_r, next_r, e);
}

int
group_invitations(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, const struct group_page *page,
    struct group_asking **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	return page_in(app, a, entry_store_invitations, me, conv_id, page,
	    list_r, n_r, next_r, e);
}

int
group_requests_of(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, const struct group_page *page,
    struct group_asking **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	(void)conv_id;
	return page_of(app, a, entry_store_requests_of, me, false, page, list_r,
	    n_r, next_r, e);
}

int
group_invitations_of(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, const struct group_page *page,
    struct group_asking **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	(void)conv_id;
	return page_of(app, a, entry_store_invitations_of, me, false, page,
	    list_r, n_r, next_r, e);
}
