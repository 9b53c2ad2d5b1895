/* SPDX-License-Identifier: MIT */
/*
 * event.c -- What a change of a conversation tells open sockets.
 *
 * Frames are small and say what changed; who needs the whole conversation
 * asks for it.  Ids and flags only: nothing here needs escaping.
 */
#include "conversation/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "conversation/store.h"
#include "delivery/outbox.h"
#include "sync/sync.h"

static const char *
truth(bool b)
{
	return b ? "true" : "false";
}

static int
tell_members(struct db *db, uint64_t conv_id, uint64_t version,
    const char *frame, int64_t now_ms, struct err *e)
{
	const struct outbox_event event = {
	    .key = conv_id,
	    .audience = OUTBOX_MEMBERS,
	    .conv_id = conv_id,
	    .members_version = version,
	    .frame = frame,
	    .frame_len = strlen(frame),
	};

	return outbox_add(db, &event, 1, now_ms, e);
}

/* key: what it comes in order with, the user's other events or a group's. */
static int
tell_user(struct db *db, uint64_t key, uint64_t user_id, const char *frame,
    int64_t now_ms, struct err *e)
{
	const struct outbox_event event = {
	    .key = key,
	    .audience = OUTBOX_USERS,
	    .users = {user_id},
	    .frame = frame,
	    .frame_len = strlen(frame),
	};

	return outbox_add(db, &event, 1, now_ms, e);
}

int
conversation_event_created(struct db *db, struct arena *a, uint64_t conv_id,
    int64_t now_ms, struct err *e)
{
	const char *frame = arena_printf(a,
	    "{\"event\":\"conversation\",\"data\":{\"action\":\"created\","
	    "\"conv_id\":\"%" PRIu64 "\",\"type\":\"direct\"}}",
	    conv_id);

	return tell_members(db, conv_id, 1, frame, now_ms, e);
}

int
conversation_event_read(struct db *db, struct arena *a, uint64_t user_id,
    const struct conversation *c, uint64_t seq, int64_t now_ms, struct err *e)
{
	const char *frame = arena_printf(a,
	    "{\"event\":\"receipt\",\"data\":{\"conv_id\":\"%" PRIu64 "\","
	    "\"user_id\":\"%" PRIu64 "\",\"read_seq\":%" PRIu64 "}}",
	    c->id, user_id, seq);

	if (!conversation_tells_receipts(c->type, c->shared.nmembers))
		return tell_user(db, user_id, user_id, frame, now_ms, e);
	/* Two people stay two; in a group c may be from before a removal. */
	return tell_members(db, c->id,
	    c->type == CONVERSATION_DIRECT ? c->members_version
					   : OUTBOX_MEMBERS_NOW,
	    frame, now_ms, e);
}

static int
tell_updated(struct db *db, struct arena *a, uint64_t user_id,
    const struct conversation *c, int64_t now_ms, struct err *e)
{
	const char *frame = arena_printf(a,
	    "{\"event\":\"conversation\",\"data\":{\"action\":\"updated\","
	    "\"conv_id\":\"%" PRIu64 "\",\"pinned\":%s,\"muted\":%s,"
	    "\"hidden\":%s,\"marked_unread\":%s,\"draft_version\":%" PRIu64
	    ",\"cleared_seq\":%" PRIu64 "}}",
	    c->id, truth(c->pinned), truth(conversation_is_muted(c, now_ms)),
	    truth(c->hidden), truth(c->marked), c->draft_version,
	    c->cleared_seq);

	if (sync_mark(db, user_id, SYNC_CONVERSATION, c->id, e) == -1)
		return -1;
	return tell_user(db, user_id, user_id, frame, now_ms, e);
}

int
conversation_event_own(struct db *db, struct arena *a,
    const struct conversation_viewer *v, uint64_t conv_id, int64_t now_ms,
    struct conversation *c, struct err *e)
{
	int found = conversation_store_find(db, a, v, conv_id, c, e);

	if (found != 1)
		return found;
	return tell_updated(db, a, v->user_id, c, now_ms, e);
}

int
conversation_event_each(struct db *db, struct arena *a, const char *action,
    const struct sync_place *places, size_t n, int64_t now_ms, struct err *e)
{
	struct outbox_event *events = arena_alloc(a, n * sizeof(*events));

	for (size_t i = 0; i < n; i++) {
		const char *frame = arena_printf(a,
		    "{\"event\":\"conversation\",\"data\":{\"action\":"
		    "\"%s\",\"conv_id\":\"%" PRIu64 "\"}}",
		    action, places[i].ref);

		events[i] = (struct outbox_event){.key = places[i].user_id,
		    .audience = OUTBOX_USERS,
		    .users = {places[i].user_id},
		    .frame = frame,
		    .frame_len = strlen(frame)};
	}
	return outbox_add(db, events, n, now_ms, e);
}
