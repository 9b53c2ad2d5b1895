/* SPDX-License-Identifier: MIT */
/*
 * hold.c -- What every change of a message that was said begins and ends with.
 */
#include "message/hold.h"

#include "base/clock.h"
#include "data/app.h"
#include "delivery/outbox.h"
#include "message/store.h"
#include "message/write.h"
#include "web/web.h"

static int
no_such(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such message.");
}

int
message_hold_init(struct message_hold *h, struct app *app, struct arena *a,
    uint64_t me, struct message_place at, struct err *e)
{
	int found;

	*h = (struct message_hold){
	    .app = app, .arena = a, .at = at, .now_ms = clock_ms()};
	found = account_find(app, a, me, &h->actor, e);
	return found == 0 ? no_such(e) : found == 1 ? 0 : -1;
}

static int
lock(struct db *db, struct message_hold *h, struct err *e)
{
	struct message_draft draft = {
	    .sender_id = h->actor.id, .conv_id = h->at.conv_id};
	struct message_draft	      *one = &draft;
	const struct conversation_seat me = {h->at.conv_id, h->actor.id};
	struct conversation_standing   s, *standing = &h->facts.standing;

	h->facts = (struct message_facts){0};
	if (message_store_lock(
		db, h->arena, &one, 1, &h->facts, NULL, NULL, e) == -1)
		return -1;
	if (!h->facts.exists)
		return no_such(e);
	if (conversation_standings(db, h->arena, &me, 1, &s, e) == -1)
		return -1;
	if (h->facts.type == CONVERSATION_DIRECT)
		standing->floor_seq = s.floor_seq;
	else
		*standing = s;
	standing->is_open_house = conversation_is_open_house(h->app);
	standing->is_site_admin = h->actor.role == ROLE_ADMIN;
	return 0;
}

int
message_hold(struct db *db, struct message_hold *h,
    enum conversation_action action, struct err *e)
{
	if (lock(db, h, e) == -1 ||
	    conversation_may(&h->facts.standing, ACTION_READ, h->now_ms, e) ==
		-1 ||
	    message_find_many(h->app, h->arena, &h->at, 1, &h->m, e) == -1 ||
	    (h->facts.type == CONVERSATION_GROUP &&
		message_nickname(h->app, h->arena, &h->m, 1, e) == -1))
		return -1;
	if (h->m.id == 0 || h->m.seq <= h->facts.standing.floor_seq)
		return no_such(e);
	return conversation_may(&h->facts.standing, action, h->now_ms, e);
}

int
message_hold_tell(struct db *db, const struct message_hold *h,
    const char *frame, size_t len, struct err *e)
{
	const struct message_audience to = message_audience_of(&h->facts);
	const struct outbox_event     o = {
		.key = h->at.conv_id,
		.audience = to.is_everybody ? OUTBOX_EVERYBODY : OUTBOX_MEMBERS,
		.conv_id = h->at.conv_id,
		.members_version = to.members_version,
		.frame = frame,
		.frame_len = len,
	    };

	return outbox_add(db, &o, 1, h->now_ms, e);
}
