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

/* A search looks through so many pages of people who may not be found. */
enum { PARTS_MAX = 8 };

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

/* Moves the users that me may find to the front, their ranks with them. */
static int
keep_visible(struct app *app, struct arena *a, uint64_t me, struct user *users,
    unsigned *ranks, size_t n, size_t *n_r, struct err *e)
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
		if (visible[i]) {
			users[*n_r] = users[i];
			ranks[(*n_r)++] = ranks[i];
		}
	return 0;
}

int
account_get_visible(struct app *app, struct arena *a, uint64_t me, uint64_t id,
    struct user *user, struct err *e)
{
	unsigned rank = 0;
	size_t	 n = 0;
	int	 found = account_find(app, a, id, user, e);

	if (found == -1 || (found == 1 && keep_visible(app, a, me, user, &rank,
					      1, &n, e) == -1))
		return -1;
	if (n == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return 0;
}

/*
 * Adds those of the next part that me may find.  1 if there may be more after
 * it, from where *q then goes on.
 */
static int
search_part(struct app *app, struct arena *a, struct account_query *q,
    size_t max, struct account_page *page, struct err *e)
{
	struct user *users;
	unsigned    *ranks;
	size_t	     n, nvisible;
	int	     is_last;

	if (account_store_search(app->db, a, q, &users, &ranks, &n, e) == -1)
		return -1;
	is_last = n < q->limit;
	if (!is_last) {
		q->after_rank = ranks[n - 1];
		q->after_id = users[n - 1].id;
	}
	if (keep_visible(app, a, q->me, users, ranks, n, &nvisible, e) == -1)
		return -1;
	for (size_t i = 0; i < nvisible && page->n < max; i++) {
		page->users[page->n++] = users[i];
		if (page->n < max) {
			page->last_rank = ranks[i];
			page->last_id = users[i].id;
		}
	}
	return !is_last;
}

/*
 * A page is filled with those who may be found, and the cursor is one of them:
 * neither a gap nor a number tells of the others.
 */
int
account_search(struct app *app, struct arena *a, const struct account_query *q,
    struct account_page *page, struct err *e)
{
	struct account_query part = *q;
	size_t		     max = q->limit + 1u; /* one more tells of more */
	int		     more = *q->text != '\0';

	*page = (struct account_page){0};
	page->users = arena_alloc(a, max * sizeof *page->users);
	part.limit = (unsigned)max;
	for (int i = 0; i < PARTS_MAX && more == 1 && page->n < max; i++)
		more = search_part(app, a, &part, max, page, e);
	if (more == -1)
		return -1;
	page->has_more = page->n == max;
	if (page->has_more)
		page->n = q->limit;
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
