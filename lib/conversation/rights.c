/* SPDX-License-Identifier: MIT */
/*
 * rights.c -- Who may do what in a conversation.
 *
 * The table has a row for each action and a column for each party.  Its test
 * spells the table out once more, in words; a test over HTTP walks the calls.
 */
#include "conversation/rights.h"

#include "base/err.h"

/* -- the table ------------------------------------------------------------- */

/* The letters of the table. */
enum verdict {
	YES = '+',
	NO = '-',	  /* forbidden */
	UNKNOWN = '?',	  /* not_found: may not know of it */
	OUTSIDE = 'o',	  /* not_a_member */
	BARRED = 'b',	  /* banned */
	SILENCED = 'm',	  /* muted */
	BLOCKED = 'x',	  /* blocked */
	NO_CONTACT = 'k', /* not_a_contact */
	CLASH = 'c',	  /* conflict: it is so already, or not yet */
	IF_PERMITTED = 'p'
};

struct row {
	const char by[PARTIES + 1];
	unsigned   permission; /* an admin's, for IF_PERMITTED */
};

/* clang-format off */
static const struct row rows[ACTIONS] = {
	/*
	 * group:  Stranger, Visitor, Former, Banned, Member, mUted, Admin, Owner
	 * direct: Contact, Gone, No contact, Blocked
	 * world:  Public, Muted, Warden
	 */
	/*                           SVFBMUAO   CGNB   PMW */
	[ACTION_SEE]              = {"?oob++++" "++++" "+++", 0},
	[ACTION_READ]             = {"?oob++++" "++++" "+++", 0},
	[ACTION_SEND]             = {"?oob+m++" "+-kx" "+m+", 0},
	[ACTION_ARRANGE]          = {"?oob++++" "++++" "+++", 0},
	[ACTION_SEE_MEMBERS]      = {"?oob++++" "++++" "--+", 0},
	[ACTION_SET_NICKNAME]     = {"?oob++++" "----" "---", 0},
	[ACTION_LEAVE]            = {"?oob+++c" "----" "---", 0},

	[ACTION_EDIT]             = {"?oob--p+" "----" "--+", PERMIT_EDIT},
	[ACTION_HUSH]             = {"?oob--p+" "----" "--+", PERMIT_MUTE},
	[ACTION_INVITE]           = {"?oob--p+" "----" "---", PERMIT_INVITE},
	[ACTION_REMOVE]           = {"?oob--p+" "----" "---", PERMIT_REMOVE},
	[ACTION_MUTE]             = {"?oob--p+" "----" "--+", PERMIT_MUTE},
	[ACTION_PIN]              = {"?oob--p+" "+-kx" "--+", PERMIT_PIN},
	[ACTION_DELETE_MESSAGES]  = {"?oob--p+" "----" "--+", PERMIT_DELETE_MESSAGES},
	[ACTION_MENTION_ALL]      = {"?oob--++" "----" "--+", 0},

	[ACTION_APPOINT]          = {"?oob---+" "----" "---", 0},
	[ACTION_TRANSFER]         = {"?oob---+" "----" "---", 0},
	[ACTION_DISSOLVE]         = {"?oob---+" "----" "---", 0},

	[ACTION_LOOK]             = {"?+?b++++" "????" "???", 0},
	[ACTION_JOIN]             = {"?+-b++++" "----" "+++", 0},
	[ACTION_ASK_TO_JOIN]      = {"?+-bcccc" "----" "ccc", 0},

	[ACTION_SWITCH]           = {"?oob----" "----" "--+", 0},
};
/* clang-format on */

static bool
is_silenced(const struct conversation_standing *s, int64_t now_ms)
{
	return s->muted_all || s->muted_until_ms > now_ms;
}

/* Somebody who is not in a group: what may they know of it? */
static enum conversation_party
party_outside(const struct conversation_standing *s)
{
	if (s->is_banned)
		return PARTY_BANNED;
	if (s->is_invited || s->join_policy == JOIN_OPEN ||
	    s->join_policy == JOIN_APPROVAL)
		return PARTY_VISITOR;
	return s->was_member ? PARTY_FORMER : PARTY_STRANGER;
}

static enum conversation_party
party_of_group(const struct conversation_standing *s, int64_t now_ms)
{
	switch (s->role) {
	case MEMBER_OWNER:
		return PARTY_OWNER;
	case MEMBER_ADMIN:
		return s->muted_until_ms > now_ms ? PARTY_MUTED : PARTY_ADMIN;
	case MEMBER_MEMBER:
		return is_silenced(s, now_ms) ? PARTY_MUTED : PARTY_MEMBER;
	case MEMBER_NONE:
		break;
	}
	return party_outside(s);
}

static enum conversation_party
party_of_direct(const struct conversation_standing *s)
{
	if (s->role == MEMBER_NONE)
		return PARTY_STRANGER;
	if (s->bond.is_blocked)
		return PARTY_BLOCKED;
	if (!s->bond.is_contact && !s->is_open_house)
		return PARTY_NO_CONTACT;
	return s->bond.is_gone ? PARTY_GONE : PARTY_CONTACT;
}

