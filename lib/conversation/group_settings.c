/* SPDX-License-Identifier: MIT */
/*
 * group_settings.c -- Use cases: a group is arranged by those who may, and
 * dissolved; administrators arrange the world channel.
 *
 * Each change that people would ask about is a line in the history.  A group
 * that is dissolved keeps its rows but is nobody's any more, so that it costs
 * the same however many were in it.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/group_change.h"
#include "conversation/store.h"
#include "conversation/store_directory.h"
#include "data/app.h"
#include "data/db.h"
#include "sync/sync.h"
#include "web/web.h"

const char *
join_policy_name(enum join_policy policy)
{
	static const char *const names[] = {"", "open", "approval", "invite"};

	return names[policy];
}

enum join_policy
join_policy_of(const char *name)
{
	for (int p = JOIN_OPEN; name != NULL && p <= JOIN_INVITE; p++)
		if (strcmp(join_policy_name((enum join_policy)p), name) == 0)
			return (enum join_policy)p;
	return JOIN_NONE;
}

static void
check_text(const char *field, const char *text, size_t max,
    const char *controls, struct err *e)
{
	size_t n = strlen(text);

	if (!utf8_valid(text, n))
		err_field(e, field, "encoding", "This is not UTF-8.");
	else if (utf8_length(text, n) > max)
		err_field(e, field, "too_long", "At most %zu characters.", max);
	else if (utf8_has_control(text, n, controls))
		err_field(e, field, "characters",
		    "Control characters are not allowed.");
}

int
group_check(const char *title, const char *description, struct err *e)
{
	unsigned before = e->nfields;

	if (title == NULL || utf8_is_blank(title, strlen(title)))
		err_field(e, "title", "required", "A group needs a title.");
	else
		check_text("title", title, GROUP_TITLE_MAX, "", e);
	if (description != NULL)
		check_text("description", description, GROUP_DESCRIPTION_MAX,
		    "\n\t", e);
	return e->nfields > before ? -1 : 0;
}

/* -- settings -------------------------------------------------------------- */

struct arranging {
	struct group_change	     x; /* first: see group_run() */
	const struct group_settings *want;
};

static bool
edits(const struct group_settings *s)
{
	return s->title != NULL || s->description != NULL ||
	       s->join_policy != NULL || s->from_start != NULL ||
	       s->max_members != NULL || s->no_avatar;
}

static bool
hushes(const struct group_settings *s)
{
	return s->muted_all != NULL || s->slow_mode_s != NULL;
}

static int
may_arrange(const struct arranging *r, struct err *e)
{
	const struct conversation_standing *me = &r->x.me.standing;
	const struct group_settings	   *want = r->want;
	int64_t				    now = r->x.now_ms;

	if (conversation_may(me, ACTION_SEE, now, e) == -1 ||
	    (edits(want) && conversation_may(me, ACTION_EDIT, now, e) == -1) ||
	    (hushes(want) && conversation_may(me, ACTION_HUSH, now, e) == -1) ||
	    (want->is_on != NULL &&
		conversation_may(me, ACTION_SWITCH, now, e) == -1))
		return -1;
	if (want->max_members != NULL &&
	    *want->max_members < r->x.g.shared.nmembers)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "There are %u members.", r->x.g.shared.nmembers);
	return 0;
}

/* The row as it is wanted; the world has neither policy nor limit. */
static void
apply(const struct group_settings *want, struct group_state *g)
{
	struct conversation_shared *s = &g->shared;

	if (want->title != NULL)
		g->title = want->title;
	if (want->description != NULL)
		s->description = want->description;
	if (want->muted_all != NULL)
		s->muted_all = *want->muted_all;
	if (want->slow_mode_s != NULL)
		s->slow_mode_s = *want->slow_mode_s;
	if (want->is_on != NULL)
		g->status =
		    *want->is_on ? CONVERSATION_ALIVE : CONVERSATION_OFF;
	if (g->type != CONVERSATION_GROUP)
		return;
	if (want->join_policy != NULL)
		s->join_policy = *want->join_policy;
	if (want->from_start != NULL)
		s->from_start = *want->from_start;
	if (want->max_members != NULL)
		s->max_members = *want->max_members;
}

