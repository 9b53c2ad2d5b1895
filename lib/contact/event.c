/* SPDX-License-Identifier: MIT */
/*
 * event.c -- What a change between two people tells their open sockets.
 *
 * Each gets the event on all own devices, ordered by the own id.  Nobody is
 * told of being blocked.
 */
#include "contact/event.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/str.h"
#include "delivery/outbox.h"
#include "presence/presence.h"

int
contact_event(struct db *db, struct arena *a, uint64_t to_user,
    const char *action, const char *key, json_t *object, int64_t now_ms,
    struct err *e)
{
	struct outbox_event event = {
	    .key = to_user,
	    .audience = OUTBOX_USERS,
	    .users = {to_user},
	};
	json_t *frame = json_object(), *data = json_object();

	json_object_set_new(data, "action", json_string(action));
	if (key != NULL)
		json_object_set_new(data, key, object);
	json_object_set_new(frame, "event", json_string("contact"));
	json_object_set_new(frame, "data", data);
	event.frame = json_write(a, frame, &event.frame_len);
	json_decref(frame);
	if (event.frame == NULL)
		return err_set(e, ERR_INTERNAL, "internal",
		    "An event could not be written as JSON.");
	return outbox_add(db, &event, 1, now_ms, e);
}

int
contact_event_person(struct db *db, struct arena *a, uint64_t to_user,
    const char *action, enum sync_kind kind, uint64_t about, int64_t now_ms,
    struct err *e)
{
	if (sync_mark(db, to_user, kind, about, e) == -1)
		return -1;
	return contact_event(db, a, to_user, action, "user_id",
	    json_string(id_text(a, about)), now_ms, e);
}

int
contact_event_request(struct db *db, struct arena *a, const char *action,
    const struct contact_request *r, const struct people *people,
    int64_t now_ms, struct err *e)
{
	if (sync_mark(db, r->from_id, SYNC_REQUEST, r->id, e) == -1 ||
	    sync_mark(db, r->to_id, SYNC_REQUEST, r->id, e) == -1 ||
	    contact_event(db, a, r->from_id, action, "request",
		request_json(a, r, people), now_ms, e) == -1 ||
	    contact_event(db, a, r->to_id, action, "request",
		request_json(a, r, people), now_ms, e) == -1)
		return -1;
	if (r->status != CONTACT_PENDING)
		return 0;
	return presence_between(db, r->from_id, r->to_id, now_ms, e);
}
