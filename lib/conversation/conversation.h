/* SPDX-License-Identifier: MIT */
/*
 * conversation.h -- Where people talk: conversations, members, own views.
 *
 * A conversation is one row; what one person makes of it (read up to, pinned,
 * hidden, emptied) is that person's member row.  Nothing that happens in a
 * conversation writes a row for each member.
 */
#ifndef PARLEY_CONVERSATION_CONVERSATION_H
#define PARLEY_CONVERSATION_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct app;
struct arena;
struct db;
struct err;

enum conversation_type {
	CONVERSATION_DIRECT = 1,
	CONVERSATION_GROUP = 2,
	CONVERSATION_SYSTEM = 3,
	CONVERSATION_WORLD = 4
};

enum conversation_status {
	CONVERSATION_ALIVE,
	CONVERSATION_DISSOLVED,
	CONVERSATION_OFF /* the world channel, switched off */
};

/* How one comes into a group; others have none. */
enum join_policy { JOIN_NONE, JOIN_OPEN, JOIN_APPROVAL, JOIN_INVITE };

enum member_role { MEMBER_NONE, MEMBER_MEMBER, MEMBER_ADMIN, MEMBER_OWNER };

/* What an admin may do; the owner may do everything. */
enum {
	PERMIT_INVITE = 1,
	PERMIT_REMOVE = 2,
	PERMIT_MUTE = 4,
	PERMIT_EDIT = 8,
	PERMIT_PIN = 16,
	PERMIT_DELETE_MESSAGES = 32,
	PERMIT_ALL = 63
};

/* What the two of a direct conversation are to each other. */
struct conversation_bond {
	bool is_contact;
	bool is_blocked; /* by either */
	bool is_gone;	 /* an account is deleted; set once, for ever */
};

/* What its members decide about a group, and administrators about the world. */
struct conversation_shared {
	const char	*description;
	enum join_policy join_policy;
	bool		 from_start; /* newcomers see what was said before */
	bool		 muted_all;
	unsigned	 slow_mode_s; /* 0: off */
	unsigned	 nmembers, max_members;
};

/* A conversation as one of its members sees it. */
struct conversation {
	uint64_t		 id;
	enum conversation_type	 type;
	enum conversation_status status;  /* dissolved ones are not seen */
	const char		*title;	  /* "" for a direct one */
	uint64_t		 peer_id; /* direct: the other person; else 0 */
	struct conversation_bond bond;	  /* direct */
	uint64_t		 last_seq;
	int64_t			 last_at_ms;
	int64_t			 created_ms;
	uint64_t		 members_version;
	struct conversation_shared shared;
	/* the member's own */
	enum member_role role;
	unsigned	 permissions;
	const char	*nickname;
	int64_t		 muted_until_ms, last_sent_ms;
	bool		 is_site_admin;
	uint64_t	 cleared_seq; /* the own view starts after it */
	uint64_t	 read_seq, delivered_seq;
	bool		 pinned, muted, hidden;
	int64_t		 silent_until_ms; /* muted until then; 0: for good */
	bool		 marked;	  /* unread, whatever was read */
	const char	*draft;		  /* NULL: none */
	int64_t		 draft_at_ms;
	uint64_t	 draft_version; /* steps whenever the draft changes */
	/* the other's, in a direct one */
	uint64_t peer_read_seq, peer_delivered_seq;
};

uint64_t conversation_unread(const struct conversation *);

/* Is the user not to be bothered with it now?  A mute may have run out. */
bool conversation_is_muted(const struct conversation *, int64_t now_ms);

/*
 * One that the user is in: 0, or -1 "not_found"; of a group that they may know
 * of, "not_a_member" or "banned".
 */
int conversation_get(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, struct conversation *, struct err *);

/* How far the world channel is: what is read there by who is new. */
int conversation_world_seq(
    struct app *, struct arena *, uint64_t *seq_r, struct err *);

/*
 * Within the caller's transaction: the row of somebody in the world channel,
 * made if they have none, before it is moved.
 */
int conversation_world_enter(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, int64_t now_ms, struct err *);

/* The id of two people's direct conversation: 1 found, 0 none yet, -1. */
int conversation_direct_find(struct app *, struct arena *, uint64_t a,
    uint64_t b, uint64_t *conv_id_r, struct err *);

/*
 * Have two people a direct conversation, or a group that both are in?  1, 0,
 * -1.  The world channel counts for nothing: everybody is there.
 */
int conversation_have_met(
    struct app *, struct arena *, uint64_t a, uint64_t b, struct err *);

/* Which of them a list shows. */
enum conversation_filter {
	CONVERSATIONS_ALL,
	CONVERSATIONS_UNREAD, /* or marked so */
	CONVERSATIONS_GROUPS, /* and the world channel */
	CONVERSATIONS_DIRECT,
	CONVERSATIONS_HIDDEN
};

enum { CONVERSATION_QUERY_MAX = 64 };

struct conversation_page {
	const char *cursor; /* as handed out before; NULL: from the start */
	unsigned    limit;
	bool	    with_hidden; /* beside the others; a search has them, too */
	enum conversation_filter filter;
	const char *query; /* part of a title or a name; NULL or "": any */
};

/*
 * The user's conversations: pinned ones first, then newest activity first.
 * *next_r is the next cursor, or NULL at the end.  -1 "invalid" for a cursor
 * that was not ours.
 */
int conversation_list(struct app *, struct arena *, uint64_t	      user_id,
    const struct conversation_page *, struct conversation **, size_t *n_r,
    const char **next_r, struct err *);

