/* SPDX-License-Identifier: MIT */
/*
 * find.c -- Use cases: users by id, by name, by part of a name; own sessions.
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

/* Moves the users that me may find to the front; how many, or -1. */
static int
keep_visible(struct app *app, struct arena *a, uint64_t me, struct user *users,
    size_t n, size_t *n_r, struct err *e)
{
	uint64_t *ids = arena_alloc(a, n * sizeof *ids);
	bool	 *hidden = arena_alloc(a, n * sizeof *hidden);
	bool	 *visible = arena_alloc(a, n * sizeof *visible);

	for (size_t i = 0; i < n; i++) {
		ids[i] = users[i].id;
		hidden[i] = users[i].hidden;
	}
	*n_r = 0;
	if (contact_filter_visible(app, a, me, ids, hidden, n, visible, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (visible[i])
			users[(*n_r)++] = users[i];
	return 0;
}

int
account_get_visible(struct app *app, struct arena *a, uint64_t me, uint64_t id,
    struct user *user, struct err *e)
{
	size_t n = 0;
	int    found = account_find(app, a, id, user, e);

	if (found == -1 ||
	    (found == 1 && keep_visible(app, a, me, user, 1, &n, e) == -1))
		return -1;
	if (n == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return 0;
}

int
account_search(struct app *app, struct arena *a, const struct account_query *q,
    struct account_page *page, struct err *e)
{
	struct account_query more = *q;
	struct user	    *users;
	unsigned	    *ranks;
	size_t		     n;

	*page = (struct account_page){0};
	if (*q->text == '\0')
		return 0;
	more.limit++; /* one too many tells that there are more */
	if (account_store_search(app->db, a, &more, &users, &ranks, &n, e) ==
	    -1)
		return -1;
	page->has_more = n > q->limit;
	if (page->has_more)
		n = q->limit;
	if (n > 0) {
		page->last_rank = ranks[n - 1];
		page->last_id = users[n - 1].id;
	}
	page->users = users;
	return keep_visible(app, a, q->me, users, n, &page->n, e);
}

int
account_sessions(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t before, unsigned limit, struct session **list_r, size_t *n_r,
    struct err *e)
{
	return account_store_sessions(
	    app->db, a, user_id, before, clock_ms(), limit, list_r, n_r, e);
}
