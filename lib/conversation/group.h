/* SPDX-License-Identifier: MIT */
/*
 * group.h -- Groups and the world channel: members, rights, the ways in.
 *
 * Every change happens under the lock of the conversation's row, so of two
 * that contradict each other one is refused: there is always exactly one
 * owner, never a member too many, and nobody comes in who is banned.  A change
 * of who is a member steps members_version in the same transaction, which is
 * what deliver goes by; and it is told in the history by a system message.
 *
 * All functions: 0, or -1 with what rights.h says, beside what is named here.
 */
#ifndef PARLEY_CONVERSATION_GROUP_H
#define PARLEY_CONVERSATION_GROUP_H

#include "conversation/conversation.h"

struct req;
struct view;

enum {
	GROUP_TITLE_MAX = 100,
	GROUP_DESCRIPTION_MAX = 500,
	GROUP_NICKNAME_MAX = 64,
	GROUP_NOTE_MAX = 500,
	GROUP_MEMBERS_MAX = 10000,
	GROUP_ADD_MAX = 1000,
	GROUP_SLOW_MAX = 86400,
	GROUP_LINK_USES_MAX = 1000000,
	GROUP_QUERY_MAX = 40 /* of the directory */
};

/* 9999-12-31T23:59:59.999Z: the end of a mute that has none. */
#define GROUP_FOREVER_MS INT64_C(253402300799999)

/* -- settings -------------------------------------------------------------- */

/* What is to change; NULL leaves it as it is. */
struct group_settings {
	const char	       *title, *description;
	const enum join_policy *join_policy;
	const bool	       *from_start, *muted_all;
	const unsigned	       *slow_mode_s, *max_members;
	const bool	       *is_on; /* the world channel */
	bool no_avatar; /* initials and a colour: all there is as yet */
};

/* A new group of which me is the owner. */
struct group_draft {
	const char	*title, *description;
	enum join_policy join_policy;
	bool		 from_start;
	unsigned	 max_members; /* 0: the setting group.max_members */
	const uint64_t	*user_ids;
	size_t		 nusers;
};

/*
 * What became of each who was to be added.  Who is a contact comes in at once;
 * others are invited.
 */
enum group_addition {
	ADDITION_ADDED,
	ADDITION_INVITED,
	ADDITION_MEMBER, /* was one already */
	ADDITION_UNKNOWN,
	ADDITION_BLOCKED,
	ADDITION_BANNED,
	ADDITION_FULL,	 /* too many invitations wait for them */
	ADDITION_LIMITED /* the actor has invited too many today */
};
struct group_additions {
	const uint64_t	    *ids; /* without repeats */
	enum group_addition *fate;
	size_t		     n;
};

/* -1 "full" beside the rest: then nobody was added. */
int group_create(struct app *, struct arena *, uint64_t me,
    const struct group_draft *, uint64_t *conv_id_r, struct group_additions *,
    struct err *);

/* All that is wrong with title and description, by field. */
int group_check(const char *title, const char *description, struct err *);

/* By role; also the world channel.  -1 "conflict": more members than that. */
int group_change_settings(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, const struct group_settings *, struct err *);

int group_dissolve(
    struct app *, struct arena *, uint64_t me, uint64_t conv_id, struct err *);

/* -- members --------------------------------------------------------------- */

struct group_member {
	uint64_t	 user_id;
	enum member_role role;
	unsigned	 permissions;
	const char	*nickname;
	int64_t		 muted_until_ms; /* 0: not muted */
	int64_t		 joined_ms;
};

/* A page of any list here: after the cursor (NULL: from the start). */
struct group_page {
	const char *cursor;
	unsigned    limit;
};

/* The owner first, then admins, then the others, by id. */
int group_members(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const struct group_page *, struct group_member **, size_t *n_r,
    const char **next_r, struct err *);

/*
 * Adds contacts, invites others; at most GROUP_ADD_MAX.  For one alone what
 * stands in the way is the error: "not_found", "blocked", "banned", "full",
 * "rate_limited".  Of many "full" is the group: then nobody was added.
 */
int group_add(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const uint64_t *ids, size_t n, struct group_additions *, struct err *);

