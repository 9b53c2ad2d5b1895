/* SPDX-License-Identifier: MIT */
/*
 * send.c -- Use case: people send messages, n drafts in one transaction.
 *
 * The conversations of all drafts are locked and read at once, rules.c decides
 * each draft, and what may be sent is written at once.  What is refused takes
 * no number and does not fail the others.
 *
 * The same (sender, client_msg_id) is sent once: the unique key sees to it.
 * Nearly every message is new, so it is written without asking; if the key
 * objects, all is decided anew, now knowing what was sent before.  Who is
 * refused is asked about, too: a repeat is answered before rights.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/resolve.h"
#include "message/said.h"
#include "message/store.h"
#include "message/write.h"
#include "message/writer.h"
#include "web/web.h"

enum { CLIENT_ID_BYTES = 16, DUPLICATE_TRIES = 3 };

/* The drafts that are fit to be looked up, in the order of the locks. */
struct batch {
	struct app		*app;
	struct arena		*arena;
	struct message_draft   **drafts;
	struct message_facts	*facts;
	const struct message   **accepted;
	struct message_audience *audiences;
	size_t			 n, naccepted, nrefused;
	uint64_t		*senders;
	const char	       **names; /* theirs; NULL: nobody */
	bool			 is_open_house;
	bool			 asks_earlier;
	int64_t			 now_ms;
};

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
static int
judge(struct batch *b, struct db *db, struct err *e)
{
	struct db_part names;
	struct db_rows rows;

	b->naccepted = b->nrefused = 0;
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
		b->drafts[i]->is_repeat = b->drafts[i]->is_refused = false;
		err_clear(&b->drafts[i]->why);
	}
	if (message_resolve(b->app, b->arena, b->drafts, b->n, b->facts,
		b->now_ms, e) == -1)
		return -1;
	if (b->asks_earlier && message_store_earlier(db, b->arena, b->drafts,
				   b->n, b->facts, e) == -1)
		return -1;
	for (size_t i = 0; i < b->n; i++)
		decide(b, i);
	return 0;
}

static int
send_body(struct db *db, void *ctx, struct err *e)
{
	struct batch *b = ctx;

	if (judge(b, db, e) == -1)
		return -1;
	if (b->nrefused > 0 && !b->asks_earlier) {
		b->asks_earlier = true;
		if (judge(b, db, e) == -1)
			return -1;
	}
	if (b->naccepted == 0)
		return 0;
	return message_write(db, b->arena, b->accepted, b->audiences,
	    b->naccepted, true, b->now_ms, e);
}

/*
 * Judges what needs no look-up, and finds the conversation of who is named by
 * "to".  0 also when the draft is refused; -1 when the look-up failed.
 */
static int
prepare(struct app *app, struct arena *a, struct message_draft *draft,
    struct err *e)
{
	bool	    is_new;
	struct err *why = &draft->why;
	int	    found = 1;

	memset(&draft->message, 0, sizeof(draft->message));
	err_clear(why);
	draft->is_repeat = draft->is_refused = false;
	if (message_check(draft, why) == -1) {
		draft->is_refused = true;
		return 0;
	}
	if (draft->type == NULL)
		draft->type = "text";
	if (draft->client_msg_id == NULL)
		draft->client_msg_id = random_token(a, CLIENT_ID_BYTES);
	if (draft->to == 0)
		return 0;
	found = conversation_direct_find(
	    app, a, draft->sender_id, draft->to, &draft->conv_id, e);
	if (found == 0 && conversation_open(app, a, draft->sender_id, draft->to,
			      &draft->conv_id, &is_new, why) == -1) {
		if (why->kind == ERR_UNAVAILABLE || why->kind == ERR_INTERNAL) {
			*e = *why;
			return -1;
		}
		draft->is_refused = true;
	}
	draft->to = 0;
	return found == -1 ? -1 : 0;
}

/* Drafts of one conversation stay in the order they were given in. */
static int
by_conversation(const void *px, const void *py)
{
	const struct message_draft *x = *(struct message_draft *const *)px;
	const struct message_draft *y = *(struct message_draft *const *)py;

	if (x->conv_id != y->conv_id)
		return x->conv_id < y->conv_id ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int
batch_run(struct app *app, struct batch *b, struct err *e)
{
	int rc = -1;

	if (b->n == 0)
		return 0;
	qsort(b->drafts, b->n, sizeof(struct message_draft *), by_conversation);
	for (size_t i = 0; i < b->n; i++)
		b->senders[i] = b->drafts[i]->sender_id;
	for (int i = 0; i < DUPLICATE_TRIES; i++) {
		err_clear(e);
		rc = tx_run(app->db, send_body, b, e);
		if (rc == 0 || e->kind != ERR_CONFLICT)
			break;
		b->asks_earlier = true;
	}
	if (rc == -1)
		return -1;
	if (b->naccepted > 0) {
		metric_add(METRIC_MESSAGES_SENT, b->naccepted);
		outbox_nudge(app);
	}
	return 0;
}

int
message_send_many(struct app *app, struct arena *a,
    struct message_draft *drafts, size_t n, struct err *e)
{
	struct batch b = {
	    .app = app,
	    .arena = a,
	    .drafts = arena_alloc(a, n * sizeof(*b.drafts)),
	    .facts = arena_alloc(a, n * sizeof(*b.facts)),
	    .accepted = arena_alloc(a, n * sizeof(*b.accepted)),
	    .audiences = arena_alloc(a, n * sizeof(*b.audiences)),
	    .senders = arena_alloc(a, n * sizeof(*b.senders)),
	    .names = arena_alloc(a, n * sizeof(*b.names)),
	    .is_open_house = conversation_is_open_house(app),
	    .now_ms = clock_ms(),
	};

	for (size_t i = 0; i < n; i++) {
		if (prepare(app, a, &drafts[i], e) == -1)
			return -1;
		if (!drafts[i].is_refused)
			b.drafts[b.n++] = &drafts[i];
	}
	return batch_run(app, &b, e);
}

/* How far a message has come that was sent before: it may have been read. */
static void
repeat_complete(struct app *app, struct arena *a, struct message *m)
{
	struct conversation c;
	struct err	    ignored = {0};

	if (conversation_get(app, a, m->sender_id, m->conv_id, &c, &ignored) ==
	    0)
		m->status =
		    message_status(&c, m->sender_id, m->sender_id, m->seq);
}

/* By the writer where there is a crowd, else, or if it is not there, here. */
static int
commit(struct app *app, struct arena *a, struct message_draft *draft,
    struct err *e)
{
	int64_t hand;
	int	rc, told = 0;

	if (!crowd_is_alone(app, &hand))
		told = message_writer_ask(app, a, draft, e);
	if (told != 0)
		return told == 1 ? 0 : -1;
	rc = message_send_many(app, a, draft, 1, e);
	crowd_leave(hand);
	return rc;
}

int
message_send(struct app *app, struct arena *a, struct message_draft *draft,
    struct err *e)
{
	bool is_named = draft->client_msg_id != NULL;

	/* It gets its client_msg_id here: then it may be sent twice. */
	if (prepare(app, a, draft, e) == -1 ||
	    (!draft->is_refused && commit(app, a, draft, e) == -1))
		return -1;
	if (draft->is_refused) {
		*e = draft->why;
		return -1;
	}
	if (draft->is_repeat)
		repeat_complete(app, a, &draft->message);
	/* What the writer left without a word is no repeat to who sent it. */
	draft->is_repeat = draft->is_repeat && is_named;
	return 0;
}
