/* SPDX-License-Identifier: MIT */
/*
 * recall.c -- Use case: what somebody said is taken out by who keeps order.
 *
 * The message keeps its place, its sender and its time, for seq has no gaps;
 * what it said is gone from the database, but for a digest (said.h), and whom
 * it called is called no more.  Everybody gets it once more as it is now, in
 * order with the conversation's other events; without a number, for this is no
 * news to what drops repeats by it.
 */
#include <string.h>

#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/hold.h"
#include "message/said.h"
#include "message/store.h"

/* Not of who ranks as high, nor what nobody said. */
static int
check_author(struct db *db, const struct message_hold *h, struct err *e)
{
	const struct conversation_seat seat = {h->at.conv_id, h->m.sender_id};
	struct conversation_standing   author;

	if (strcmp(h->m.sender_type, "system") == 0)
		return err_set(e, ERR_FORBIDDEN, "forbidden",
		    "What happened here cannot be taken back.");
	if (h->m.sender_id == h->actor.id)
		return 0;
	if (conversation_standings(db, h->arena, &seat, 1, &author, e) == -1)
		return -1;
	return conversation_may_govern(&h->facts.standing, author.role, e);
}

static int
body(struct db *db, void *ctx, struct err *e)
{
	struct message_hold *h = ctx;
	struct message	    *m = &h->m;
	const char	    *frame, *said;
	size_t		     len;

	if (message_hold(db, h, ACTION_DELETE_MESSAGES, e) == -1 ||
	    check_author(db, h, e) == -1)
		return -1;
	if (m->recalled_ms != 0)
		return 0;
	/* Whom it called is known by its mentions: before they are gone. */
	if (message_store_unmention(db, m, e) == -1)
		return -1;
	said = message_said(h->app, h->arena, m->id, m->content);
	m->recalled_ms = h->now_ms;
	m->content = m->mentions = "";
	if (message_store_recall(db, &h->at, said, h->now_ms, e) == -1 ||
	    message_store_unpin(db, &h->at, e) == -1 ||
	    conversation_message_changed(db, h->arena, m->conv_id, m->seq, e) ==
		-1)
		return -1;
	frame = message_frame(h->arena, m, &len);
	return message_hold_tell(db, h, frame, len, e);
}

int
message_recall(
    struct app *app, struct arena *a, uint64_t me, uint64_t id, struct err *e)
{
	struct message_hold h;

	if (message_hold_init(&h, app, a, me, message_place(id), e) == -1 ||
	    tx_run(app->db, body, &h, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