/* What is to change about a member; NULL: nothing. */
struct group_member_settings {
	const enum member_role *role; /* MEMBER_MEMBER or MEMBER_ADMIN */
	const unsigned	       *permissions;
	const char	       *nickname;
	const int64_t	       *muted_until_ms; /* 0: may speak again */
};
int group_member_change(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, uint64_t user_id, const struct group_member_settings *,
    struct group_member *, struct err *);

/*
 * Removes a member; with_ban also bars the way back, which needs no member.
 * Oneself leaves: -1 "conflict" for the owner, unless nobody else is left.
 */
int group_remove(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    uint64_t user_id, bool with_ban, struct err *);

/* The other becomes the owner, me an admin with every permission. */
int group_transfer(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    uint64_t user_id, struct err *);

/*
 * Somebody is about to leave Parley, and so every group: what they own goes to
 * who ranks next.  Each group is a transaction of its own.
 */
int group_farewell(struct app *, struct arena *, uint64_t me, struct err *);

/*
 * In the transaction that ends the account: did somebody come into a group
 * since the farewell?  1, 0, -1.  Nobody can after it, see account_hold_many().
 */
int group_has_any(struct db *, struct arena *, uint64_t user_id, struct err *);

struct group_ban {
	uint64_t user_id;
	uint64_t by_id;
	int64_t	 created_ms;
};
int group_bans(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const struct group_page *, struct group_ban **, size_t *n_r,
    const char **next_r, struct err *);
int group_unban(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    uint64_t user_id, struct err *);

/* -- ways in --------------------------------------------------------------- */

/* Somebody asked in (an invitation), or who asks to be let in (a request). */
struct group_asking {
	uint64_t    conv_id;
	uint64_t    user_id;
	uint64_t    by_id; /* of an invitation */
	const char *note;  /* of a request */
	int64_t	    created_ms;
};

/*
 * Comes in: by the policy "open" or an invitation.  Where it is "approval",
 * asks, and *asked_r is true.  Who is in already, is.  -1 "full", "banned".
 */
int group_join(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const char *note, bool *asked_r, struct err *);

/*
 * Asks to be let in; asking again only changes the note.  -1 "full": by now
 * too many requests of theirs wait.
 */
int group_ask(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const char *note, struct group_asking *, struct err *);
int group_requests(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const struct group_page *, struct group_asking **, size_t *n_r,
    const char **next_r, struct err *);

/* -1 "not_found" if there is no such request (any more). */
int group_request_accept(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *);

/* A list of those, and how such a list is shown: what is alike of them. */
typedef int (*group_asking_list)(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, const struct group_page *, struct group_asking **,
    size_t *n_r, const char **next_r, struct err *);
typedef int (*group_asking_show)(struct app *, struct arena *, uint64_t me,
    const struct group_asking *, size_t n, json_t **array_r, struct err *);

/* By who may decide, or by who asked. */
int group_request_end(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *);

/* Those of somebody, to groups that can still be asked; conv_id is ignored. */
int group_requests_of(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, const struct group_page *, struct group_asking **,
    size_t *n_r, const char **next_r, struct err *);

/* Invitations to somebody (conv_id is ignored), and those of a group. */
int group_invitations_of(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, const struct group_page *, struct group_asking **,
    size_t *n_r, const char **next_r, struct err *);
int group_invitations(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, const struct group_page *, struct group_asking **,
    size_t *n_r, const char **next_r, struct err *);

/* Accepted by who was invited: -1 "not_found" if there is none (any more). */
int group_invitation_accept(
    struct app *, struct arena *, uint64_t me, uint64_t conv_id, struct err *);

/* Declined by who was invited, or withdrawn by who may invite. */
int group_invitation_end(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, uint64_t user_id, struct err *);

/*
 * In the transaction of a block between two people: neither is invited by the
 * other any more.
 */
int group_invitations_cut(struct db *, struct arena *, uint64_t x, uint64_t y,
    int64_t now_ms, struct err *);

/* In the transaction that ends the account: nothing of theirs waits. */
int group_forget(struct db *, uint64_t user_id, struct err *);

