/* SPDX-License-Identifier: MIT */
/*
 * contact.h -- Who knows whom: requests, contacts, blocks; who may find whom.
 *
 * Whatever changes between two people changes under the lock of their pair, so
 * that a request, its withdrawal and a block never pass each other by.
 */
#ifndef PARLEY_CONTACT_CONTACT_H
#define PARLEY_CONTACT_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct app;
struct arena;
struct db;
struct err;
struct sync_place;
struct user;

enum { CONTACT_REMARK_MAX = 64, CONTACT_NOTE_MAX = 500 };

/* -- what stands between two people, as one of them sees it ---------------- */

struct contact_bond {
	bool	    is_contact;
	bool	    blocked_by_me;
	bool	    blocked_by_them;
	uint64_t    request_id; /* the open request; 0: none */
	uint64_t    expired_id; /* one that is over, and was not said so yet */
	bool	    request_is_mine;
	const char *request_note; /* "" if there is none */
	const char *remark;	  /* "" if there is none */
	bool	    pinned, hidden;
	int64_t	    since_ms; /* of the contact; 0: none */
};

/* The bond's texts live in the arena. */
int contact_bond_get(struct app *, struct arena *, uint64_t me, uint64_t them,
    struct contact_bond *, struct err *);

/* The bonds to n people in one query. */
int contact_bonds_get(struct app *, struct arena *, uint64_t me,
    const uint64_t *them, size_t n, struct contact_bond *bonds_r, struct err *);

/* What the user calls n people: "" where they go by their own name. */
int contact_remarks_get(struct app *, struct arena *, uint64_t me,
    const uint64_t *them, size_t n, const char **remarks_r, struct err *);

/* Whom the user calls by something with this text in it; at most cap. */
int
contact_remarked(struct app *, struct arena *, uint64_t me, const char *text,
    size_t cap, const uint64_t **ids_r, size_t *n_r, struct err *);

/* Has one of the two blocked the other? */
bool contact_is_barred(const struct contact_bond *);

/* Presence is for contacts, and not across a block. */
bool contact_sees_presence(const struct contact_bond *);

/*
 * How n people look to the caller: their status as presence_of() tells it.  Of
 * those who are no contact of the caller's, or behind a block, nothing is
 * told: they are "offline", and users[i].last_active_ms becomes 0.  The bonds
 * are the caller's to them; the second form asks for these.
 */
void contact_look(struct app *, struct arena *, uint64_t me, struct user *users,
    const struct contact_bond *, size_t n, const char **status_r);
int  contact_look_up(struct app *, struct arena *, uint64_t me,
     struct user *users, size_t n, const char **status_r, struct err *);

/*
 * May the caller find somebody?  Not who blocked the caller; and who hides,
 * only as a contact or by an open request.
 */
bool contact_may_find(const struct contact_bond *, bool is_hidden);

/*
 * Of n users (hidden[i]: hides from search) visible_r[i] tells whether the
 * caller may find them.  The caller's own id is always visible.
 */
int contact_filter_visible(struct app *, struct arena *, uint64_t me,
    const uint64_t *ids, const bool *hidden, size_t n, bool *visible_r,
    struct err *);

/*
 * The ids of a user's contacts, less those between whom and the user there is
 * a block: whom presence is told to, and of whom.  At most cap.
 */
int contact_ids(struct app *, struct arena *, uint64_t user_id, size_t cap,
    const uint64_t **ids_r, size_t *n_r, struct err *);

/*
 * In a transaction: the lock under which everything between two people
 * changes.  It comes before the lock of their conversation.
 */
int contact_pair_lock(struct db *, uint64_t a, uint64_t b, struct err *);

/* Under that lock: tells their conversation what they are to each other. */
int contact_pair_settle(
    struct db *, struct arena *, uint64_t a, uint64_t b, struct err *);

/* -- requests -------------------------------------------------------------- */

enum contact_status {
	CONTACT_PENDING,
	CONTACT_ACCEPTED,
	CONTACT_REJECTED,
	CONTACT_CANCELLED,
	CONTACT_EXPIRED
};

struct contact_request {
	uint64_t	    id;
	uint64_t	    from_id, to_id;
	const char	   *note, *greeting;
	enum contact_status status;
	int64_t		    created_ms;
	uint64_t	    conv_id; /* when it has just been accepted */
};

