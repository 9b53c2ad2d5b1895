/* SPDX-License-Identifier: MIT */
/*
 * profile.c -- Use case: a user changes what others, and the pages, see.
 *
 * Only what is given is written, in one statement, so that two devices that
 * change different things do not undo each other.  Whoever has the user in a
 * list is told of what is seen there.
 */
#include <string.h>

#include "account/known.h"
#include "account/names.h"
#include "account/rules.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "contact/contact.h"
#include "conversation/conversation.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "presence/presence.h"
#include "sync/sync.h"

/* As many are told of presence, too. */
enum { PLACES_MAX = 5000 };

void
account_profile_judge(const struct account_profile *p, struct err *e)
{
	(void)display_name_check(p->display_name, e);
	(void)bio_check(p->bio, e);
	(void)email_check(p->email, e);
	(void)locale_check(p->locale, e);
	(void)theme_check(p->theme, e);
	(void)presence_check(p->presence, e);
}

struct updating {
	struct arena	      *arena;
	uint64_t	       id;
	struct account_profile profile;
	struct user_secret     after;
};

static int
mark(struct db *db, const struct updating *u, struct err *e)
{
	struct sync_place *places;
	size_t		   n;

	if (contact_places(db, u->arena, u->id, PLACES_MAX, &places, &n, e) ==
		-1 ||
	    sync_mark_many(db, u->arena, places, n, e) == -1 ||
	    conversation_places(
		db, u->arena, u->id, PLACES_MAX, &places, &n, e) == -1)
		return -1;
	return sync_mark_many(db, u->arena, places, n, e);
}

/* To the own devices, and to all who see it: how the user looks now. */
static int
tell(struct db *db, const struct updating *u, struct err *e)
{
	const struct account_profile *p = &u->profile;
	bool		    is_seen = p->display_name != NULL || p->bio != NULL;
	struct outbox_event event = {.key = u->id,
	    .audience = is_seen ? OUTBOX_KNOWN : OUTBOX_USERS,
	    .users = {u->id}};

	event.frame =
	    user_profile_frame(u->arena, &u->after.user, &event.frame_len);
	if (outbox_add(db, &event, 1, clock_ms(), e) == -1)
		return -1;
	return is_seen ? mark(db, u, e) : 0;
}

/* Is the name the user's already?  1, 0 (or no such user), -1. */
static int
is_called(struct db *db, struct updating *u, const char *name, struct err *e)
{
	int found = account_store_user(db, u->arena, u->id, &u->after, e);

	if (found != 1)
		return found;
	return strcmp(u->after.user.display_name, name) == 0;
}

/*
 * In the groups of who goes by another name; a form brings it unchanged, too.
 * Their rows come before that of the account; but what is to be left untold is
 * looked at again once nobody else can change it.
 */
static int
tell_groups(struct db *db, struct updating *u, struct err *e)
{
	const char *name = u->profile.display_name;
	int	    same;

	if (name == NULL)
		return 0;
	same = is_called(db, u, name, e);
	if (same == 1) {
		if (account_hold_many(db, u->arena, &u->id, 1, e) == -1)
			return -1;
		same = is_called(db, u, name, e);
	}
	if (same != 0)
		return same == 1 ? 0 : -1;
	return conversation_member_renamed(
	    db, u->arena, u->id, name, clock_ms(), e);
}

static int
update(struct db *db, void *ctx, struct err *e)
{
	struct updating *u = ctx;
	int		 found;

	if (tell_groups(db, u, e) == -1)
		return -1;
	if (account_store_profile_set(db, u->id, &u->profile, e) == -1)
		return -1;
	if (u->profile.presence != NULL &&
	    presence_changed(db, u->id, clock_ms(), e) == -1)
		return -1;
	found = account_store_user(db, u->arena, u->id, &u->after, e);
	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	if (found == -1 ||
	    (u->profile.display_name != NULL &&
		names_put(db, u->arena, u->id, u->after.user.username,
		    u->after.user.display_name, e) == -1))
		return -1;
	return tell(db, u, e);
}

int
account_profile_update(struct app *app, struct arena *a, uint64_t id,
    const struct account_profile *profile, struct user *user, struct err *e)
{
	struct updating u = {.arena = a, .id = id, .profile = *profile};

	account_profile_judge(profile, e);
	if (e->kind != ERR_NONE)
		return -1;
	if (profile->email != NULL && *profile->email == '\0')
		u.profile.email = NULL;
	if (tx_run(app->db, update, &u, e) == -1)
		return -1;
	known_forget(a);
	outbox_nudge(app);
	*user = u.after.user;
	return 0;
}