/*
 * Use case: somebody opens the direct conversation with another.  -1
 * "invalid" (oneself), "not_found", "blocked" or "not_a_contact".
 */
int conversation_open(struct app *, struct arena *, uint64_t me, uint64_t them,
    uint64_t *conv_id_r, bool *created_r, struct err *);

/*
 * May one write to the other?  0, or -1 "blocked" or "not_a_contact".  Pure.
 * is_open_house: by direct.policy anyone may write to anyone.
 */
int conversation_may_write(
    const struct conversation_bond *, bool is_open_house, struct err *);
bool conversation_is_open_house(const struct app *);

/*
 * May this member write there now?  0, or -1 with what rights.h says.  For
 * what pages offer: a send is judged again, under the lock.
 */
int conversation_may_say(const struct app *, const struct conversation *,
    int64_t now_ms, struct err *);

/* As conversation_pace_of() of rights.h says, for what pages show. */
unsigned conversation_pace(const struct app *, const struct conversation *,
    int64_t now_ms, unsigned *wait_s_r);

/*
 * Within a transaction that holds the pair (contact_pair_lock()): what the two
 * are to each other from now on, kept with their conversation, if they have
 * one, so that a send need not ask.  lib/contact calls it at every change.
 */
int conversation_direct_settle(struct db *, uint64_t a, uint64_t b,
    const struct conversation_bond *, struct err *);

/*
 * The direct conversation of two people, made if there is none: with both
 * member rows, unique by (lower id, higher id).  Within the caller's
 * transaction, which holds its lock afterwards; rights are the caller's
 * business.  A new one is announced to both.  created_r may be NULL.
 */
int
conversation_direct_open(struct db *, struct arena *, uint64_t a, uint64_t b,
    int64_t now_ms, uint64_t *conv_id_r, bool *created_r, struct err *);

/* Within the caller's transaction: the user's view is emptied and hidden. */
int conversation_direct_clear(struct db *, struct arena *, uint64_t user_id,
    uint64_t peer_id, int64_t now_ms, struct err *);

/*
 * Within the transaction that deletes the account: nobody writes into the
 * user's direct conversations any more.  Tells the others, and marks it.
 */
int conversation_direct_farewell(struct db *, struct arena *, uint64_t user_id,
    int64_t now_ms, struct err *);

/*
 * Within a transaction that holds the conversation: a message there is not
 * what it was.  Marked, for GET /sync.
 */
int conversation_message_changed(
    struct db *, struct arena *, uint64_t conv_id, uint64_t seq, struct err *);

/*
 * Within the transaction that gives the user another name, before it locks the
 * account: told, and marked, in all their groups.
 */
int conversation_member_renamed(struct db *, struct arena *, uint64_t user_id,
    const char *display_name, int64_t now_ms, struct err *);

/*
 * Within the caller's transaction: to the user, the direct conversation with
 * the other looks different now (a remark is its title).
 */
int conversation_direct_retitled(struct db *, struct arena *, uint64_t user_id,
    uint64_t peer_id, int64_t now_ms, struct err *);

/*
 * Own settings; NULL leaves one as it is.  Muted alone is for good; with a time
 * (0: none) until then, and a time alone mutes.
 */
struct conversation_settings {
	const bool    *pinned, *muted, *hidden, *marked;
	const int64_t *silent_until_ms;
};

/* All that is wrong with them, by field: 0, or -1. */
int conversation_settings_check(
    const struct conversation_settings *, int64_t now_ms, struct err *);

int conversation_configure(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, const struct conversation_settings *,
    struct conversation *, struct err *);

/*
 * What the user has begun to write, on all their devices: there is one, and
 * the last to write has it.  text NULL or blank: none any more.  known, unless
 * NULL, is the version that the text goes on from: -1 "conflict" if another
 * device has written since, and nothing is lost.  A message of the user's
 * there takes the draft away.  *c is as it is then.
 */
int conversation_draft_put(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, const char *text, const uint64_t *known,
    struct conversation *c, struct err *);

/*
 * Do the members hear how far each of them is?  Not in the world channel, nor
 * in a group so large that it would be most of what its sockets carry.
 */
enum { CONVERSATION_RECEIPTS_MAX = 200 };
bool conversation_tells_receipts(enum conversation_type, unsigned nmembers);

/*
 * The user has read up to seq, and marks it no longer unread.  Never moves
 * back.  -1 "not_found", or "invalid" for what was not said yet.  Tells the
 * members if it moved.
 */
int conversation_mark_read(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, uint64_t seq, struct err *);

/*
 * The users in a conversation, ascending, and its version: for deliver.  What
 * was said up to after_r[i] was said before they came, and is not theirs.
 */
int conversation_member_ids(struct app *, struct arena *, uint64_t conv_id,
    uint64_t *version_r, const uint64_t **ids_r, const uint64_t **after_r,
    size_t *n_r, struct err *);

/* The version alone; 0: there is no such conversation. */
int conversation_members_version(struct app *, struct arena *, uint64_t conv_id,
    uint64_t *version_r, struct err *);

/*
 * As the contract shows them: an array of n objects, each with its peer and
 * last message.  A fixed number of queries, whatever n is.
 */
int conversation_json_many(struct app *, struct arena *, uint64_t user_id,
    const struct conversation *, size_t n, json_t **array_r, struct err *);

/* The same for one: a new reference. */
int conversation_json(struct app *, struct arena *, uint64_t user_id,
    const struct conversation *, json_t **object_r, struct err *);

/* Reads it first, as conversation_get() does. */
int conversation_get_json(struct app *, struct arena *, uint64_t user_id,
    uint64_t conv_id, struct conversation *, json_t **object_r, struct err *);

#endif