enum conversation_party
conversation_party(const struct conversation_standing *s, int64_t now_ms)
{
	if (s->type == CONVERSATION_WORLD && s->is_site_admin)
		return PARTY_WARDEN;
	if (s->status != CONVERSATION_ALIVE)
		return PARTY_STRANGER;
	switch (s->type) {
	case CONVERSATION_WORLD:
		return is_silenced(s, now_ms) ? PARTY_PUBLIC_MUTED
					      : PARTY_PUBLIC;
	case CONVERSATION_GROUP:
		return party_of_group(s, now_ms);
	case CONVERSATION_DIRECT:
	case CONVERSATION_SYSTEM:
		break;
	}
	return party_of_direct(s);
}

static int
refuse(enum verdict verdict, struct err *e)
{
	switch (verdict) {
	case UNKNOWN:
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such conversation.");
	case OUTSIDE:
		return err_set(e, ERR_FORBIDDEN, "not_a_member",
		    "You are not a member here.");
	case BARRED:
		return err_set(
		    e, ERR_FORBIDDEN, "banned", "You are banned here.");
	case SILENCED:
		return err_set(
		    e, ERR_FORBIDDEN, "muted", "You are muted here.");
	case BLOCKED:
		return err_set(e, ERR_FORBIDDEN, "blocked",
		    "One of you has blocked the other.");
	case NO_CONTACT:
		return err_set(
		    e, ERR_FORBIDDEN, "not_a_contact", "You are not contacts.");
	case CLASH:
		return err_set(e, ERR_CONFLICT, "conflict",
		    "That is not possible as things stand.");
	case YES:
	case NO:
	case IF_PERMITTED:
		break;
	}
	return err_set(
	    e, ERR_FORBIDDEN, "forbidden", "You may not do that here.");
}

/* Who keeps the peace is not slowed down. */
unsigned
conversation_pace_of(
    const struct conversation_standing *s, int64_t now_ms, unsigned *wait_s_r)
{
	enum conversation_party party = conversation_party(s, now_ms);
	int64_t wait_ms = s->last_sent_ms + (int64_t)s->slow_mode_s * 1000;

	*wait_s_r = 0;
	if (party != PARTY_MEMBER && party != PARTY_PUBLIC)
		return 0;
	wait_ms -= now_ms;
	if (s->slow_mode_s != 0 && wait_ms > 0)
		*wait_s_r = (unsigned)((wait_ms + 999) / 1000);
	return s->slow_mode_s;
}

static int
check_pace(const struct conversation_standing *s, int64_t now_ms, struct err *e)
{
	unsigned wait_s;

	(void)conversation_pace_of(s, now_ms, &wait_s);
	if (wait_s == 0)
		return 0;
	err_set(e, ERR_RATE_LIMITED, "rate_limited",
	    "Slow mode: one message in %u seconds.", s->slow_mode_s);
	e->retry_after_s = (int)wait_s;
	return -1;
}

int
conversation_may(const struct conversation_standing *s,
    enum conversation_action action, int64_t now_ms, struct err *e)
{
	enum conversation_party party = conversation_party(s, now_ms);
	const struct row       *row = &rows[action];
	enum verdict verdict = (enum verdict)(unsigned char)row->by[party];

	/* An admin who is muted keeps the other rights. */
	if (party == PARTY_MUTED && s->role == MEMBER_ADMIN &&
	    action != ACTION_SEND)
		verdict = (enum verdict)(unsigned char)row->by[PARTY_ADMIN];
	if (verdict == IF_PERMITTED)
		verdict = (s->permissions & row->permission) != 0 ? YES : NO;
	if (verdict != YES)
		return refuse(verdict, e);
	return action == ACTION_SEND ? check_pace(s, now_ms, e) : 0;
}

int
conversation_may_govern(const struct conversation_standing *s,
    enum member_role of_whom, struct err *e)
{
	if (s->type == CONVERSATION_WORLD || s->role > of_whom)
		return 0;
	return refuse(NO, e);
}

int
conversation_way_in(const struct conversation_standing *s, bool has_link,
    int64_t now_ms, bool *must_ask_r, struct err *e)
{
	struct conversation_standing in = *s;

	/* A link shows what an invitation shows. */
	in.is_invited = in.is_invited || has_link;
	*must_ask_r = false;
	if (conversation_may(&in, ACTION_JOIN, now_ms, e) == -1)
		return -1;
	if (in.is_invited || in.type == CONVERSATION_WORLD ||
	    in.role != MEMBER_NONE || in.join_policy == JOIN_OPEN)
		return 0;
	*must_ask_r = in.join_policy == JOIN_APPROVAL;
	return *must_ask_r ? 0 : refuse(NO, e);
}
