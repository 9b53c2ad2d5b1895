/* SPDX-License-Identifier: MIT */
/*
 * store.h -- What giving a past needs stored, in its own words.
 *
 * These reach into the tables of other contexts, for none of those has a use
 * for writing a time that is not now.
 */
#ifndef PARLEY_DEMO_STORE_H
#define PARLEY_DEMO_STORE_H

#include "demo/past.h"

struct db;
struct db_stmt;

/* A message's place and time. */
struct demo_time {
	uint64_t seq;
	int64_t	 at_ms;
};

/*
 * Within a transaction: locks the conversation, and reads the times of its
 * messages from seq first on; at 0 the one before first, if there is one.
 */
int demo_store_times(struct db *, struct arena *, uint64_t conv_id,
    uint64_t first, struct demo_time **, size_t *n_r, struct err *);

/* Writes them; the newest is the conversation's, too. */
int demo_store_date(struct db *, struct arena *, uint64_t conv_id,
    const struct demo_time *, size_t n, struct err *);

/* It was made then, and people came in when the history says so. */
int
demo_store_begin(struct db *, uint64_t conv_id, int64_t began_ms, struct err *);

/* What the user asked, offered or pinned there. */
int demo_store_act(
    struct db *, uint64_t conv_id, const struct past_step *, struct err *);

int demo_store_account(struct db *, const struct past_account *, struct err *);
int demo_store_bond(struct db *, const struct past_bond *, struct err *);

/* Has somebody else a session?  1, 0, -1. */
int demo_store_is_watched(struct db *, struct arena *,
    const struct past_account *, size_t n, int64_t now_ms, struct err *);

/* See past_stranger(). */
int demo_store_stranger(struct db *, struct arena *,
    const char *const *usernames, size_t n, const char **name_r, struct err *);

/* The table, for the test of the schema. */
const struct db_stmt *demo_statements(size_t *n_r);

#endif
