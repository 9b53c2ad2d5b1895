/* SPDX-License-Identifier: MIT */
/*
 * search.c -- Use case: somebody looks for one of their conversations.
 *
 * By its title; a direct one by what the other person is called, whether that
 * is their own name or the user's for them.  It looks through the user's own
 * conversations alone, the newest LOOKED_AT of them: what there is in all does
 * not count.
 */
#include "account/account.h"
#include "base/arena.h"
#include "contact/contact.h"
#include "conversation/store.h"
#include "data/app.h"

/* Names are asked for in so many at once; so many are found at most. */
enum { LOOKED_AT = 5000, AT_ONCE = 512, FOUND_MAX = 500 };

struct search {
	struct arena		 *arena;
	uint64_t		  me;
	const char		 *text;
	struct conversation_name *names;
	size_t			  n;
	bool			 *found; /* one for each name */
};

/* Of the next people there are from *at on: who bears the name? */
static int
match_some(struct app *app, struct search *s, size_t *at, struct err *e)
{
	uint64_t ids[AT_ONCE] = {0};
	size_t	 of[AT_ONCE], n = 0;
	bool	 matches[AT_ONCE] = {false};

	for (; *at < s->n && n < AT_ONCE; ++*at)
		if (s->names[*at].peer_id != 0) {
			of[n] = *at;
			ids[n++] = s->names[*at].peer_id;
		}
	if (account_match(app, s->arena, s->text, ids, n, matches, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		s->found[of[i]] = matches[i];
	return 0;
}

static int
match_remarks(struct app *app, struct search *s, struct err *e)
{
	const uint64_t *ids;
	size_t		n;

	if (contact_remarked(
		app, s->arena, s->me, s->text, FOUND_MAX, &ids, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < s->n; k++)
			if (s->names[k].peer_id == ids[i])
				s->found[k] = true;
	return 0;
}

int
conversation_search(struct app *app, struct arena *a, uint64_t user_id,
    const char *text, const uint64_t **ids_r, size_t *n_r, struct err *e)
{
	struct search s = {.arena = a, .me = user_id, .text = text};
	uint64_t     *ids = arena_alloc(a, FOUND_MAX * sizeof(*ids));

	if (conversation_store_names(
		app->db, a, user_id, text, LOOKED_AT, &s.names, &s.n, e) == -1)
		return -1;
	s.found = arena_alloc(a, s.n * sizeof(*s.found));
	for (size_t at = 0; at < s.n;)
		if (match_some(app, &s, &at, e) == -1)
			return -1;
	if (match_remarks(app, &s, e) == -1)
		return -1;
	*n_r = 0;
	for (size_t i = 0; i < s.n && *n_r < FOUND_MAX; i++)
		if (s.found[i] || s.names[i].has_title)
			ids[(*n_r)++] = s.names[i].conv_id;
	*ids_r = ids;
	return 0;
}
