/* SPDX-License-Identifier: MIT */
/*
 * profile.c -- Use case: a user changes what others, and the pages, see.
 *
 * Only what is given is written, in one statement, so that two devices that
 * change different things do not undo each other.
 */
#include "account/known.h"
#include "account/rules.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "presence/presence.h"

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
update(struct db *db, void *ctx, struct err *e)
{
	struct updating *u = ctx;
	int		 found;

	if (account_store_profile_set(db, u->id, &u->profile, e) == -1)
		return -1;
	if (u->profile.presence != NULL &&
	    presence_changed(db, u->id, clock_ms(), e) == -1)
		return -1;
	found = account_store_user(db, u->arena, u->id, &u->after, e);
	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return found == 1 ? 0 : -1;
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
	if (profile->presence != NULL)
		outbox_nudge(app);
	*user = u.after.user;
	return 0;
}
