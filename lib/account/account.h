/* SPDX-License-Identifier: MIT */
/*
 * account.h -- Who people are, and the sessions they act through.
 *
 * The public face of the context: other contexts and the programs use this
 * header only, never the tables behind it.
 */
#ifndef PARLEY_ACCOUNT_ACCOUNT_H
#define PARLEY_ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct app;
struct arena;
struct err;

struct user {
	uint64_t    id;
	const char *username;
	const char *display_name;
	const char *bio;
	const char *email;  /* NULL: none; for the user's own eyes only */
	const char *locale; /* "en" | "zh" | "" (as the browser says) */
	const char *theme;  /* "auto" | "light" | "dark" */
	const char *presence; /* chosen: online away busy invisible */
	int	    role;     /* ROLE_USER | ROLE_ADMIN of web.h */
	bool	    hidden;   /* not found by others' search */
	int64_t	    last_active_ms;
	int64_t	    created_ms;
};

/* By id: 1 found, 0 missed (or deleted), -1 failed. */
int account_find(struct app *, struct arena *, uint64_t id, struct user *,
    struct err *);

/* n users by id; those missing have id 0.  One query. */
int account_find_many(struct app *, struct arena *, const uint64_t *ids, size_t n,
    struct user *users_r, struct err *);

/* A new user: password already judged by rules.c.  "conflict" field username. */
struct account_registration {
	const char *username, *password, *display_name, *email, *locale;
	int	    role;
};
int account_register(struct app *, struct arena *,
    const struct account_registration *, struct user *, struct err *);

/*
 * Does the session still live?  Redis first (at most 5 s old), MariaDB if it
 * does not know: 1 yes, 0 no, -1 failed.
 */
int account_session_alive(struct app *, uint64_t session_id, uint64_t user_id,
    struct err *);

/*
 * A user as the contract shows it: {id, username, display_name, bio, avatar,
 * presence:{status, last_active_at}}.  status is what others may see: from
 * lib/presence; own adds email, locale, theme, role.
 */
json_t *user_json(const struct user *, const char *status, bool own);

#endif
