/* SPDX-License-Identifier: MIT */
/*
 * store.h -- What the context needs stored, in its own words.
 *
 * Each call is one statement.  Those that take part in a transaction say so;
 * the others stand alone.
 */
#ifndef PARLEY_CONVERSATION_STORE_H
#define PARLEY_CONVERSATION_STORE_H

#include "conversation/conversation.h"

struct db_stmt;

/* What the column bond of a direct conversation holds. */
enum { BOND_CONTACT = 1, BOND_BLOCKED = 2, BOND_GONE = 4 };

/* Whose view is asked for. */
struct conversation_viewer {
	uint64_t user_id;
	uint64_t world_seq; /* where the world channel was when they came */
	bool	 is_site_admin;
};

/* Completes a viewer by the id; who is no user sees nothing. */
int conversation_viewer_get(struct app *, struct arena *, uint64_t user_id,
    struct conversation_viewer *, struct err *);

/* 1 found, 0 not a member (or no such conversation), -1 failed. */
int conversation_store_find(struct db *, struct arena *,
    const struct conversation_viewer *, uint64_t conv_id, struct conversation *,
    struct err *);

/* The world channel; id 0 if there is none. */
int conversation_store_world(struct db *, struct arena *, uint64_t *id_r,
    uint64_t *last_seq_r, struct err *);

/* Makes the person's row there if they have none: before it is changed. */
int conversation_store_world_row(struct db *, uint64_t conv_id,
    const struct conversation_viewer *, int64_t	       now_ms, struct err *);

/* Of these conversations the user's, in any order. */
int conversation_store_find_many(struct db *, struct arena *,
    const struct conversation_viewer *, const uint64_t *conv_ids, size_t n,
    struct conversation **, size_t *n_r, struct err *);

/* Where a page begins: after the row with these values. */
struct conversation_mark {
	bool	 pinned;
	int64_t	 last_at_ms;
	uint64_t conv_id;
};

/* Which conversations, and how many. */
struct conversation_choice {
	const struct conversation_mark *after; /* NULL: from the start */
	unsigned			limit;
	bool		shown, hidden; /* one of them, or both */
	bool		is_unread;     /* only those */
	unsigned	types;	       /* 1 << type, or more of them */
	const uint64_t *among;	       /* only these; NULL: all */
	size_t		namong;
};

/* The user's, pinned ones first, then newest activity first. */
int conversation_store_page(struct db *, struct arena *,
    const struct conversation_viewer *, const struct conversation_choice *,
    struct conversation **, size_t *n_r, struct err *);

/* All of the user's, newest activity first, at most limit, for a search. */
struct conversation_name {
	uint64_t conv_id;
	uint64_t peer_id;   /* 0: it is known by its title */
	bool	 has_title; /* with the text in it */
};
int conversation_store_names(struct db *, struct arena *, uint64_t user_id,
    const char *text, unsigned limit, struct conversation_name **, size_t *n_r,
    struct err *);

/*
 * search.c: the user's conversations with the text in their title, or in the
 * name or remark of the other person; never NULL.
 */
int conversation_search(struct app *, struct arena *, uint64_t user_id,
    const char *text, const uint64_t **ids_r, size_t *n_r, struct err *);

/* The direct conversation of two people: 1 found, 0 none, -1. */
int conversation_store_direct(struct db *, struct arena *, uint64_t low,
    uint64_t high, uint64_t *id_r, struct err *);

/* Have they one, or a group in common?  1, 0, -1. */
int conversation_store_have_met(
    struct db *, struct arena *, uint64_t a, uint64_t b, struct err *);

/* The first in a transaction, and locks it. */
int conversation_store_direct_lock(struct db *, struct arena *, uint64_t low,
    uint64_t high, uint64_t *id_r, struct err *);

/* A new one with both members; -1 "duplicate" if somebody was faster. */
int conversation_store_direct_add(struct db *, uint64_t low, uint64_t high,
    int64_t now_ms, uint64_t *id_r, struct err *);

int conversation_store_settle(struct db *, uint64_t low, uint64_t high,
    const struct conversation_bond *, struct err *);

/* For ever: one of the two of the user's direct conversations is gone. */
int conversation_store_part(struct db *, uint64_t user_id, struct err *);

/* NULL leaves a setting as it is. */
int conversation_store_configure(struct db *, uint64_t user_id,
    uint64_t conv_id, const struct conversation_settings *, struct err *);

/* Empties and hides the user's view up to the newest message. */
int conversation_store_clear(
    struct db *, uint64_t user_id, uint64_t conv_id, struct err *);

/*
 * Another draft (NULL: none), on top of the version that is known, if any: 1 if
 * it changed; 0 if it says the same, or another version is there; -1.
 */
int conversation_store_draft(struct db *, uint64_t user_id, uint64_t conv_id,
    const char *text, const uint64_t *known, int64_t now_ms, struct err *);

/*
 * Moves the read position forward, and takes the mark away: 1 if one of them
 * changed, 0 if it was so, -1.
 */
int conversation_store_read(struct db *, uint64_t user_id, uint64_t conv_id,
    uint64_t seq, struct err *);

/*
 * How many of the unread messages of n conversations mention the user: one
 * query, and none where nothing is unread in a group.
 */
int conversation_store_mentions(struct db *, struct arena *, uint64_t user_id,
    const struct conversation *, size_t n, unsigned *counts_r, struct err *);

/* The version, the members' ids, and behind which seq they came. */
int conversation_store_members(struct db *, struct arena *, uint64_t conv_id,
    uint64_t *version_r, const uint64_t **ids_r, const uint64_t **after_r,
    size_t *n_r, struct err *);

int conversation_store_version(struct db *, struct arena *, uint64_t conv_id,
    uint64_t *version_r, struct err *);

/* All SQL of the context, for the test that prepares it on a fresh schema. */
const struct db_stmt *conversation_statements(size_t *n_r);
const struct db_stmt *conversation_list_statements(size_t *n_r);
const struct db_stmt *conversation_direct_statements(size_t *n_r);
const struct db_stmt *conversation_own_statements(size_t *n_r);
const struct db_stmt *conversation_mention_statements(size_t *n_r);

#endif
