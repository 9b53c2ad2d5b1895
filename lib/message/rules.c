/* SPDX-License-Identifier: MIT */
/*
 * rules.c -- What may be said, and by whom.
 */
#include "message/rules.h"

#include <string.h>

#include "base/str.h"

uint64_t
message_id(uint64_t conv_id, uint64_t seq)
{
	return conv_id << 32 | seq;
}

struct message_place
message_place(uint64_t id)
{
	return (struct message_place){id >> 32, id & UINT32_MAX};
}

static bool
is_client_id(const char *id)
{
	size_t n = 0;

	for (; n <= MESSAGE_CLIENT_ID_MAX && id[n] != '\0'; n++)
		if (id[n] < '!' || id[n] > '~')
			return false;
	return n > 0 && n <= MESSAGE_CLIENT_ID_MAX;
}

static void
check_text(const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (n > MESSAGE_BYTES_MAX)
		err_field(e, "content", "too_long", "At most %d bytes.",
		    MESSAGE_BYTES_MAX);
	else if (!utf8_valid(text, n))
		err_field(e, "content", "encoding", "This is not UTF-8.");
	else if (utf8_is_blank(text, n))
		err_field(e, "content", "required", "Say something.");
	else if (utf8_length(text, n) > MESSAGE_CHARS_MAX)
		err_field(e, "content", "too_long", "At most %d characters.",
		    MESSAGE_CHARS_MAX);
	else if (utf8_has_control_code(text, n, "\n\t"))
		err_field(e, "content", "characters",
		    "Control characters are not allowed.");
}

/* Exactly one of the two says where it goes; one that is no id tried to. */
static void
check_address(const struct message_draft *draft, struct err *e)
{
	if (draft->conv_id == 0 && draft->to == 0) {
		if (!err_has_field(e, "to"))
			err_field(e, "conv_id", "required", "Where to?");
	} else if (draft->conv_id != 0 && draft->to != 0)
		err_field(e, "to", "surplus", "conv_id or to, not both.");
	else if (draft->to == draft->sender_id)
		err_field(e, "to", "self", "A conversation takes two.");
}

int
message_check(const struct message_draft *draft, struct err *e)
{
	unsigned before = e->nfields;

	check_address(draft, e);
	if (draft->client_msg_id != NULL && !is_client_id(draft->client_msg_id))
		err_field(e, "client_msg_id", "characters",
		    "1 to %d visible ASCII characters.", MESSAGE_CLIENT_ID_MAX);
	if (draft->type != NULL && strcmp(draft->type, "text") != 0)
		err_field(
		    e, "type", "unknown", "There is no such type of message.");
	else if (draft->content == NULL)
		err_field(e, "content", "required", "Say something.");
	else
		check_text(draft->content, e);
	return e->nfields > before ? -1 : 0;
}

/* Of what was recalled before its digest was kept only that it was is known. */
static bool
says_the_same(
    const struct message_draft *draft, const struct message_facts *facts)
{
	if (facts->earlier.recalled_ms == 0)
		return strcmp(facts->earlier.content, draft->content) == 0;
	return facts->recalled_said == NULL ||
	       (facts->draft_said != NULL &&
		   strcmp(facts->recalled_said, facts->draft_said) == 0);
}

int
message_is_repeat(const struct message_draft *draft,
    const struct message_facts *facts, struct err *e)
{
	const struct message *earlier = &facts->earlier;

	if (!facts->has_earlier)
		return 0;
	if (earlier->conv_id == draft->conv_id &&
	    earlier->reply_to == draft->reply_to &&
	    strcmp(earlier->type, draft->type) == 0 &&
	    says_the_same(draft, facts))
		return 1;
	return err_set(e, ERR_INVALID, "client_msg_id_reused",
	    "Another message was sent with this client_msg_id.");
}

int
message_may_send(const struct message_draft *draft,
    const struct message_facts *facts, int64_t now_ms, struct err *e)
{
	struct message_place reply = message_place(draft->reply_to);

	if (!facts->exists || facts->sender_name == NULL)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such conversation.");
	if (conversation_may(&facts->standing, ACTION_SEND, now_ms, e) == -1)
		return -1;
	/* seq has no gaps, so every number up to the last is a message. */
	if (draft->reply_to != 0 &&
	    (reply.conv_id != draft->conv_id ||
		reply.seq <= facts->standing.floor_seq ||
		reply.seq > facts->last_seq))
		return err_field(e, "reply_to", "unknown",
		    "There is no such message in this conversation.");
	return 0;
}

const char *
message_status(const struct conversation *c, uint64_t caller_id,
    uint64_t sender_id, uint64_t seq)
{
	bool	 is_own = caller_id == sender_id;
	uint64_t read = is_own ? c->peer_read_seq : c->read_seq;
	uint64_t delivered = is_own ? c->peer_delivered_seq : c->delivered_seq;

	if (seq <= read)
		return "read";
	return seq <= delivered ? "delivered" : "sent";
}
