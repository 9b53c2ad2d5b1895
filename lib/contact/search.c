/* SPDX-License-Identifier: MIT */
/*
 * search.c -- Use case: somebody looks for people.
 *
 * Of each place, the best first, come the contacts and then the others.  The
 * contacts are few: all that fit are found and put in order first (see
 * search_contacts.c).  The others are read from the index of names in its own
 * order, so a page costs what it shows, however many people there are.  Those
 * who hide are left out there but for whom they have a request with, who may
 * find them.
 *
 * No more is read for a page than a bound.  Many in a row who were shown
 * before, as contacts or at a better place, end a page that is not full; the
 * next goes on behind them.  As many who blocked the caller end the place they
 * stand at, for a cursor would have to name one of them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/err.h"
#include "contact/search_private.h"
#include "contact/store.h"
#include "data/app.h"

enum {
	ASKING_MAX = 450, /* open requests looked at, of either direction */
	PARTS_MAX = 20,	  /* reads of the index for a page */
	PART_MIN = 64	  /* rows of one */
};

/* -- the cursor ------------------------------------------------------------ */

/* "PLACE.CONTACT.ID.PART", the part in base64url. */
static const char *
cursor_text(struct arena *a, const struct standing *at)
{
	return arena_printf(a, "%u.%d.%" PRIu64 ".%s", at->place,
	    at->is_contact, at->id, base64url(a, at->part, strlen(at->part)));
}

static int
cursor_read(struct search *s, const char *cursor, struct err *e)
{
	const char *dot = strrchr(cursor, '.');
	int64_t	    key[3];
	size_t	    n;

	if (dot == NULL)
		dot = cursor;
	if (cursor_parse(
		arena_strndup(s->arena, cursor, (size_t)(dot - cursor)), key, 3,
		e) == -1)
		return -1;
	s->after = (struct standing){.place = (unsigned)key[0],
	    .is_contact = key[1] != 0,
	    .id = (uint64_t)key[2],
	    .part =
		dot[1] == '\0' ? "" : base64url_decode(s->arena, dot + 1, &n)};
	s->has_after = true;
	if (s->after.part == NULL)
		return err_field(
		    e, "cursor", "malformed", "This is no cursor of ours.");
	return 0;
}

static void
show(struct search *s, const struct candidate *c)
{
	if (s->n < s->max &&
	    (!s->has_after || search_compare(&c->at, &s->after) > 0))
		s->found[s->n++] = *c;
}

/* -- others ---------------------------------------------------------------- */

