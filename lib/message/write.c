/* SPDX-License-Identifier: MIT */
/*
 * write.c -- How accepted messages get their place and are written.
 *
 * One row for the message and one for its event, however many members there
 * are, and one for each who is called by name; all at once are one.  seq has
 * neither gap nor repeat: it is counted under the lock of the conversation's
 * row, and only what commits has been counted.
 */
#include "message/write.h"

#include "base/arena.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/store.h"

void
message_place_next(const struct message_draft *draft,
    struct message_facts *facts, int64_t now_ms, struct message *m)
{
	facts->last_seq++;
	if (facts->last_at_ms < now_ms)
		facts->last_at_ms = now_ms;
	*m = (struct message){
	    .id = message_id(draft->conv_id, facts->last_seq),
	    .conv_id = draft->conv_id,
	    .seq = facts->last_seq,
	    .client_msg_id = draft->client_msg_id,
	    .sender_id = draft->sender_id,
	    .sender_type = "user",
	    .sender_name = facts->sender_name,
	    .type = draft->type,
	    .content = draft->content,
	    .reply_to = draft->reply_to,
	    .mentions = facts->mentions != NULL ? facts->mentions : "",
	    .created_ms = facts->last_at_ms,
	    .status = "sent",
	};
}

/* Statements are made for these many messages; others go in several trips. */
static size_t
trip_of(size_t left)
{
	enum { EACH = 16, STEP = 4 };

	return left <= EACH ? left : left / STEP * STEP;
}

struct message_audience
message_audience_of(const struct message_facts *facts)
{
	return (struct message_audience){facts->type == CONVERSATION_WORLD,
	    facts->members_version, facts->bond};
}

static void
event_of(struct arena *a, const struct message *m,
    const struct message_audience *to, struct outbox_event *event)
{
	*event = (struct outbox_event){.key = m->conv_id,
	    .audience = to->is_everybody ? OUTBOX_EVERYBODY : OUTBOX_MEMBERS,
	    .conv_id = m->conv_id,
	    .seq = m->seq,
	    .members_version = to->members_version};
	event->frame = message_frame(a, m, &event->frame_len);
}

int
message_write(struct db *db, struct arena *a,
    const struct message *const *messages, const struct message_audience *to,
    size_t n, unsigned how, int64_t now_ms, struct message_told *told,
    struct err *e)
{
	struct outbox_event *events = arena_alloc(a, n * sizeof(*events));
	struct db_part	     part;
	bool is_at_once = (how & WRITE_LAST) != 0 && trip_of(n) == n;
	bool is_told = told != NULL && is_at_once;

	for (size_t i = 0; i < n; i++) {
		event_of(a, messages[i], &to[i], &events[i]);
		if (message_store_mentions(db, a, messages[i], e) == -1)
			return -1;
	}
	for (size_t i = 0, some; i < n; i += some) {
		some = trip_of(n - i);
		outbox_part(a, events + i, some, now_ms, &part);
		if (message_store_add(db, a, messages + i, some,
			(how & WRITE_KNOWN) != 0 ? to + i : NULL, &part,
			(how & WRITE_LAST) != 0 && i + some == n,
			is_told ? &told->id : NULL, e) == -1)
			return -1;
	}
	if (is_told) {
		told->events = events;
		told->n = n;
	}
	return 0;
}
