/* SPDX-License-Identifier: MIT */
/*
 * recall.c -- Use case: what somebody said is taken out by who keeps order.
 *
 * The message keeps its place, its sender and its time, for seq has no gaps;
 * what it said is gone from the database.  Everybody gets it once more as it is
 * now, in order with the conversation's other events; without a number, for
 * this is no news to what drops repeats by it.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/store.h"
#include "message/write.h"
#include "web/web.h"

struct recalling {
	struct app	    *app;
	struct arena	    *arena;
	struct user	     actor;
	struct message_place at;
	int64_t		     now_ms;
};

static int
no_such(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such message.");
}

/* Locks the conversation, and tells what the actor may there. */
static int
lock(struct db *db, const struct recalling *r, struct message_facts *facts,
    struct err *e)
{
	struct message_draft draft = {
	    .sender_id = r->actor.id, .conv_id = r->at.conv_id};
	struct message_draft	      *one = &draft;
	const struct conversation_seat me = {r->at.conv_id, r->actor.id};
	struct conversation_standing   s;

	if (message_store_lock(db, r->arena, &one, 1, facts, NULL, NULL, e) ==
	    -1)
		return -1;
	if (!facts->exists)
		return no_such(e);
	if (conversation_standings(db, r->arena, &me, 1, &s, e) == -1)
		return -1;
	if (facts->type == CONVERSATION_DIRECT)
		facts->standing.floor_seq = s.floor_seq;
	else
		facts->standing = s;
	facts->standing.is_site_admin = r->actor.role == ROLE_ADMIN;
	return conversation_may(&facts->standing, ACTION_READ, r->now_ms, e);
}

/* May the actor take this one out?  Not of who ranks as high. */
static int
may_recall(struct db *db, const struct recalling *r,
    const struct message_facts *facts, const struct message *m, struct err *e)
{
	const struct conversation_seat seat = {r->at.conv_id, m->sender_id};
	struct conversation_standing   author;

	if (conversation_may(
		&facts->standing, ACTION_DELETE_MESSAGES, r->now_ms, e) == -1)
		return -1;
	if (strcmp(m->sender_type, "system") == 0)
		return err_set(e, ERR_FORBIDDEN, "forbidden",
		    "What happened here cannot be taken back.");
	if (m->sender_id == r->actor.id)
		return 0;
	if (conversation_standings(db, r->arena, &seat, 1, &author, e) == -1)
		return -1;
	return conversation_may_govern(&facts->standing, author.role, e);
}

static int
tell(struct db *db, const struct recalling *r,
    const struct message_facts *facts, struct message *m, struct err *e)
{
	struct message_audience to = message_audience_of(facts);
	struct outbox_event	o = {
		.key = m->conv_id,
		.audience = to.is_everybody ? OUTBOX_EVERYBODY : OUTBOX_MEMBERS,
		.conv_id = m->conv_id,
		.members_version = to.members_version,
	    };

	o.frame = message_frame(r->arena, m, &o.frame_len);
	return outbox_add(db, &o, 1, r->now_ms, e);
}

static int
body(struct db *db, void *ctx, struct err *e)
{
	struct recalling    *r = ctx;
	struct message_facts facts = {0};
	struct message	     m;

	if (lock(db, r, &facts, e) == -1)
		return -1;
	if (message_find_many(r->app, r->arena, &r->at, 1, &m, e) == -1)
		return -1;
	if (m.id == 0 || m.seq <= facts.standing.floor_seq)
		return no_such(e);
	if (may_recall(db, r, &facts, &m, e) == -1)
		return -1;
	if (m.recalled_ms != 0)
		return 0;
	m.recalled_ms = r->now_ms;
	m.content = m.mentions = "";
	if (message_store_recall(db, &r->at, r->now_ms, e) == -1 ||
	    conversation_message_changed(db, r->arena, m.conv_id, m.seq, e) ==
		-1)
		return -1;
	return tell(db, r, &facts, &m, e);
}

int
message_recall(
    struct app *app, struct arena *a, uint64_t me, uint64_t id, struct err *e)
{
	struct recalling r = {.app = app,
	    .arena = a,
	    .at = message_place(id),
	    .now_ms = clock_ms()};

	if (account_find(app, a, me, &r.actor, e) == -1)
		return -1;
	if (tx_run(app->db, body, &r, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