/*
 * Asks somebody.  -1 "invalid" (oneself), "blocked", "not_found" (unknown or
 * hidden) or "conflict" (a contact already, or asked already).  If they had
 * asked, too, both are accepted at once, and r->status says so.
 */
int contact_request_send(struct app *, struct arena *, uint64_t me,
    uint64_t them, const char *note, const char *greeting,
    struct contact_request *r, struct err *);

/*
 * What was sent after this time is open (contact.request_days); what is older
 * is over, though nobody may have said so yet.
 */
int64_t contact_open_since(const struct app *);

/*
 * Says so of the user's requests that are over, to both sides, some at a time.
 * Whoever reads the lists calls it first; nothing else waits for it, for what
 * is over is shown and accepted nowhere.
 */
int contact_requests_expire(
    struct app *, struct arena *, uint64_t me, struct err *);

/*
 * The person asked decides, or the one who asked withdraws.  -1 "not_found"
 * for others' requests, "conflict" for one that is no longer open.
 */
int contact_request_accept(struct app *, struct arena *, uint64_t me,
    uint64_t id, struct contact_request *r, struct err *);
int contact_request_reject(struct app *, struct arena *, uint64_t me,
    uint64_t id, struct contact_request *r, struct err *);
int contact_request_cancel(
    struct app *, struct arena *, uint64_t me, uint64_t id, struct err *);

/* -- lists ----------------------------------------------------------------- */

enum contact_shown { CONTACTS_SHOWN, CONTACTS_HIDDEN, CONTACTS_ALL };

/* A page: what comes after the cursor (NULL: from the start), at most limit. */
struct contact_page {
	const char	  *cursor;
	unsigned	   limit;
	enum contact_shown shown;    /* of contacts only, as is: */
	uint64_t	   label_id; /* 0: of all */
};

/*
 * Requests that are pending or have expired, newest first.  *next_r: the next
 * cursor, or NULL at the end.
 */
int contact_request_list(struct app *, struct arena *, uint64_t me,
    bool incoming, enum contact_status, const struct contact_page *,
    struct contact_request **, size_t *n_r, const char **next_r, struct err *);

/* How many wait for the user's answer; counting ends at most. */
int contact_request_count(struct app *, struct arena *, uint64_t me,
    unsigned most, unsigned *n_r, struct err *);

struct contact {
	uint64_t	user_id;
	const char     *remark;
	bool		pinned, hidden;
	bool		is_barred; /* one has blocked the other */
	int64_t		created_ms;
	const uint64_t *labels; /* ids, ascending */
	size_t		nlabels;
};

/*
 * Pinned ones first, then in the order they became contacts.  -1 "not_found"
 * for a label that is not the user's.
 */
int contact_list(struct app *, struct arena *, uint64_t	    me,
    const struct contact_page *, struct contact **, size_t *n_r,
    const char **next_r, struct err *);

/* What to change of the own view of a contact: what is not NULL. */
struct contact_change {
	const char     *remark;
	const bool     *pinned, *hidden;
	const uint64_t *labels; /* all that the contact has from then on */
	size_t		nlabels;
};

/* -1 "not_found" if they are no contact, "invalid" for labels of others. */
int contact_update(struct app *, struct arena *, uint64_t me, uint64_t them,
    const struct contact_change *, struct contact *, struct err *);

/* Ends it for both; with_history also empties the caller's view of the chat. */
int contact_delete(struct app *, struct arena *, uint64_t me, uint64_t them,
    bool with_history, struct err *);

/*
 * In the transaction that deletes the account, whose row it has locked: who
 * leaves is nobody's contact, request or block any more, and nobody can write
 * to them.  All whom it concerns are told.
 */
int contact_farewell(struct app *, struct db *, struct arena *,
    const struct user *who, int64_t now_ms, struct err *);

/* -- finding people: search.c ---------------------------------------------- */

/*
 * Those whom the user may find, the best fit first (enum name_place); of those
 * who fit alike contacts before others, then by name.  A contact is found by
 * the user's own remark, too.  A page may have fewer than were asked for, or
 * nobody, and a next one all the same.  The cursor names one whom the user may
 * find, so neither it nor a gap tells of those whom not.
 */
struct contact_query {
	const char *text;
	uint64_t    me;
	const char *cursor;
	unsigned    limit;
	bool	    is_contacts_only;
	uint64_t    label_id; /* contacts with this label; 0: all */
};
struct contact_found {
	struct user	    *users;
	struct contact_bond *bonds;
	size_t		     n;
	const char	    *next; /* NULL: that is all */
};
int contact_search(struct app *, struct arena *, const struct contact_query *,
    struct contact_found *, struct err *);

