/* SPDX-License-Identifier: MIT */
/*
 * search.c -- Use case: somebody looks for people.
 *
 * Of each place, the best first, come the contacts and then the others.  The
 * contacts are few: all that fit are found, by their names and the own remarks,
 * and put in order here.  The others are read from the index of names in its
 * own order, so a page costs what it shows, however many people there are.
 * Those who hide are left out there but for whom they have a request with, who
 * may find them; past a bound on others who fit and may not be found it ends.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/crypto.h"
#include "base/cursor.h"
#include "base/err.h"
#include "contact/store.h"
#include "data/app.h"

enum {
	CONTACTS_MAX = 5000, /* whoever has more finds them by name only */
	ASKING_MAX = 450,    /* open requests looked at, of either direction */
	PARTS_MAX = 20,	     /* reads of the index for a page */
	PART_MIN = 64	     /* rows of one */
};

/* Where somebody stands among those who are found. */
struct standing {
	unsigned    place;
	bool	    is_contact;
	const char *part; /* what it was that fitted */
	uint64_t    id;
};

struct candidate {
	struct standing at;
	struct user	user;
};

struct search {
	struct app		   *app;
	struct arena		   *arena;
	const struct contact_query *q;
	struct account_needle	    needle;
	struct standing		    after;
	bool			    has_after;
	struct contact_name	   *names; /* all contacts, by id */
	size_t			    nnames;
	struct candidate	   *mine; /* those of them who fit, in order */
	size_t			    nmine;
	uint64_t		   *shown; /* even if they hide */
	size_t			    nshown;
	struct candidate	   *found;
	size_t			    n, max;
};

/* -- the order ------------------------------------------------------------- */

static int
compare(const struct standing *x, const struct standing *y)
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

static int
compare_candidates(const void *x, const void *y)
{
	return compare(&((const struct candidate *)x)->at,
	    &((const struct candidate *)y)->at);
}

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
	if (s->n < s->max && (!s->has_after || compare(&c->at, &s->after) > 0))
		s->found[s->n++] = *c;
}

/* -- contacts -------------------------------------------------------------- */

static int
compare_names(const void *x, const void *y)
{
	uint64_t a = ((const struct contact_name *)x)->user_id;
	uint64_t b = ((const struct contact_name *)y)->user_id;

	return a < b ? -1 : a > b;
}

static const struct contact_name *
contact_named(const struct search *s, uint64_t id)
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
		if (contact_named(s, exact[i].id) != NULL)
			(*ids_r)[(*n_r)++] = exact[i].id;
	qsort(*ids_r, *n_r, sizeof(**ids_r), compare_ids);
	for (size_t i = 0; i < *n_r; i++)
		if (n == 0 || (*ids_r)[n - 1] != (*ids_r)[i])
			(*ids_r)[n++] = (*ids_r)[i];
	*n_r = n;
	return 0;
}

/* The better of how the names fit and how the remark does. */
static struct standing
standing_of(const struct search *s, const struct user *user)
{
	const struct contact_name *name = contact_named(s, user->id);
	struct standing at = {.is_contact = name != NULL, .id = user->id};
	struct standing by_remark = at;

	at.place = account_fit(s->arena, &s->needle, user, &at.part);
	if (name == NULL)
		return at;
	by_remark.place = account_fit_text(
	    s->arena, &s->needle, name->remark, &by_remark.part);
	return compare(&by_remark, &at) < 0 ? by_remark : at;
}

static int
find_contacts(
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
		at = standing_of(s, &users[i]);
		if (at.place != NAME_NOWHERE)
			s->mine[s->nmine++] = (struct candidate){at, users[i]};
	}
	qsort(s->mine, s->nmine, sizeof(*s->mine), compare_candidates);
	return 0;
}

/* -- others ---------------------------------------------------------------- */

/* Those of n who may be found are shown, in this order. */
static int
show_visible(
    struct search *s, const struct candidate *list, size_t n, struct err *e)
{
	uint64_t *ids = arena_alloc(s->arena, n * sizeof(*ids));
	bool	 *hidden = arena_alloc(s->arena, n * sizeof(*hidden));
	bool	 *visible = arena_alloc(s->arena, n * sizeof(*visible));

	for (size_t i = 0; i < n; i++) {
		ids[i] = list[i].user.id;
		hidden[i] = list[i].user.hidden;
	}
	if (contact_filter_visible(
		s->app, s->arena, s->q->me, ids, hidden, n, visible, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (visible[i])
			show(s, &list[i]);
	return 0;
}

static int
show_exact(struct search *s, const struct user *users, size_t n, struct err *e)
{
	struct candidate *list = arena_alloc(s->arena, n * sizeof(*list));
	size_t		  left = 0;

	for (size_t i = 0; i < n; i++)
		if (contact_named(s, users[i].id) == NULL)
			list[left++] = (struct candidate){
			    {NAME_EXACT, false, "", users[i].id}, users[i]};
	qsort(list, left, sizeof(*list), compare_candidates);
	return show_visible(s, list, left, e);
}

/* A read of the index: what is shown of it is whoever stands just there. */
static int
show_hits(struct search *s, unsigned place, const struct account_hit *hits,
    size_t n, struct err *e)
{
	struct candidate *list = arena_alloc(s->arena, n * sizeof(*list));
	struct user	 *users = arena_alloc(s->arena, n * sizeof(*users));
	uint64_t	 *ids = arena_alloc(s->arena, n * sizeof(*ids));
	size_t		  left = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = hits[i].user_id;
	if (account_find_many(s->app, s->arena, ids, n, users, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct standing at;

		if (users[i].id == 0)
			continue;
		at = standing_of(s, &users[i]);
		if (!at.is_contact && at.place == place &&
		    strcmp(at.part, hits[i].part) == 0)
			list[left++] = (struct candidate){at, users[i]};
	}
	return show_visible(s, list, left, e);
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
	}
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
	    find_contacts(&s, exact, nexact, e) == -1)
		return -1;
	for (unsigned place = s.after.place;
	     place < NAME_NOWHERE && s.n < s.max; place++)
		if (show_place(&s, place, exact, nexact, e) == -1)
			return -1;
	return finish(&s, found, e);
}
