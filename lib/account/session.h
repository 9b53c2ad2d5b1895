/* SPDX-License-Identifier: MIT */
/*
 * session.h -- Sessions: one for each device that somebody logged in on.
 *
 * A session is a row, and ends by that row: at log-out, when the password
 * changes, when a spent refresh token comes back, or when it is not used for
 * session.idle_days.  Tokens only name it.  Redis may say "alive" for 5 s and
 * is told of the end at once; the hub closes the session's sockets by an event.
 */
#ifndef PARLEY_ACCOUNT_SESSION_H
#define PARLEY_ACCOUNT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/account.h"

struct app;
struct arena;
struct db;
struct err;
struct redis_reply;
struct token_keys;

/* The instance's keys, loaded once a process and made if there are none. */
struct token_keys *account_keys(struct app *, struct err *);

struct session {
	uint64_t    id, user_id;
	const char *device, *address;
	int64_t	    created_ms, last_active_ms, expires_ms;
};

/* Where somebody logs in from. */
struct session_origin {
	const char *device; /* a name to tell it by, or "" */
	const char *address;
	bool	    is_browser; /* gets a cookie instead of tokens */
};

/* What a log-in, or a refresh, gives. */
struct session_grant {
	struct user user;
	uint64_t    session_id;
	const char *access_token, *refresh_token; /* NULL for a browser */
	int64_t	    expires_in_s;		  /* of the access token */
	const char *cookie;			  /* NULL for others */
	int64_t	    cookie_age_s;
};

/*
 * Logs in.  -1 "unauthorized" whatever is wrong with name or password, and in
 * the same time; -1 "rate_limited" after too many wrong ones.
 */
int account_login(struct app *, struct arena *, const char *login,
    const char *password, const struct session_origin *, struct session_grant *,
    struct err *);

/*
 * A session for somebody who proved who they are: by the password of which
 * this is the hash, or otherwise (NULL; registration).  -1 "unauthorized" if
 * the password was changed meanwhile, for that ends all sessions of the old.
 */
int account_session_start(struct app *, struct arena *, const struct user *,
    const char *password_hash, const struct session_origin *,
    struct session_grant *, struct err *);

/*
 * New tokens for a refresh token, which is spent by it.  A spent one ends its
 * session, for either its owner or a thief holds the newer.  -1 "unauthorized".
 */
int account_refresh(struct app *, struct arena *, const char *refresh_token,
    struct session_grant *, struct err *);

/* Ends one of the user's own; -1 "not_found" if it is not, or not open. */
int account_session_end(struct app *, struct arena *, uint64_t user_id,
    uint64_t session_id, struct err *);

/* The user's open ones, newest first, from below id before (0: all). */
int account_sessions(struct app *, struct arena *, uint64_t user_id,
    uint64_t before, unsigned limit, struct session **, size_t *n_r,
    struct err *);

/* A fresh log-in cookie for a browser whose token is older than a day. */
const char *account_cookie(struct app *, struct arena *, uint64_t user_id,
    uint64_t session_id, int role, int64_t *age_s_r, struct err *);

/*
 * account_session_alive() in two halves, for who has a pipeline to put the
 * question to Redis in: queue it, then judge by the reply (NULL: no Redis).
 */
void account_session_ask(struct app *, uint64_t session_id);
int  account_session_judge(struct app *, struct arena *, uint64_t session_id,
     uint64_t user_id, const struct redis_reply *, struct err *);

#endif