/* -- labels: labels.c ------------------------------------------------------ */

enum { CONTACT_LABEL_MAX = 32, CONTACT_LABELS_MAX = 50 };

struct contact_label {
	uint64_t    id;
	const char *name;
	int64_t	    created_ms;
};

/* All the user's, by name. */
int contact_labels(struct app *, struct arena *, uint64_t me,
    struct contact_label **, size_t *n_r, struct err *);

/*
 * -1 "invalid", "conflict" with field name "taken", "full", and for what is
 * not the user's "not_found".  A label that goes is taken off all contacts.
 */
int contact_label_make(struct app *, struct arena *, uint64_t me,
    const char *name, struct contact_label *, struct err *);
int contact_label_rename(struct app *, struct arena *, uint64_t me, uint64_t id,
    const char *name, struct contact_label *, struct err *);
int contact_label_delete(
    struct app *, struct arena *, uint64_t me, uint64_t id, struct err *);

/* -- the link to hand out: link.c ------------------------------------------ */

struct contact_link {
	uint64_t    id;
	const char *token;
	int64_t	    created_ms;
};

/* The user's link: 1, 0 there is none, -1. */
int contact_link_find(struct app *, struct arena *, uint64_t me,
    struct contact_link *, struct err *);

/* A new one; what was handed out before works no more. */
int contact_link_make(struct app *, struct arena *, uint64_t me,
    struct contact_link *, struct err *);
int contact_link_revoke(struct app *, uint64_t me, struct err *);

/*
 * Whose link it is.  -1 "not_found" for one that does not work, and for who
 * was blocked by them.  me 0: nobody is logged in.
 */
int contact_link_owner(struct app *, struct arena *, uint64_t me,
    const char *token, uint64_t *user_id_r, struct err *);

/* As contact_request_send(), but the link opens the door of who hides. */
int contact_link_ask(struct app *, struct arena *, uint64_t me,
    const char *token, const char *note, const char *greeting,
    struct contact_request *, struct err *);

/* -- blocks ---------------------------------------------------------------- */

/*
 * Of whom the caller had no way to know (who had blocked them first, with
 * nothing between the two), the list shows no more than the id: for good, or
 * its change would tell what the other does.
 */
struct contact_blocked {
	uint64_t user_id;
	int64_t	 created_ms;
	bool	 is_known;
};

int contact_block(
    struct app *, struct arena *, uint64_t me, uint64_t them, struct err *);
int contact_unblock(
    struct app *, struct arena *, uint64_t me, uint64_t them, struct err *);
int contact_block_list(struct app *, struct arena *, uint64_t	    me,
    const struct contact_page *, struct contact_blocked **, size_t *n_r,
    const char **next_r, struct err *);

/* -- for lib/sync: what has become of these -------------------------------- */

/*
 * Where somebody stands in lists of contacts, requests (the own ones, too) and
 * blocks that show who they are; at most cap.
 */
int contact_places(struct db *, struct arena *, uint64_t user_id, size_t cap,
    struct sync_place **, size_t *n_r, struct err *);

/* Of these people the contacts: *n_r of n. */
int contact_find_many(struct app *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact **, size_t *n_r,
    struct err *);

/* Of these requests the open ones from or to the user. */
int contact_request_find_many(struct app *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_request **, size_t *n_r,
    struct err *);

/* Of these labels those that are the user's. */
int contact_label_find_many(struct app *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_label **, size_t *n_r,
    struct err *);

/* Of these people those whom the user has blocked. */
int contact_block_find_many(struct app *, struct arena *, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_blocked **, size_t *n_r,
    struct err *);

/* -- as the contract shows it ---------------------------------------------- */

/* Arrays of n objects, the people in them loaded in one query. */
int	contact_json_many(struct app *, struct arena *, const struct contact *,
	size_t n, json_t **array_r, struct err *);
int	contact_request_json_many(struct app *, struct arena *,
	const struct contact_request *, size_t n, json_t **array_r, struct err *);
json_t *contact_label_json(struct arena *, const struct contact_label *);
json_t *contact_link_json(struct arena *, const struct contact_link *);
int	contact_blocked_json_many(struct app *, struct arena *,
	const struct contact_blocked *, size_t n, json_t **array_r, struct err *);

#endif