struct group_link {
	uint64_t    id;
	uint64_t    conv_id, by_id;
	const char *token;
	int64_t	    expires_ms; /* 0: never */
	unsigned    max_uses;	/* 0: any number */
	unsigned    uses;
	int64_t	    created_ms;
	bool	    works; /* where one is looked up */
};
int group_links(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    const struct group_page *, struct group_link **, size_t *n_r,
    const char **next_r, struct err *);
int group_link_make(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    int64_t expires_ms, unsigned max_uses, struct group_link *, struct err *);
int group_link_revoke(struct app *, struct arena *, uint64_t me,
    uint64_t conv_id, uint64_t link_id, struct err *);

/* -- what may be known from outside ---------------------------------------- */

struct group_card {
	uint64_t		   id;
	const char		  *title;
	struct conversation_shared shared;
	bool			   is_member;
	bool			   is_requested; /* asked to be let in */
	int64_t			   created_ms;
};

/* What a link leads to; -1 "not_found" also for one that is over. */
int group_link_look(struct app *, struct arena *, uint64_t me,
    const char *token, struct group_card *, struct err *);

/* Comes in by a link, which counts as one use; who is in already, is. */
int group_link_join(struct app *, struct arena *, uint64_t me,
    const char *token, uint64_t *conv_id_r, struct err *);

/* One that may be joined, or that one was invited to. */
int group_card_get(struct app *, struct arena *, uint64_t me, uint64_t conv_id,
    struct group_card *, struct err *);

/*
 * The directory of open groups: those that a word of the title begins with
 * query ("" or NULL: all, the newest first).
 */
int group_directory(struct app *, struct arena *, uint64_t me,
    const char *query, const struct group_page *, struct group_card **,
    size_t *n_r, const char **next_r, struct err *);

/* -- the world channel ----------------------------------------------------- */

/* Its id, also while it is switched off; -1 "not_found" if there is none. */
int
group_world(struct app *, struct arena *, uint64_t *conv_id_r, struct err *);

/* -- as the contract shows them: arrays of n objects ----------------------- */

int	group_members_json(struct app *, struct arena *, uint64_t me,
	const struct group_member *, size_t n, json_t **array_r, struct err *);
int	group_bans_json(struct app *, struct arena *, uint64_t me,
	const struct group_ban *, size_t n, json_t **array_r, struct err *);
int	group_requests_json(struct app *, struct arena *, uint64_t me,
	const struct group_asking *, size_t n, json_t **array_r, struct err *);
int	group_own_requests_json(struct app *, struct arena *, uint64_t me,
	const struct group_asking *, size_t n, json_t **array_r, struct err *);
int	group_invitations_json(struct app *, struct arena *, uint64_t me,
	const struct group_asking *, size_t n, json_t **array_r, struct err *);
json_t *group_link_json(struct arena *, const struct group_link *);
json_t *group_card_json(struct arena *, const struct group_card *);
json_t *group_additions_json(struct arena *, const struct group_additions *);

/*
 * Of a page with several lists, the part of the one by that key: from "cursor"
 * on where "list" names it, or names none and it is the first of them.
 */
struct group_page
group_page_of(const struct req *, const char *first, const char *key);

/* A list of who asks, or was asked, as json_list() shows it. */
int
group_askings_json(struct req *, uint64_t conv_id, const struct group_page *,
    group_asking_list, group_asking_show, json_t **list_r, struct err *);

/*
 * The page of a group or of the world channel: template "group", with
 * "conversation", "can", and the lists that the caller may see; of "list" the
 * page at "cursor".  "find" looks for people of the world channel.
 */
int group_view(struct req *, struct view *, uint64_t conv_id, struct err *);

/*
 * The page on which one leaves: template "leave", with "conversation" and
 * "can"; for the owner also "members", one of whom is to follow.
 */
int
group_leave_view(struct req *, struct view *, uint64_t conv_id, struct err *);

/* The page of a new group: template "group_new", with "contacts". */
int group_new_view(struct req *, struct view *, struct err *);

/* "open" | "approval" | "invite", and back; JOIN_NONE for anything else. */
const char	*join_policy_name(enum join_policy);
enum join_policy join_policy_of(const char *name);

/* The names of permissions, in the order of their bits; NULL at the end. */
extern const char *const permission_names[];
unsigned		 permissions_of(const char *words);
json_t			*permissions_json(unsigned permissions);

#endif
