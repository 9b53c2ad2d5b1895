/* SPDX-License-Identifier: MIT */
/*
 * group_add.c -- Use cases: a group is opened, people are added to it.
 *
 * Only contacts come in at once; whoever else can be found is invited, and
 * decides.  However many come, it is one step of the version, one line in the
 * history and one event.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/group_change.h"
#include "conversation/store_directory.h"
#include "data/app.h"
#include "data/db.h"

struct adding {
	struct group_change	   x; /* first: see group_run() */
	const struct group_draft  *draft;
	const enum group_addition *first; /* as contacts have it */
	struct group_additions	  *out;
	bool			  *is_asked; /* invited before */
	bool			   is_one;   /* added alone */
};

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static enum group_addition
fate_of(uint64_t me, uint64_t id, const struct user *user,
    const struct contact_bond *bond)
{
	if (id == me)
		return ADDITION_MEMBER;
	if (user->id == 0)
		return ADDITION_UNKNOWN;
	if (contact_is_barred(bond))
		return ADDITION_BLOCKED;
	if (bond->is_contact)
		return ADDITION_ADDED;
	return contact_may_find(bond, user->hidden) ? ADDITION_INVITED
						    : ADDITION_UNKNOWN;
}

/* What the caller's contacts say of each; ids without repeats. */
static int
prepare(struct adding *d, const uint64_t *ids, size_t n, struct err *e)
{
	struct arena	    *a = d->x.arena;
	uint64_t	    *sorted = arena_memdup(a, ids, n * sizeof(*ids));
	struct user	    *users = arena_alloc(a, n * sizeof(*users));
	struct contact_bond *bonds = arena_alloc(a, n * sizeof(*bonds));
	enum group_addition *first = arena_alloc(a, n * sizeof(*first));
	size_t		     kept = 0;

	if (n > 0)
		qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || sorted[kept - 1] != sorted[i])
			sorted[kept++] = sorted[i];
	if (account_find_many(d->x.app, a, sorted, kept, users, e) == -1 ||
	    contact_bonds_get(
		d->x.app, a, d->x.actor.id, sorted, kept, bonds, e) == -1)
		return -1;
	for (size_t i = 0; i < kept; i++)
		first[i] =
		    fate_of(d->x.actor.id, sorted[i], &users[i], &bonds[i]);
	d->first = first;
	d->out->ids = sorted;
	d->out->n = kept;
	d->out->fate = arena_alloc(a, kept * sizeof(*d->out->fate));
	return 0;
}

/* What the group says of each; who is invited already is left in peace. */
static int
judge(struct db *db, struct adding *d, struct err *e)
{
	struct group_additions *out = d->out;
	struct group_person    *people =
	    arena_alloc(d->x.arena, out->n * sizeof(*people));

	if (group_people(db, &d->x, out->ids, out->n, people, e) == -1)
		return -1;
	d->is_asked = arena_alloc(d->x.arena, out->n * sizeof(*d->is_asked));
	for (size_t i = 0; i < out->n; i++) {
		enum group_addition fate = d->first[i];

		if (people[i].member.role != MEMBER_NONE)
			fate = ADDITION_MEMBER;
		else if (people[i].standing.is_banned &&
			 (fate == ADDITION_ADDED || fate == ADDITION_INVITED))
			fate = ADDITION_BANNED;
		out->fate[i] = fate;
		d->is_asked[i] = people[i].standing.is_invited;
	}
	return 0;
}

/* What stands in the way of one alone is the answer. */
static int
verdict(const struct adding *d, struct err *e)
{
	switch (d->out->fate[0]) {
	case ADDITION_UNKNOWN:
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	case ADDITION_BLOCKED:
		return err_set(e, ERR_FORBIDDEN, "blocked",
		    "One of you has blocked the other.");
	case ADDITION_BANNED:
		return err_set(e, ERR_FORBIDDEN, "banned",
		    "This person is banned here; unban them first.");
	case ADDITION_FULL:
		return err_set(e, ERR_CONFLICT, "full",
		    "Too many invitations wait for this person.");
	case ADDITION_LIMITED:
		err_set(e, ERR_RATE_LIMITED, "rate_limited",
		    "You have invited too many strangers today.");
		e->retry_after_s = group_ration_wait_s(d->x.now_ms);
		return -1;
	case ADDITION_ADDED:
	case ADDITION_INVITED:
	case ADDITION_MEMBER:
		break;
	}
	return 0;
}

