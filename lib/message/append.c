/* SPDX-License-Identifier: MIT */
/*
 * append.c -- A message that is part of something else: no rule is asked.
 *
 * The greeting of an accepted request, and what is told of a group and of pins.
 * The caller holds the conversation's lock and commits.
 */
#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"
#include "message/store.h"
#include "message/write.h"

int
message_append(struct db *db, struct arena *a, struct message *m,
    int64_t now_ms, struct err *e)
{
	struct message_draft draft = {
	    .sender_id = m->sender_id,
	    .conv_id = m->conv_id,
	    .client_msg_id = m->client_msg_id,
	    .type = m->type != NULL ? m->type : "text",
	    .content = m->content,
	    .reply_to = m->reply_to,
	};
	struct message_draft   *one = &draft;
	const struct message   *written = m;
	struct message_facts	facts = {0};
	const char	       *sender_type = m->sender_type;
	struct message_audience to;

	if (draft.client_msg_id == NULL)
		draft.client_msg_id = random_token(a, MESSAGE_CLIENT_ID_BYTES);
	if (message_store_lock(db, a, &one, 1, &facts, NULL, NULL, e) == -1)
		return -1;
	if (!facts.exists)
		return err_set(e, ERR_INTERNAL, "internal",
		    "There is no conversation %llu to append to.",
		    (unsigned long long)draft.conv_id);
	facts.sender_name = m->sender_name;
	message_place_next(&draft, &facts, now_ms, m);
	if (sender_type != NULL)
		m->sender_type = sender_type;
	to = message_audience_of(&facts);
	return message_write(db, a, &written, &to, 1, 0, now_ms, NULL, e);
}