/* Which of n the caller may find; nobody, where somebody is missing. */
static int
visible_of(struct search *s, const struct user *users, size_t n,
    bool **visible_r, struct err *e)
{
	uint64_t *ids = arena_alloc(s->arena, n * sizeof(*ids));
	bool	 *hidden = arena_alloc(s->arena, n * sizeof(*hidden));

	*visible_r = arena_alloc(s->arena, n * sizeof(**visible_r));
	for (size_t i = 0; i < n; i++) {
		ids[i] = users[i].id;
		hidden[i] = users[i].hidden;
	}
	if (contact_filter_visible(s->app, s->arena, s->q->me, ids, hidden, n,
		*visible_r, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		(*visible_r)[i] = (*visible_r)[i] && ids[i] != 0;
	return 0;
}

static int
show_exact(struct search *s, const struct user *users, size_t n, struct err *e)
{
	struct candidate *list = arena_alloc(s->arena, n * sizeof(*list));
	bool		 *visible;
	size_t		  left = 0;

	if (visible_of(s, users, n, &visible, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (visible[i] && search_contact(s, users[i].id) == NULL)
			list[left++] = (struct candidate){
			    {NAME_EXACT, false, "", users[i].id}, users[i]};
	qsort(list, left, sizeof(*list), search_compare_candidates);
	for (size_t i = 0; i < left; i++)
		show(s, &list[i]);
	return 0;
}

/* A read of the index: what is shown of it is whoever stands just there. */
static int
show_hits(struct search *s, unsigned place, const struct account_hit *hits,
    size_t n, struct err *e)
{
	struct user *users = arena_alloc(s->arena, n * sizeof(*users));
	uint64_t    *ids = arena_alloc(s->arena, n * sizeof(*ids));
	bool	    *visible;

	for (size_t i = 0; i < n; i++)
		ids[i] = hits[i].user_id;
	if (account_find_many(s->app, s->arena, ids, n, users, e) == -1 ||
	    visible_of(s, users, n, &visible, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct candidate c;

		if (!visible[i])
			continue;
		s->upto = (struct standing){place, false, hits[i].part, ids[i]};
		c = (struct candidate){search_standing(s, &users[i]), users[i]};
		if (!c.at.is_contact && c.at.place == place &&
		    strcmp(c.at.part, hits[i].part) == 0)
			show(s, &c);
	}
	return 0;
}

/* Who hides, and may be found by the caller all the same; not the contacts. */
static int
find_shown(struct search *s, struct err *e)
{
	const uint64_t *asking;
	size_t		n;

	if (contact_store_asking(s->app->db, s->arena, s->q->me,
		contact_open_since(s->app), ASKING_MAX, &asking, &n, e) == -1)
		return -1;
	s->shown = arena_alloc(s->arena, (n + 1) * sizeof(*s->shown));
	s->shown[s->nshown++] = s->q->me;
	for (size_t i = 0; i < n; i++)
		s->shown[s->nshown++] = asking[i];
	return 0;
}

/*
 * Where so many were read and the page is not full, it is left like that, and
 * goes on behind the last whom the caller may know of.
 */
static int
show_others(struct search *s, unsigned place, struct err *e)
{
	unsigned limit = s->max > PART_MIN ? (unsigned)s->max : PART_MIN;
	struct account_hit   from = {s->after.id, s->after.part}, *hits;
	struct account_range range = {.place = (enum name_place)place,
	    .limit = limit,
	    .shown = s->shown,
	    .nshown = s->nshown};
	size_t		     n = limit;

	if (s->has_after && s->after.place == place && !s->after.is_contact)
		range.after = &from;
	for (int i = 0; i < PARTS_MAX && n == limit && s->n < s->max; i++) {
		if (account_find_at(s->app, s->arena, &s->needle, &range, &hits,
			&n, e) == -1 ||
		    show_hits(s, place, hits, n, e) == -1)
			return -1;
		if (n > 0)
			from = hits[n - 1];
		range.after = &from;
	}
	s->is_cut = n == limit && s->n < s->max && s->upto.part != NULL;
	return 0;
}

/* -- all ------------------------------------------------------------------- */

/* Of one place: contacts, then others. */
static int
show_place(struct search *s, unsigned place, const struct user *exact,
    size_t nexact, struct err *e)
{
	for (size_t i = 0; i < s->nmine; i++)
		if (s->mine[i].at.place == place)
			show(s, &s->mine[i]);
	if (s->q->is_contacts_only || s->n == s->max)
		return 0;
	if (s->nshown == 0 && find_shown(s, e) == -1)
		return -1;
	return place == NAME_EXACT ? show_exact(s, exact, nexact, e)
				   : show_others(s, place, e);
}

static int
finish(struct search *s, struct contact_found *found, struct err *e)
{
	uint64_t *ids;

	if (s->n == s->max) {
		s->n--;
		found->next = cursor_text(s->arena, &s->found[s->n - 1].at);
	} else if (s->is_cut)
		found->next = cursor_text(s->arena, &s->upto);
	found->n = s->n;
	found->users = arena_alloc(s->arena, s->n * sizeof(*found->users));
	found->bonds = arena_alloc(s->arena, s->n * sizeof(*found->bonds));
	ids = arena_alloc(s->arena, s->n * sizeof(*ids));
	for (size_t i = 0; i < s->n; i++) {
		found->users[i] = s->found[i].user;
		ids[i] = s->found[i].user.id;
	}
	return contact_bonds_get(
	    s->app, s->arena, s->q->me, ids, s->n, found->bonds, e);
}

int
contact_search(struct app *app, struct arena *a, const struct contact_query *q,
    struct contact_found *found, struct err *e)
{
	struct search s = {.app = app, .arena = a, .q = q};
	struct user   exact[2];
	size_t	      nexact;

	*found = (struct contact_found){0};
	s.max = q->limit + 1u; /* one more tells of more */
	s.found = arena_alloc(a, s.max * sizeof(*s.found));
	account_needle_make(a, q->text, &s.needle);
	if (q->cursor != NULL && cursor_read(&s, q->cursor, e) == -1)
		return -1;
	if (account_find_exact(app, a, &s.needle, exact, &nexact, e) == -1 ||
	    search_contacts(&s, exact, nexact, e) == -1)
		return -1;
	for (unsigned place = s.after.place;
	     place < NAME_NOWHERE && s.n < s.max && !s.is_cut; place++)
		if (show_place(&s, place, exact, nexact, e) == -1)
			return -1;
	return finish(&s, found, e);
}
