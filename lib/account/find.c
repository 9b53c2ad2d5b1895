/* SPDX-License-Identifier: MIT */
/*
 * find.c -- Use cases: users by id; own sessions.
 *
 * Who may be found by whom is the contacts' to say: who hides or has blocked
 * the caller is as if not there.
 */
#include "account/known.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "contact/contact.h"
#include "data/app.h"

int
account_find(struct app *app, struct arena *a, uint64_t id, struct user *user,
    struct err *e)
{
	if (account_find_many(app, a, &id, 1, user, e) == -1)
		return -1;
	return user->id != 0;
}

int
account_find_many(struct app *app, struct arena *a, const uint64_t *ids,
    size_t n, struct user *users_r, struct err *e)
{
	uint64_t    *asked = arena_alloc(a, n * sizeof *asked);
	struct user *found = arena_alloc(a, n * sizeof *found);
	size_t	     nasked = 0;

	for (size_t i = 0; i < n; i++)
		if (known_find(a, ids[i]) == NULL)
			asked[nasked++] = ids[i];
	if (nasked > 0 &&
	    account_store_users(app->db, a, asked, nasked, found, e) == -1)
		return -1;
	for (size_t i = 0; i < nasked; i++)
		known_add(a, asked[i], &found[i]);
	for (size_t i = 0; i < n; i++)
		users_r[i] = *known_find(a, ids[i]);
	return 0;
}

int
account_get_visible(struct app *app, struct arena *a, uint64_t me, uint64_t id,
    struct user *user, struct err *e)
{
	bool is_visible = false;
	int  found = account_find(app, a, id, user, e);

	if (found == -1 ||
	    (found == 1 && contact_filter_visible(app, a, me, &id,
			       &user->hidden, 1, &is_visible, e) == -1))
		return -1;
	if (!is_visible)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return 0;
}

int
account_sessions(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t before, unsigned limit, struct session **list_r, size_t *n_r,
    struct err *e)
{
	return account_store_sessions(
	    app->db, a, user_id, before, clock_ms(), limit, list_r, n_r, e);
}
