/* SPDX-License-Identifier: MIT */
/*
 * store.h -- What accounts need stored, in their own words.
 *
 * Look-ups answer 1 found, 0 missed, -1 failed.  Users that are deleted are
 * missed by all but account_store_user_named(): their names stay taken.
 */
#ifndef PARLEY_ACCOUNT_STORE_H
#define PARLEY_ACCOUNT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"
#include "account/session.h"
#include "base/crypto.h"
#include "data/db.h"

struct db;

enum user_status { USER_ACTIVE, USER_BANNED, USER_DELETED };

/* A user with what only this context may see. */
struct user_secret {
	struct user	 user;
	enum user_status status;
	const char	*password_hash;
};

/*
 * -- users -------------------------------------------------------------------
 * Of them, only account_store_users(), account_find_named() and account_match()
 * may be asked by all programs: the others read or write secrets, and
 * sql/grants.sql lets only `accounts` do that.
 */

int account_store_user(struct db *, struct arena *, uint64_t id,
    struct user_secret *, struct err *);
int account_store_user_named(struct db *, struct arena *, const char *username,
    struct user_secret *, struct err *);
int account_store_users(struct db *, struct arena *, const uint64_t *ids,
    size_t n, struct user *users_r, struct err *);

/* "duplicate" when the username is taken. */
int account_store_user_add(struct db *, const struct account_registration *,
    const char *password_hash, int64_t now_ms, uint64_t world_seq,
    uint64_t *id_r, struct err *);

/* Of an active user only; tells not whether there is one. */
int account_store_profile_set(
    struct db *, uint64_t id, const struct account_profile *, struct err *);

/* 1 deleted, 0 there was no such active user, -1 failed. */
int account_store_user_delete(struct db *, uint64_t id, struct err *);

/* Only if the hash is still the old one: 1 done, 0 it is not, -1 failed. */
int account_store_password_set(struct db *, uint64_t id, const char *old_hash,
    const char *new_hash, struct err *);

/* 1 it is still the user's, and stays so for the transaction; 0, -1. */
int account_store_password_lock(
    struct db *, struct arena *, uint64_t id, const char *hash, struct err *);

/* Active users with this id or username: at most two, in any order. */
int
account_store_exact(struct db *, struct arena *, const struct account_needle *,
    struct user users_r[2], size_t *n_r, struct err *);

int
account_store_has_admin(struct db *, struct arena *, bool *has_r, struct err *);

/* -- sessions -------------------------------------------------------------- */

int account_store_session_add(
    struct db *, const struct session *, uint64_t *id_r, struct err *);

/* Does it live at now_ms?  And when was it last used? */
int
account_store_session_alive(struct db *, struct arena *, uint64_t session_id,
    uint64_t user_id, int64_t now_ms, int64_t *last_active_ms_r, struct err *);

/* The session and its user were active now; the session lives on till then. */
int account_store_session_touch(struct db *, uint64_t session_id,
    int64_t now_ms, int64_t expires_ms, struct err *);

/* Users were there until then; in the order of their ids. */
int account_store_users_seen(struct db *, struct arena *,
    const struct account_seen *, size_t n, struct err *);

/* Live ones, newest first, with ids below before (0: from the newest). */
int account_store_sessions(struct db *, struct arena *, uint64_t user_id,
    uint64_t before, int64_t now_ms, unsigned limit, struct session **,
    size_t *n_r, struct err *);

/* How many has the user open, and which is unused for longest (0: none)? */
int account_store_sessions_count(struct db *, struct arena *, uint64_t user_id,
    uint64_t *n_r, uint64_t *idlest_r, struct err *);

/* 1 ended, 0 it was not open, -1 failed. */
int account_store_session_end(struct db *, uint64_t session_id,
    uint64_t user_id, int64_t now_ms, struct err *);

/* Ends all open ones but one (0: all), and tells which they were. */
int account_store_sessions_end(struct db *, struct arena *, uint64_t user_id,
    uint64_t except, int64_t now_ms, const uint64_t **ids_r, size_t *n_r,
    struct err *);

/* Sessions that were over before then, at most limit. */
int account_store_sessions_old(struct db *, struct arena *, uint64_t user_id,
    int64_t before_ms, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *);

/* Forgets sessions and their refresh tokens altogether. */
int account_store_sessions_remove(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/* -- refresh tokens and one-time links: by the digest of what was given out  */

struct refresh_row {
	uint64_t session_id, user_id;
	bool	 is_spent, is_alive; /* of the session and its user */
};

int account_store_refresh_add(struct db *, const unsigned char *hash,
    uint64_t session_id, int64_t now_ms, struct err *);
/* Locks it. */
int
account_store_refresh(struct db *, struct arena *, const unsigned char *hash,
    int64_t now_ms, struct refresh_row *, struct err *);
int account_store_refresh_spend(
    struct db *, const unsigned char *hash, int64_t now_ms, struct err *);

int account_store_link_add(struct db *, const unsigned char *hash,
    const char *purpose, int64_t expires_ms, struct err *);
int account_store_link(struct db *, struct arena *, const unsigned char *hash,
    const char *purpose, int64_t now_ms, struct err *);
/* 1 used, 0 it is none, or used before, or expired; -1 failed. */
int account_store_link_use(struct db *, const unsigned char *hash,
    const char *purpose, int64_t now_ms, struct err *);

/* No link of the purpose is good any more. */
int account_store_links_end(
    struct db *, const char *purpose, int64_t now_ms, struct err *);

/* Every statement, for the test that prepares them on a fresh schema. */
const struct db_stmt *account_statements(size_t *n_r);

#endif
