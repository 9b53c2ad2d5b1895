/* SPDX-License-Identifier: MIT */
/*
 * send.c -- Use case: people send messages, n drafts in one transaction.
 *
 * Where all is believed to be known they are written in one trip; else, and
 * where that was not so, their conversations are locked and read at once, each
 * draft is decided, and what may be sent is written at once.  What is refused
 * takes no number and does not fail the others.
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
#include "message/send_private.h"
#include "message/talk.h"
#include "message/writer.h"

enum { DUPLICATE_TRIES = 3 };

static int
send_body(struct db *db, void *ctx, struct err *e)
{
	struct batch *b = ctx;

	if (send_judge(b, db, e) == -1)
		return -1;
	if (b->nrefused > 0 && !b->asks_earlier) {
		b->asks_earlier = true;
		if (send_judge(b, db, e) == -1)
			return -1;
	}
	if (b->naccepted == 0)
		return 0;
	return message_write(db, b->arena, b->accepted, b->audiences,
	    b->naccepted, WRITE_LAST, b->now_ms, &b->told, e);
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
		draft->client_msg_id = random_token(a, MESSAGE_CLIENT_ID_BYTES);
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

/* Asks all there is to know; again, where the key objected to a repeat. */
static int
send_asking(struct batch *b, struct err *e)
{
	for (int i = 0; i < DUPLICATE_TRIES; i++) {
		err_clear(e);
		if (tx_run(b->app->db, send_body, b, e) == 0)
			return 0;
		if (e->kind != ERR_CONFLICT)
			return -1;
		b->asks_earlier = true;
	}
	return -1;
}

static void
wake_relay(struct batch *b)
{
	if (b->told.id != 0)
		outbox_tell(b->app, b->arena, b->told.events, b->told.n,
		    b->told.id, b->now_ms);
	else
		outbox_nudge(b->app);
}

static int
batch_run(struct batch *b, struct err *e)
{
	int sent;

	if (b->n == 0)
		return 0;
	qsort(b->drafts, b->n, sizeof(struct message_draft *), by_conversation);
	for (size_t i = 0; i < b->n; i++)
		b->senders[i] = b->drafts[i]->sender_id;
	sent = send_known(b, e);
	if (sent == -1 || (sent == 0 && send_asking(b, e) == -1))
		return -1;
	send_learn(b);
	if (b->naccepted > 0) {
		metric_add(METRIC_MESSAGES_SENT, b->naccepted);
		wake_relay(b);
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
	return batch_run(&b, e);
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

/*
 * By the writer where there is a crowd, else, or if it is not there, here.
 * What it left without a word may be sent: no repeat to who has just said it.
 */
static int
commit(struct app *app, struct arena *a, struct message_draft *draft,
    struct err *e)
{
	int64_t hand, begun_ms = INT64_MAX;
	int	rc, told = 0;

	if (!crowd_is_alone(app, &hand)) {
		begun_ms = clock_ms();
		draft->talk =
		    talk_find(app, a, draft->conv_id, draft->sender_id);
		told = message_writer_ask(app, a, draft, e);
		if (told == 1)
			talk_put(app, draft->conv_id, draft->sender_id,
			    &draft->talk);
	}
	if (told != 0)
		return told == 1 ? 0 : -1;
	rc = message_send_many(app, a, draft, 1, e);
	crowd_leave(hand);
	if (draft->message.created_ms >= begun_ms)
		draft->is_repeat = false;
	return rc;
}

int
message_send(struct app *app, struct arena *a, struct message_draft *draft,
    struct err *e)
{
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
	return 0;
}
