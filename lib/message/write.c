/* SPDX-License-Identifier: MIT */
/*
 * write.c -- How accepted messages get their place and are written.
 *
 * One row for the message and one for its event, however many members there
 * are.  seq has neither gap nor repeat: it is counted under the lock of the
 * conversation's row, and only what commits has been counted.
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
	    .created_ms = facts->last_at_ms,
	    .status = "sent",
	};
}

int
message_write(struct db *db, struct arena *a,
    const struct message *const *messages, const uint64_t *versions, size_t n,
    bool is_last, int64_t now_ms, struct err *e)
{
	struct outbox_event *events = arena_alloc(a, n * sizeof(*events));
	struct db_part	     event;

	for (size_t i = 0; i < n; i++) {
		const struct message *m = messages[i];

		events[i].key = m->conv_id;
		events[i].audience = OUTBOX_MEMBERS;
		events[i].conv_id = m->conv_id;
		events[i].seq = m->seq;
		events[i].members_version = versions[i];
		events[i].frame = message_frame(a, m, &events[i].frame_len);
	}
	if (is_last && n == 1) {
		outbox_part(a, &events[0], now_ms, &event);
		return message_store_add_and_commit(db, messages[0], &event, e);
	}
	if (message_store_add(db, a, messages, n, e) == -1)
		return -1;
	return outbox_add(db, events, n, now_ms, e);
}
