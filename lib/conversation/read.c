/* SPDX-License-Identifier: MIT */
/*
 * read.c -- Use case: somebody has read up to a message.
 *
 * Positions only grow, so receipts may overtake each other on their way: who
 * gets them keeps the highest.  That is why this takes no lock but that of
 * the one member row, and a thousand readers do not stand in a sender's way.
 */
#include "base/clock.h"
#include "base/err.h"
#include "conversation/event.h"
#include "conversation/rules.h"
#include "conversation/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct reading {
	struct arena		  *arena;
	struct conversation_viewer viewer;
	const struct conversation *conversation;
	uint64_t		   seq;
	int64_t			   now_ms;
};

static int
read_body(struct db *db, void *ctx, struct err *e)
{
	struct reading		  *r = ctx;
	const struct conversation *c = r->conversation;
	uint64_t		   me = r->viewer.user_id;
	struct conversation	   now;
	int			   moved;

	if (c->type == CONVERSATION_WORLD &&
	    conversation_store_world_row(db, c->id, &r->viewer, r->now_ms, e) ==
		-1)
		return -1;
	moved = conversation_store_read(db, me, c->id, r->seq, e);
	if (moved != 1)
		return moved;
	/* It was only marked unread: nobody else's business. */
	if (r->seq <= c->read_seq)
		return conversation_event_own(
		    db, r->arena, &r->viewer, c->id, r->now_ms, &now, e);
	return conversation_event_read(
	    db, r->arena, me, c, r->seq, r->now_ms, e);
}

int
conversation_mark_read(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, uint64_t seq, struct err *e)
{
	struct conversation c;
	struct reading	    r = {a, {0}, &c, seq, clock_ms()};

	if (conversation_viewer_get(app, a, user_id, &r.viewer, e) == -1 ||
	    conversation_get(app, a, user_id, conv_id, &c, e) == -1 ||
	    conversation_may_read(&c, seq, e) == -1)
		return -1;
	if (seq <= c.read_seq && !c.marked)
		return 0;
	if (tx_run(app->db, read_body, &r, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
