/* SPDX-License-Identifier: MIT */
/*
 * search_contacts.c -- The own contacts who fit, and where somebody stands.
 *
 * A contact is found by the names and by the own remark, whichever stands
 * better.  All who fit are there before anybody is shown: only so they can be
 * put in order.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "contact/search_private.h"
#include "contact/store.h"
#include "data/app.h"

enum { CONTACTS_MAX = 5000 /* whoever has more finds them by name only */ };

int
search_compare(const struct standing *x, const struct standing *y)
{
	int parts;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->is_contact != y->is_contact)
		return x->is_contact ? -1 : 1;
	if ((parts = strcmp(x->part, y->part)) != 0)
		return parts;
	return x->id < y->id ? -1 : x->id > y->id;
}

int
search_compare_candidates(const void *x, const void *y)
{
	return search_compare(&((const struct candidate *)x)->at,
	    &((const struct candidate *)y)->at);
}

static int
compare_names(const void *x, const void *y)
{
	uint64_t a = ((const struct contact_name *)x)->user_id;
	uint64_t b = ((const struct contact_name *)y)->user_id;

	return a < b ? -1 : a > b;
}

const struct contact_name *
search_contact(const struct search *s, uint64_t id)
{
	const struct contact_name key = {.user_id = id};

	return bsearch(&key, s->names, s->nnames, sizeof(key), compare_names);
}

static int
compare_ids(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

/* Ids of the contacts who fit by a name, by the remark, or exactly. */
static int
fitting_contacts(struct search *s, const struct user *exact, size_t nexact,
    uint64_t **ids_r, size_t *n_r, struct err *e)
{
	uint64_t   *ids = arena_alloc(s->arena, s->nnames * sizeof(*ids));
	const char *part;
	size_t	    n = 0;

	*ids_r =
	    arena_alloc(s->arena, (2 * s->nnames + nexact) * sizeof(**ids_r));
	for (size_t i = 0; i < s->nnames; i++)
		ids[i] = s->names[i].user_id;
	if (account_find_among(s->app, s->arena, &s->needle, ids, s->nnames,
		*ids_r, n_r, e) == -1)
		return -1;
	for (size_t i = 0; i < s->nnames; i++)
		if (s->names[i].remark[0] != '\0' &&
		    account_fit_text(s->arena, &s->needle, s->names[i].remark,
			&part) != NAME_NOWHERE)
			(*ids_r)[(*n_r)++] = ids[i];
	for (size_t i = 0; i < nexact; i++)
		if (search_contact(s, exact[i].id) != NULL)
			(*ids_r)[(*n_r)++] = exact[i].id;
	qsort(*ids_r, *n_r, sizeof(**ids_r), compare_ids);
	for (size_t i = 0; i < *n_r; i++)
		if (n == 0 || (*ids_r)[n - 1] != (*ids_r)[i])
			(*ids_r)[n++] = (*ids_r)[i];
	*n_r = n;
	return 0;
}

struct standing
search_standing(const struct search *s, const struct user *user)
{
	const struct contact_name *name = search_contact(s, user->id);
	struct standing at = {.is_contact = name != NULL, .id = user->id};
	struct standing by_remark = at;

	at.place = account_fit(s->arena, &s->needle, user, &at.part);
	if (name == NULL)
		return at;
	by_remark.place = account_fit_text(
	    s->arena, &s->needle, name->remark, &by_remark.part);
	return search_compare(&by_remark, &at) < 0 ? by_remark : at;
}

int
search_contacts(
    struct search *s, const struct user *exact, size_t nexact, struct err *e)
{
	struct user *users;
	uint64_t    *ids;
	size_t	     n;

	if (contact_store_names(s->app->db, s->arena, s->q->me, s->q->label_id,
		CONTACTS_MAX, &s->names, &s->nnames, e) == -1 ||
	    fitting_contacts(s, exact, nexact, &ids, &n, e) == -1)
		return -1;
	users = arena_alloc(s->arena, n * sizeof(*users));
	s->mine = arena_alloc(s->arena, n * sizeof(*s->mine));
	if (account_find_many(s->app, s->arena, ids, n, users, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct standing at;

		if (users[i].id == 0)
			continue;
		at = search_standing(s, &users[i]);
		if (at.place != NAME_NOWHERE)
			s->mine[s->nmine++] = (struct candidate){at, users[i]};
	}
	qsort(s->mine, s->nmine, sizeof(*s->mine), search_compare_candidates);
	return 0;
}
