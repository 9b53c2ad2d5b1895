/* SPDX-License-Identifier: MIT */
/*
 * group_join.c -- Use cases: somebody comes into a group, or asks to.
 *
 * Invitation and policy are read under the lock of the group, so nobody comes
 * in by what has just been taken back.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/group_change.h"
#include "conversation/store_entry.h"

enum { ASKED_MAX = 100 }; /* requests of one person that wait */

struct joining {
	struct group_change  x; /* first: see group_run() */
	const char	    *note;
	bool		     asked;
	struct group_asking *out;
};

/* Asking again changes the note, and is no request more. */
static int
check_asked(struct db *db, const struct group_change *x, struct err *e)
{
	size_t n;

	if (x->me.has_asked)
		return 0;
	if (group_count_hold(db, x, NULL, 0, e) == -1 ||
	    entry_store_asked(db, x->arena, x->actor.id, &n, e) == -1)
		return -1;
	if (n >= ASKED_MAX)
		return err_set(e, ERR_CONFLICT, "full",
		    "%d of your requests wait already: withdraw one.",
		    ASKED_MAX);
	return 0;
}

/* Who may decide hears of who asks; so do that one's other devices. */
static int
ask(struct db *db, struct joining *j, struct err *e)
{
	struct group_change	 *x = &j->x;
	const struct group_asking asking = {x->conv_id, x->actor.id, 0,
	    j->note != NULL ? j->note : "", x->now_ms};

	if (j->out != NULL)
		*j->out = asking;
	if (check_asked(db, x, e) == -1 ||
	    entry_store_ask(db, &asking, e) == -1 ||
	    group_tell_staff(db, x, "requested",
		json_pack("{s:s}", "user_id", id_text(x->arena, x->actor.id)),
		e) == -1)
		return -1;
	return group_tell_user(
	    db, x, x->actor.id, "conversation", "requested", NULL, e);
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

	if (group_perform(&j.x, app, a, me, conv_id, join_body, e) == -1)
		return -1;
	*asked_r = j.asked;
	return 0;
}

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

	return group_perform(&j.x, app, a, me, conv_id, ask_body, e);
}
