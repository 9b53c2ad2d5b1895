/* SPDX-License-Identifier: MIT */
/*
 * rules.c -- Who may open a conversation, and what its numbers mean.
 */
#include "conversation/rules.h"

#include "base/err.h"

/* -- two people ------------------------------------------------------------ */

int
conversation_may_write(
    const struct conversation_bond *bond, bool is_open_house, struct err *e)
{
	const struct conversation_standing s = {
	    .type = CONVERSATION_DIRECT,
	    .role = MEMBER_MEMBER,
	    .bond = *bond,
	    .is_open_house = is_open_house,
	};

	return conversation_may(&s, ACTION_SEND, 0, e);
}

int
conversation_may_open(const struct conversation_pair *pair, struct err *e)
{
	if (pair->is_self)
		return err_field(
		    e, "user_id", "self", "A conversation takes two.");
	/* Who is blocked is told so, even by somebody who hides. */
	if (!pair->may_find && !pair->bond.is_blocked)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return conversation_may_write(&pair->bond, pair->is_open_house, e);
}

/* -- numbers --------------------------------------------------------------- */

int
conversation_may_read(const struct conversation *c, uint64_t seq, struct err *e)
{
	if (seq > c->last_seq)
		return err_field(e, "seq", "too_large",
		    "The newest message is %llu.",
		    (unsigned long long)c->last_seq);
	return 0;
}

bool
conversation_is_muted(const struct conversation *c, int64_t now_ms)
{
	return c->muted &&
	       (c->silent_until_ms == 0 || c->silent_until_ms > now_ms);
}

int
conversation_settings_check(
    const struct conversation_settings *want, int64_t now_ms, struct err *e)
{
	if (want->silent_until_ms != NULL && *want->silent_until_ms != 0 &&
	    *want->silent_until_ms <= now_ms)
		return err_field(
		    e, "silent_until", "past", "That time has passed.");
	return 0;
}

bool
conversation_tells_receipts(enum conversation_type type, unsigned nmembers)
{
	return type != CONVERSATION_WORLD &&
	       nmembers <= CONVERSATION_RECEIPTS_MAX;
}

uint64_t
conversation_unread(const struct conversation *c)
{
	uint64_t from =
	    c->read_seq > c->cleared_seq ? c->read_seq : c->cleared_seq;

	return c->last_seq > from ? c->last_seq - from : 0;
}
