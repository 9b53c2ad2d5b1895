/* SPDX-License-Identifier: MIT */
/*
 * send_judge.c -- What is to be known of drafts, and what follows from it.
 *
 * The conversations of all drafts are locked and read at once; then rules.c
 * decides one after the other, each knowing what became of those before.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "message/resolve.h"
#include "message/said.h"
#include "message/send_private.h"
#include "message/store.h"
#include "web/web.h"

static bool
is_same_key(const struct message_draft *x, const struct message_draft *y)
{
	return x->sender_id == y->sender_id &&
	       strcmp(x->client_msg_id, y->client_msg_id) == 0;
}

/* What has been decided so far in this batch counts for draft i, too. */
static void
facts_carry(struct batch *b, size_t i)
{
	struct message_facts	   *facts = &b->facts[i];
	const struct message_draft *draft = b->drafts[i];

	if (i > 0 && b->drafts[i - 1]->conv_id == draft->conv_id) {
		facts->last_seq = b->facts[i - 1].last_seq;
		facts->last_at_ms = b->facts[i - 1].last_at_ms;
	}
	for (size_t j = 0; j < i; j++)
		if (b->drafts[j]->conv_id == draft->conv_id &&
		    b->drafts[j]->sender_id == draft->sender_id &&
		    !b->drafts[j]->is_refused && !b->drafts[j]->is_repeat)
			facts->standing.last_sent_ms = b->now_ms;
	for (size_t j = 0; j < i && !facts->has_earlier; j++)
		if (is_same_key(b->drafts[j], draft) &&
		    !b->drafts[j]->is_refused) {
			facts->has_earlier = true;
			facts->earlier = b->drafts[j]->message;
			facts->recalled_said = b->facts[j].recalled_said;
		}
	if (facts->has_earlier && facts->recalled_said != NULL)
		facts->draft_said = message_said(
		    b->app, b->arena, facts->earlier.id, draft->content);
}

static void
decide(struct batch *b, size_t i)
{
	struct message_draft *draft = b->drafts[i];
	struct message_facts *facts = &b->facts[i];
	int		      repeat;

	draft->is_repeat = draft->is_refused = false;
	err_clear(&draft->why);
	facts_carry(b, i);
	repeat = message_is_repeat(draft, facts, &draft->why);
	if (repeat == 1) {
		draft->is_repeat = true;
		draft->message = facts->earlier;
	} else if (repeat == -1 || message_may_send(draft, facts, b->now_ms,
				       &draft->why) == -1) {
		draft->is_refused = true;
		b->nrefused++;
	} else {
		message_place_next(draft, facts, b->now_ms, &draft->message);
		b->audiences[b->naccepted] = message_audience_of(facts);
		b->accepted[b->naccepted++] = &draft->message;
	}
}

void
send_decide(struct batch *b)
{
	b->naccepted = b->nrefused = 0;
	for (size_t i = 0; i < b->n; i++)
		decide(b, i);
}

/* Of a direct conversation all but where the own view begins is known. */
static bool
needs_standing(const struct batch *b, size_t i)
{
	return b->facts[i].exists && (b->facts[i].type != CONVERSATION_DIRECT ||
					 b->drafts[i]->reply_to != 0);
}

/*
 * Who is a member of a group, and what they may do there, is asked where a
 * draft goes to one: under the lock it is as it will be until the commit.
 */
static int
standings_load(struct batch *b, struct db *db, struct err *e)
{
	struct conversation_seat *seats =
	    arena_alloc(b->arena, b->n * sizeof(*seats));
	struct conversation_standing *standings =
	    arena_alloc(b->arena, b->n * sizeof(*standings));
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		b->facts[i].standing.is_open_house = b->is_open_house;
		if (needs_standing(b, i))
			seats[n++] = (struct conversation_seat){
			    b->drafts[i]->conv_id, b->drafts[i]->sender_id};
	}
	if (n == 0)
		return 0;
	if (conversation_standings(db, b->arena, seats, n, standings, e) == -1)
		return -1;
	for (size_t i = b->n; i-- > 0;) {
		struct conversation_standing *s = &b->facts[i].standing;

		if (!needs_standing(b, i))
			continue;
		n--;
		if (b->facts[i].type == CONVERSATION_DIRECT)
			s->floor_seq = standings[n].floor_seq;
		else
			*s = standings[n];
	}
	return 0;
}

/* In the world, administrators keep order, and rows are made when needed. */
static int
world_load(struct batch *b, struct err *e)
{
	struct user user;

	for (size_t i = 0; i < b->n; i++) {
		struct conversation_standing *s = &b->facts[i].standing;
		uint64_t		      sender = b->drafts[i]->sender_id;

		if (b->facts[i].type != CONVERSATION_WORLD)
			continue;
		if (account_find(b->app, b->arena, sender, &user, e) == -1)
			return -1;
		s->is_site_admin = user.id != 0 && user.role == ROLE_ADMIN;
		if (s->role == MEMBER_NONE &&
		    conversation_world_enter(b->app, b->arena, sender,
			b->drafts[i]->conv_id, b->now_ms, e) == -1)
			return -1;
	}
	return 0;
}

/* In a group one goes by one's nickname there; NULL: nobody. */
static const char *
name_of(const struct conversation_standing *s, const char *display_name)
{
	bool is_named = s->nickname != NULL && s->nickname[0] != '\0';

	return display_name != NULL && is_named ? s->nickname : display_name;
}

/* Everything that is known, and what follows from it, from the start. */
int
send_judge(struct batch *b, struct db *db, struct err *e)
{
	struct db_part names;
	struct db_rows rows;

	memset(b->facts, 0, b->n * sizeof(*b->facts));
	account_names_part(b->arena, b->senders, b->n, &names);
	if (message_store_lock(db, b->arena, b->drafts, b->n, b->facts, &names,
		&rows, e) == -1)
		return -1;
	account_names_read(&rows, b->senders, b->n, b->names);
	if (standings_load(b, db, e) == -1 || world_load(b, e) == -1)
		return -1;
	for (size_t i = 0; i < b->n; i++) {
		b->facts[i].sender_name =
		    name_of(&b->facts[i].standing, b->names[i]);
	}
	if (message_resolve(b->app, b->arena, b->drafts, b->n, b->facts,
		b->now_ms, e) == -1)
		return -1;
	if (b->asks_earlier && message_store_earlier(db, b->arena, b->drafts,
				   b->n, b->facts, e) == -1)
		return -1;
	send_decide(b);
	return 0;
}
