/* SPDX-License-Identifier: MIT */
/*
 * accept.c -- How two people become contacts.
 *
 * The one place that does it: for a request that is accepted, and for two
 * that cross.
 */
#include "contact/accept.h"

#include <string.h>

#include "account/account.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/event.h"
#include "contact/store.h"
#include "conversation/conversation.h"
#include "message/message.h"
#include "presence/presence.h"

int
request_greet(struct db *db, struct arena *a, const struct contact_request *r,
    const struct people *people, int64_t now_ms, struct err *e)
{
	struct message greeting = {
	    .conv_id = r->conv_id,
	    .sender_id = r->from_id,
	    .sender_name = people_name(people, r->from_id),
	    .type = "text",
	    .content = r->greeting,
	};

	if (utf8_is_blank(r->greeting, strlen(r->greeting)))
		return 0;
	return message_append(db, a, &greeting, now_ms, e);
}

/* Each is told of the other, and where they can talk. */
static int
tell(struct db *db, struct arena *a, const struct contact_request *r,
    const struct people *people, int64_t now_ms, struct err *e)
{
	const uint64_t both[] = {r->from_id, r->to_id};

	for (int i = 0; i < 2; i++) {
		const struct contact view = {
		    .user_id = both[1 - i], .remark = "", .created_ms = now_ms};
		json_t *contact;

		if (sync_mark(db, both[i], SYNC_CONTACT, both[1 - i], e) ==
			-1 ||
		    sync_mark(db, both[i], SYNC_REQUEST, r->id, e) == -1)
			return -1;
		contact = contact_json(a, &view, people);
		if (contact != NULL) {
			json_object_set_new(contact, "conv_id",
			    json_string(id_text(a, r->conv_id)));
			json_object_set_new(contact, "request_id",
			    json_string(id_text(a, r->id)));
		}
		if (contact_event(db, a, both[i], "accepted", "contact",
			contact, now_ms, e) == -1)
			return -1;
	}
	return 0;
}

int
request_accept(struct db *db, struct arena *a, struct contact_request *r,
    const struct people *people, int64_t now_ms, struct err *e)
{
	const uint64_t both[] = {r->from_id, r->to_id};
	int	       there = account_hold_many(db, a, both, 2, e);

	if (there == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	r->status = CONTACT_ACCEPTED;
	if (there == -1 ||
	    contact_store_request_decide(
		db, r->id, CONTACT_ACCEPTED, now_ms, e) == -1 ||
	    contact_store_add(db, r->from_id, r->to_id, now_ms, e) == -1 ||
	    conversation_direct_open(db, a, r->from_id, r->to_id, now_ms,
		&r->conv_id, NULL, e) == -1 ||
	    contact_pair_settle(db, a, r->from_id, r->to_id, e) == -1 ||
	    request_greet(db, a, r, people, now_ms, e) == -1)
		return -1;
	if (tell(db, a, r, people, now_ms, e) == -1)
		return -1;
	return presence_between(db, r->from_id, r->to_id, now_ms, e);
}