static int
say_changes(struct db *db, struct group_change *x,
    const struct group_state *was, struct err *e)
{
	const struct conversation_shared *old = &was->shared;
	const struct conversation_shared *new = &x->g.shared;

	if (strcmp(was->title, x->g.title) != 0 &&
	    group_say(db, x, "renamed", json_pack("{s:s}", "title", x->g.title),
		e) == -1)
		return -1;
	if (strcmp(old->description, new->description) != 0 &&
	    group_say(db, x, "described",
		json_pack("{s:s}", "description", new->description), e) == -1)
		return -1;
	if (old->join_policy != new->join_policy &&
	    group_say(db, x, "join_policy",
		json_pack(
		    "{s:s}", "join_policy", join_policy_name(new->join_policy)),
		e) == -1)
		return -1;
	if (old->from_start != new->from_start &&
	    group_say(db, x, "history",
		json_pack("{s:b}", "from_start", new->from_start), e) == -1)
		return -1;
	if (old->max_members != new->max_members &&
	    group_say(db, x, "member_limit",
		json_pack(
		    "{s:I}", "max_members", (json_int_t) new->max_members),
		e) == -1)
		return -1;
	if (old->muted_all != new->muted_all &&
	    group_say(db, x, new->muted_all ? "muted_all" : "unmuted_all", NULL,
		e) == -1)
		return -1;
	if (old->slow_mode_s != new->slow_mode_s &&
	    group_say(db, x, "slow_mode",
		json_pack("{s:I}", "seconds", (json_int_t) new->slow_mode_s),
		e) == -1)
		return -1;
	return 0;
}

static json_t *
settings_json(const struct group_state *g)
{
	const struct conversation_shared *s = &g->shared;

	return json_pack("{s:s, s:s, s:b, s:I}", "title", g->title,
	    "description", s->description, "muted_all", s->muted_all,
	    "slow_mode_s", (json_int_t)s->slow_mode_s);
}

static bool
is_same(const struct group_state *a, const struct group_state *b)
{
	const struct conversation_shared *x = &a->shared, *y = &b->shared;

	return a->status == b->status && strcmp(a->title, b->title) == 0 &&
	       strcmp(x->description, y->description) == 0 &&
	       x->join_policy == y->join_policy &&
	       x->from_start == y->from_start && x->muted_all == y->muted_all &&
	       x->slow_mode_s == y->slow_mode_s &&
	       x->max_members == y->max_members;
}

static int
arrange_body(struct db *db, void *ctx, struct err *e)
{
	struct arranging   *r = ctx;
	struct group_state *g = &r->x.g, was;

	if (group_load(db, &r->x, true, e) == -1 || may_arrange(r, e) == -1)
		return -1;
	was = *g;
	apply(r->want, g);
	if (is_same(&was, g))
		return 0;
	if (group_store_put(db, g, e) == -1 ||
	    (g->type == CONVERSATION_GROUP &&
		directory_store_put(db, r->x.arena, g, e) == -1) ||
	    say_changes(db, &r->x, &was, e) == -1 ||
	    sync_mark_in(db, g->id, 0, e) == -1)
		return -1;
	return group_tell_members(
	    db, &r->x, "conversation", "changed", settings_json(g), e);
}

int
group_change_settings(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, const struct group_settings *want, struct err *e)
{
	struct arranging r = {.want = want};

	if ((want->title != NULL || want->description != NULL) &&
	    group_check(want->title != NULL ? want->title : "-",
		want->description, e) == -1)
		return -1;
	if (group_change_init(&r.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&r.x, arrange_body, e);
}

/* -- the end --------------------------------------------------------------- */

static int
dissolve_body(struct db *db, void *ctx, struct err *e)
{
	struct group_change *x = ctx;

	if (group_lock(db, x, ACTION_DISSOLVE, e) == -1)
		return -1;
	return group_end(db, x, e);
}

int
group_end(struct db *db, struct group_change *x, struct err *e)
{
	x->g.status = CONVERSATION_DISSOLVED;
	x->g.shared.join_policy = JOIN_NONE;
	if (group_store_put(db, &x->g, e) == -1 ||
	    directory_store_put(db, x->arena, &x->g, e) == -1 ||
	    group_turn_away(db, x, e) == -1 ||
	    sync_mark_in(db, x->conv_id, 0, e) == -1)
		return -1;
	return group_tell_members(db, x, "conversation", "removed",
	    json_pack("{s:s}", "reason", "dissolved"), e);
}

int
group_dissolve(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    struct err *e)
{
	struct group_change x;

	if (group_change_init(&x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&x, dissolve_body, e);
}

int
group_world(
    struct app *app, struct arena *a, uint64_t *conv_id_r, struct err *e)
{
	uint64_t seq;

	if (conversation_store_world(app->db, a, conv_id_r, &seq, e) == -1)
		return -1;
	if (*conv_id_r == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such conversation.");
	return 0;
}
