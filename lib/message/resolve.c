/* SPDX-License-Identifier: MIT */
/*
 * resolve.c -- Whom drafts mention, as far as they may.
 *
 * By name one calls who is in the conversation; in the world channel, where
 * everybody is, who neither hides nor blocked the caller.  Everybody at once is
 * called by who may.  All else stays text.  Two people by themselves need no
 * call.
 */
#include "message/resolve.h"

#include <string.h>
#include <strings.h>

#include "account/account.h"
#include "base/arena.h"
#include "contact/contact.h"
#include "conversation/rights.h"
#include "data/app.h"
#include "message/mention.h"

/* A name that may be somebody's: with and without its full stops. */
enum { NAMES_MAX = 2 * MENTIONS_MAX };

struct call {
	size_t	    draft;
	const char *name;
	struct user user; /* id 0: nobody, or not there */
};

struct calls {
	struct call *list;
	size_t	     n;
};

static bool
is_crowd(const struct message_facts *f)
{
	return f->exists &&
	       (f->type == CONVERSATION_GROUP || f->type == CONVERSATION_WORLD);
}

static void
gather(struct arena *a, struct message_draft *const *drafts, size_t n,
    const struct message_facts *facts, struct calls *calls)
{
	const char *names[NAMES_MAX];

	for (size_t i = 0; i < n; i++) {
		size_t nnames = 0;

		if (is_crowd(&facts[i]))
			nnames = message_names(
			    a, drafts[i]->content, names, NAMES_MAX);
		if (nnames > 0 && calls->list == NULL)
			calls->list = arena_alloc(
			    a, n * NAMES_MAX * sizeof(*calls->list));
		for (size_t k = 0; k < nnames; k++)
			calls->list[calls->n++] =
			    (struct call){.draft = i, .name = names[k]};
	}
}

static int
find_people(
    struct app *app, struct arena *a, struct calls *calls, struct err *e)
{
	const char **names = arena_alloc(a, calls->n * sizeof(*names));
	struct user *users = arena_alloc(a, calls->n * sizeof(*users));

	for (size_t i = 0; i < calls->n; i++)
		names[i] = calls->list[i].name;
	if (account_find_named(app, a, names, calls->n, users, e) == -1)
		return -1;
	for (size_t i = 0; i < calls->n; i++)
		calls->list[i].user = users[i];
	return 0;
}

/* Who is not there is forgotten: their id becomes 0. */
static int
keep_present(struct app *app, struct arena *a,
    struct message_draft *const *drafts, const struct message_facts *facts,
    struct calls *calls, struct err *e)
{
	size_t			  n = calls->n;
	struct conversation_seat *seats = arena_alloc(a, n * sizeof(*seats));
	struct conversation_standing *standings =
	    arena_alloc(a, n * sizeof(*standings));

	for (size_t i = 0; i < n; i++)
		seats[i] = (struct conversation_seat){
		    drafts[calls->list[i].draft]->conv_id,
		    calls->list[i].user.id};
	if (conversation_standings(app->db, a, seats, n, standings, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct call *c = &calls->list[i];
		bool is_world = facts[c->draft].type == CONVERSATION_WORLD;

		if (is_world ? c->user.hidden
			     : standings[i].role == MEMBER_NONE)
			c->user.id = 0;
	}
	return 0;
}

static int
keep_found(struct app *app, struct arena *a, uint64_t sender_id,
    struct call *list, size_t n, struct err *e)
{
	uint64_t *ids = arena_alloc(a, n * sizeof(*ids));
	bool	 *hidden = arena_alloc(a, n * sizeof(*hidden));
	bool	 *visible = arena_alloc(a, n * sizeof(*visible));

	for (size_t i = 0; i < n; i++) {
		ids[i] = list[i].user.id;
		hidden[i] = list[i].user.hidden;
	}
	if (contact_filter_visible(
		app, a, sender_id, ids, hidden, n, visible, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!visible[i])
			list[i].user.id = 0;
	return 0;
}

/* Who shares no group with the sender may have barred them. */
static int
keep_found_in_world(struct app *app, struct arena *a,
    struct message_draft *const *drafts, const struct message_facts *facts,
    struct calls *calls, struct err *e)
{
	for (size_t from = 0, to; from < calls->n; from = to) {
		size_t draft = calls->list[from].draft;

		for (to = from + 1;
		     to < calls->n && calls->list[to].draft == draft; to++)
			continue;
		if (facts[draft].type == CONVERSATION_WORLD &&
		    keep_found(app, a, drafts[draft]->sender_id,
			&calls->list[from], to - from, e) == -1)
			return -1;
	}
	return 0;
}

static bool
may_call_all(const struct message_facts *f, int64_t now_ms)
{
	struct err ignored = {0};

	return conversation_may(
		   &f->standing, ACTION_MENTION_ALL, now_ms, &ignored) == 0;
}

static void
note(struct arena *a, const struct call *c, struct message_facts *f,
    int64_t now_ms)
{
	const char *so_far = f->mentions != NULL ? f->mentions : "";
	uint64_t    ids[MENTIONS_MAX], known;

	if (mention_ids(so_far, ids) == MENTIONS_MAX)
		return;
	if (strcasecmp(c->name, MENTION_ALL_NAME) == 0) {
		if (may_call_all(f, now_ms))
			f->mentions = mention_add(
			    a, so_far, MENTION_ALL, MENTION_ALL_NAME);
	} else if (c->user.id != 0 && !mention_find(so_far, c->user.username,
					  strlen(c->user.username), &known))
		f->mentions =
		    mention_add(a, so_far, c->user.id, c->user.username);
}

int
message_resolve(struct app *app, struct arena *a,
    struct message_draft *const *drafts, size_t n, struct message_facts *facts,
    int64_t now_ms, struct err *e)
{
	struct calls calls = {NULL, 0};

	gather(a, drafts, n, facts, &calls);
	if (calls.n == 0)
		return 0;
	if (find_people(app, a, &calls, e) == -1 ||
	    keep_present(app, a, drafts, facts, &calls, e) == -1 ||
	    keep_found_in_world(app, a, drafts, facts, &calls, e) == -1)
		return -1;
	for (size_t i = 0; i < calls.n; i++)
		note(a, &calls.list[i], &facts[calls.list[i].draft], now_ms);
	return 0;
}
