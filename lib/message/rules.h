/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- What may be said, and by whom.
 *
 * Pure: no I/O, no clock, no memory but the caller's, so that the whole truth
 * table runs in a unit test with nothing else up.  Facts come from store.h.
 */
#ifndef PARLEY_MESSAGE_RULES_H
#define PARLEY_MESSAGE_RULES_H

#include "conversation/rights.h"
#include "message/message.h"

/* What is known of one draft, read under the lock of its conversation. */
struct message_facts {
	/* the conversation; exists is false for one that there is not */
	bool		       exists;
	enum conversation_type type;
	uint64_t	       last_seq;
	int64_t		       last_at_ms;
	uint64_t	       members_version;
	/* of a direct one: who talks, and what its row says of the two */
	uint64_t people[2], bond;
	/* the sender in it */
	const char		    *sender_name; /* NULL: no such user */
	struct conversation_standing standing;
	const char *mentions; /* whom it mentions; NULL: nobody */
	/* what the same sender sent under the same client_msg_id */
	bool	       has_earlier;
	struct message earlier;
	/*
	 * Where that was recalled: what it said and what the draft says, as
	 * message_said() has it; NULL: it is not known any more.
	 */
	const char *recalled_said, *draft_said;
};

/*
 * Is the draft the earlier message again?  1 if there is one and it is the
 * same, 0 if there is none, -1 "client_msg_id_reused" if it differs.
 */
int message_is_repeat(
    const struct message_draft *, const struct message_facts *, struct err *);

/*
 * May it be sent?  0, or -1 "not_found", "blocked", "not_a_contact", or
 * "invalid" for a reply to what is not in this conversation.
 */
int message_may_send(const struct message_draft *, const struct message_facts *,
    int64_t now_ms, struct err *);

#endif
