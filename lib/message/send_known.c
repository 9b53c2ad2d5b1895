/* SPDX-License-Identifier: MIT */
/*
 * send_known.c -- A batch that is sent by what was known, in one trip.
 *
 * To lock, read and decide is a trip to MariaDB before the one that writes.
 * Of two who talk all that it tells is known from the last time (talk.h), so
 * it is decided by that, and what writes makes sure first.  If anything is
 * otherwise, or somebody would be refused, all is asked: no decision but "yes"
 * is made here.
 */
#include <string.h>

#include "base/arena.h"
#include "data/app.h"
#include "data/db.h"
#include "message/send_private.h"
#include "message/store.h"
#include "message/talk.h"

static int
write_known(struct db *db, void *ctx, struct err *e)
{
	struct batch *b = ctx;

	return message_write(db, b->arena, b->accepted, b->audiences,
	    b->naccepted, WRITE_LAST | WRITE_KNOWN, b->now_ms, &b->told, e);
}

/* Of what the sender's side says and what is known here the newer. */
static bool
facts_find(struct batch *b, size_t i)
{
	const struct message_draft *d = b->drafts[i];
	struct message_facts	   *f = &b->facts[i];
	struct message_talk	    talk =
	    talk_find(b->app, b->arena, d->conv_id, d->sender_id);

	if (d->talk.last_seq > talk.last_seq)
		talk = d->talk;
	*f = (struct message_facts){.exists = true,
	    .type = CONVERSATION_DIRECT,
	    .last_seq = talk.last_seq,
	    .last_at_ms = talk.last_at_ms,
	    .members_version = talk.members_version,
	    .people = {talk.people[0], talk.people[1]},
	    .bond = talk.bond,
	    .sender_name = talk.sender_name,
	    .standing = {.is_open_house = b->is_open_house}};
	message_facts_stand(f, d->sender_id);
	/* Where a reply may point to depends on more than is known. */
	return talk.last_seq != 0 && d->reply_to == 0;
}

static bool
is_known(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!facts_find(b, i))
			return false;
	send_decide(b);
	return b->naccepted == b->n;
}

int
send_known(struct batch *b, struct err *e)
{
	static const struct message_talk nothing;

	if (!is_known(b))
		return 0;
	if (tx_run(b->app->db, write_known, b, e) == 0)
		return 1;
	for (size_t i = 0; i < b->n; i++)
		talk_put(b->app, b->drafts[i]->conv_id, b->drafts[i]->sender_id,
		    &nothing);
	if (e->kind != ERR_CONFLICT)
		return -1;
	err_clear(e);
	return 0;
}

static struct message_talk
talk_of(const struct message_facts *f)
{
	if (f->type != CONVERSATION_DIRECT)
		return (struct message_talk){0};
	return (struct message_talk){f->last_seq, f->last_at_ms,
	    {f->people[0], f->people[1]}, f->bond, f->members_version,
	    f->sender_name};
}

/* The last of each conversation has moved on furthest. */
void
send_learn(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct message_draft *d = b->drafts[i];

		memset(&d->talk, 0, sizeof(d->talk));
		if (d->is_refused || d->is_repeat)
			continue;
		d->talk = talk_of(&b->facts[i]);
		talk_put(b->app, d->conv_id, d->sender_id, &d->talk);
	}
}