static int
invite(struct db *db, struct adding *d, struct err *e)
{
	struct group_additions *out = d->out;
	struct arena	       *a = d->x.arena;
	uint64_t	       *ids = arena_alloc(a, out->n * sizeof(*ids));
	size_t		       *at = arena_alloc(a, out->n * sizeof(*at));
	enum group_addition    *fate = arena_alloc(a, out->n * sizeof(*fate));
	size_t			n = 0;

	for (size_t i = 0; i < out->n; i++)
		if (out->fate[i] == ADDITION_INVITED && !d->is_asked[i]) {
			at[n] = i;
			ids[n++] = out->ids[i];
		}
	if (n == 0)
		return 0;
	if (group_invite(db, &d->x, ids, n, fate, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		out->fate[at[i]] = fate[i];
	return 0;
}

static int
take_in(struct db *db, struct adding *d, struct err *e)
{
	struct group_additions *out = d->out;
	uint64_t *ids = arena_alloc(d->x.arena, out->n * sizeof(*ids));
	size_t	  n = 0;

	if (judge(db, d, e) == -1)
		return -1;
	for (size_t i = 0; i < out->n; i++)
		if (out->fate[i] == ADDITION_ADDED)
			ids[n++] = out->ids[i];
	if (n > 0 && group_enter(db, &d->x, ids, n, "added", e) == -1)
		return -1;
	if (invite(db, d, e) == -1)
		return -1;
	return d->is_one ? verdict(d, e) : 0;
}

static int
add_body(struct db *db, void *ctx, struct err *e)
{
	struct adding *d = ctx;

	if (group_lock(db, &d->x, ACTION_INVITE, e) == -1)
		return -1;
	return take_in(db, d, e);
}

int
group_add(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const uint64_t *ids, size_t n, struct group_additions *out, struct err *e)
{
	struct adding d = {.out = out};

	if (n > GROUP_ADD_MAX)
		return err_field(e, "user_ids", "too_long",
		    "At most %d at once.", GROUP_ADD_MAX);
	if (group_change_init(&d.x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &d.x, ACTION_INVITE, e) == -1 ||
	    prepare(&d, ids, n, e) == -1)
		return -1;
	d.is_one = out->n == 1;
	return group_run(&d.x, add_body, e);
}

/* -- a new one ------------------------------------------------------------- */

static int
make_body(struct db *db, void *ctx, struct err *e)
{
	struct adding		 *d = ctx;
	struct group_change	 *x = &d->x;
	const struct group_draft *draft = d->draft;
	const struct group_member owner = {.user_id = x->actor.id,
	    .role = MEMBER_OWNER,
	    .joined_ms = x->now_ms};

	x->g = (struct group_state){
	    .type = CONVERSATION_GROUP,
	    .title = draft->title,
	    .shared = {.description = draft->description,
		.join_policy = draft->join_policy,
		.from_start = draft->from_start,
		.nmembers = 1,
		.max_members = draft->max_members},
	    .members_version = 1,
	};
	if (group_hold(db, x, &x->actor.id, 1, e) == -1 ||
	    group_store_make(db, &x->g, x->now_ms, e) == -1)
		return -1;
	x->conv_id = x->g.id;
	if (group_store_enter(db, x->arena, &x->g, &owner, 1, e) == -1 ||
	    directory_store_put(db, x->arena, &x->g, e) == -1 ||
	    group_say(db, x, "created",
		json_pack("{s:s}", "title", draft->title), e) == -1 ||
	    group_tell_members(db, x, "conversation", "created",
		json_pack("{s:s}", "type", "group"), e) == -1)
		return -1;
	x->g.last_seq++; /* by what was said just now */
	return take_in(db, d, e);
}

int
group_create(struct app *app, struct arena *a, uint64_t me,
    const struct group_draft *given, uint64_t *conv_id_r,
    struct group_additions *out, struct err *e)
{
	struct group_draft draft = *given;
	struct adding	   d = {.draft = &draft, .out = out};

	if (draft.description == NULL)
		draft.description = "";
	if (draft.join_policy == JOIN_NONE)
		draft.join_policy = JOIN_INVITE;
	if (draft.max_members == 0)
		draft.max_members =
		    (unsigned)config_int(app->config, "group.max_members");
	if (draft.nusers > GROUP_ADD_MAX)
		err_field(e, "members", "too_long", "At most %d at once.",
		    GROUP_ADD_MAX);
	if (group_check(draft.title, draft.description, e) == -1 ||
	    draft.nusers > GROUP_ADD_MAX)
		return -1;
	if (group_change_init(&d.x, app, a, me, 0, e) == -1 ||
	    prepare(&d, draft.user_ids, draft.nusers, e) == -1 ||
	    group_run(&d.x, make_body, e) == -1)
		return -1;
	*conv_id_r = d.x.conv_id;
	return 0;
}
