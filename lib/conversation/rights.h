/* SPDX-License-Identifier: MIT */
/*
 * rights.h -- Who may do what in a conversation.
 *
 * Pure, but for the look-up at the end: no I/O, no clock, no memory but the
 * caller's, so that the whole truth table runs in a unit test with nothing else
 * up.  Whatever asks "may X do Y here?" asks conversation_may(), in the
 * transaction that does it.
 */
#ifndef PARLEY_CONVERSATION_RIGHTS_H
#define PARLEY_CONVERSATION_RIGHTS_H

#include "conversation/conversation.h"

/* What can be asked for; the table in rights.c has a row for each. */
enum conversation_action {
	/* of everybody who is in it */
	ACTION_SEE, /* it, and its members' positions */
	ACTION_READ,
	ACTION_SEND,
	ACTION_ARRANGE, /* the own view: pin, mute, hide */
	ACTION_SEE_MEMBERS,
	ACTION_SET_NICKNAME, /* the own one */
	ACTION_LEAVE,
	/* by permission */
	ACTION_EDIT, /* title, description, join policy, limit, history */
	ACTION_HUSH, /* mute all, slow mode */
	ACTION_INVITE,
	ACTION_REMOVE, /* and ban, unban, see who is banned */
	ACTION_MUTE,
	ACTION_PIN,
	ACTION_DELETE_MESSAGES,
	ACTION_MENTION_ALL,
	/* the owner's */
	ACTION_APPOINT, /* roles and permissions */
	ACTION_TRANSFER,
	ACTION_DISSOLVE,
	/* ways in */
	ACTION_LOOK, /* at what it is, from outside */
	ACTION_JOIN,
	ACTION_ASK_TO_JOIN,
	/* the world channel's administrators' */
	ACTION_SWITCH, /* on and off */
	ACTIONS
};

/* What is known of one person in one conversation. */
struct conversation_standing {
	enum conversation_type	 type;
	enum conversation_status status;
	enum join_policy	 join_policy;
	bool			 muted_all;
	unsigned		 slow_mode_s;
	/* the person in it */
	enum member_role role;
	unsigned	 permissions;
	int64_t		 muted_until_ms, last_sent_ms;
	bool		 is_banned, is_invited, was_member;
	bool		 is_site_admin;
	uint64_t	 floor_seq; /* what was said up to it is not seen */
	const char	*nickname;  /* in a group; NULL or "": none */
	/* of a direct one */
	struct conversation_bond bond;
	bool			 is_open_house;
};

/*
 * What all that comes to: the columns of the table.  An admin is one of a
 * group; a warden is an administrator of the site in the world channel.
 */
enum conversation_party {
	PARTY_STRANGER, /* may not even know of it */
	PARTY_VISITOR,	/* may know of it: it can be joined */
	PARTY_FORMER,	/* was in it, and it cannot be joined */
	PARTY_BANNED,
	PARTY_MEMBER,
	PARTY_MUTED, /* a member, now */
	PARTY_ADMIN,
	PARTY_OWNER,
	PARTY_CONTACT, /* direct */
	PARTY_GONE,    /* whose account is deleted */
	PARTY_NO_CONTACT,
	PARTY_BLOCKED, /* either way */
	PARTY_PUBLIC,  /* world: everybody */
	PARTY_PUBLIC_MUTED,
	PARTY_WARDEN,
	PARTIES
};

enum conversation_party
conversation_party(const struct conversation_standing *, int64_t now_ms);

/*
 * May this person do that now?  0, or -1 "not_found", "not_a_member",
 * "banned", "muted", "blocked", "not_a_contact", "forbidden", "conflict", or,
 * for a message in slow mode, "rate_limited" with the wait.
 */
int conversation_may(const struct conversation_standing *,
    enum conversation_action, int64_t now_ms, struct err *);

/*
 * Slow mode: so many seconds lie between two messages of this person, 0 where
 * nobody slows them down; and so long they still wait for the next.
 */
unsigned conversation_pace_of(
    const struct conversation_standing *, int64_t now_ms, unsigned *wait_s_r);

/*
 * What is known of n people, each in one conversation: in a transaction that
 * holds these, as true as it gets.  standings_r lack is_site_admin and
 * is_open_house; of a conversation that there is not, they are those of a
 * stranger.  One query.
 */
struct conversation_seat {
	uint64_t conv_id, user_id;
};
int conversation_standings(struct db *, struct arena *,
    const struct conversation_seat *, size_t n,
    struct conversation_standing *standings_r, struct err *);

/* What is known of the member who sees c, for what pages offer. */
struct conversation_standing
conversation_standing_of(const struct app *, const struct conversation *c);

/*
 * And to that member?  Only to who ranks lower.  0, or -1 "forbidden".  Comes
 * after conversation_may().
 */
int conversation_may_govern(const struct conversation_standing *,
    enum member_role of_whom, struct err *);

/*
 * How somebody who may join comes in: at once, or (*must_ask_r) by asking.
 * has_link: by an invite link, which opens what an invitation opens.  0, or -1
 * "banned", "forbidden", "not_found".
 */
int conversation_way_in(const struct conversation_standing *, bool has_link,
    int64_t now_ms, bool *must_ask_r, struct err *);

#endif
