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
struct db_part;
struct db_rows;
struct db;
struct err;

struct user {
	uint64_t    id;
	const char *username;
	const char *display_name;
	const char *bio;
	const char *email;    /* NULL: none; for the user's own eyes only */
	const char *locale;   /* "en" | "zh" | "" (as the browser says) */
	const char *theme;    /* "auto" | "light" | "dark" */
	const char *presence; /* chosen: online away busy invisible */
	int	    role;     /* ROLE_USER | ROLE_ADMIN of web.h */
	bool	    hidden;   /* not found by others' search */
	int64_t	    last_active_ms;
	int64_t	    created_ms;
	uint64_t    world_seq; /* how far the world channel was then */
};

/* By id: 1 found, 0 missed (or deleted), -1 failed. */
int account_find(
    struct app *, struct arena *, uint64_t id, struct user *, struct err *);

/*
 * In a transaction: are all n still there, no id twice?  1 and they stay to
 * its end, 0, -1.
 */
int account_hold_many(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/* n users by id; those missing have id 0.  One query. */
int account_find_many(struct app *, struct arena *, const uint64_t *ids,
    size_t n, struct user *users_r, struct err *);

/* n users by username, as it is or in another case; those missing have id 0. */
int account_find_named(struct app *, struct arena *, const char *const *names,
    size_t n, struct user *users_r, struct err *);

/*
 * Which of n users, some hundreds at most, have the text in their username or
 * display name?  One query.
 */
int account_match(struct app *, struct arena *, const char *text,
    const uint64_t *ids, size_t n, bool *matches_r, struct err *);

/*
 * The display names of n users, as a part of what a caller asks in one trip
 * (db_query_parts()); and what its rows say: NULL for who is not there.
 */
void account_names_part(
    struct arena *, const uint64_t *ids, size_t n, struct db_part *);
void account_names_read(const struct db_rows *, const uint64_t *ids, size_t n,
    const char **names_r);

/*
 * The opposite, as a part of a change that assumes names (db_exec_parts()):
 * "stale" where one of the n users bears another, to the byte, or has gone.
 */
void account_names_held_part(struct arena *, const uint64_t *ids,
    const char *const *names, size_t n, struct db_part *);

/* A new user, judged by rules.h.  "conflict" with field username if taken. */
struct account_registration {
	const char *username, *password;
	const char *display_name; /* NULL: as the username was typed */
	const char *email, *locale;
	int	    role;
	bool	    is_invited; /* registration.mode does not count */
};
int account_register(struct app *, struct arena *,
    const struct account_registration *, struct user *, struct err *);

/* Only what is wrong with it, by itself: all of it. */
void account_registration_judge(
    struct app *, const struct account_registration *, struct err *);

/* What a user changes of the own profile; NULL: it stays. */
struct account_profile {
	const char *display_name, *bio, *locale, *theme, *presence;
	bool	    has_email, has_hidden;
	const char *email; /* NULL or "": none */
	bool	    hidden;
};
int account_profile_update(struct app *, struct arena *, uint64_t id,
    const struct account_profile *, struct user *, struct err *);

/* Only what is wrong with it: all of it. */
void account_profile_judge(const struct account_profile *, struct err *);

/* Ends all other sessions of the user, too.  A wrong old one is "invalid". */
int account_password_change(struct app *, struct arena *, uint64_t id,
    uint64_t session_id, const char *old_password, const char *new_password,
    struct err *);

/*
 * Ends all sessions and forgets e-mail, bio and password; the username stays
 * taken.  Whoever knew the user is told, and keeps what was said.  password
 * NULL: it need not be proved.
 */
int account_delete(struct app *, struct arena *, uint64_t id,
    const char *password, struct err *);

/*
 * -- finding people by their names: search.c ---------------------------------
 * Who may find whom, and in which order they come, is lib/contact's to say
 * (contact_search()).  What fits is an id, a username, what a name or one of
 * its words begins with, and any run of characters of a display name.
 */
enum name_place {
	NAME_EXACT,    /* the id or the username itself */
	NAME_USERNAME, /* the username begins so */
	NAME_BEGINS,   /* the display name does */
	NAME_WORD,     /* a word in one of them does */
	NAME_INSIDE,   /* it stands in the display name, within a word */
	NAME_NOWHERE
};

/* What was typed, made ready; all of it in the arena. */
struct account_needle {
	const char *text;     /* folded (base/fold.h); "" fits nobody */
	const char *username; /* "": it cannot be one */
	uint64_t    id;	      /* 0: it is none */
};
void
account_needle_make(struct arena *, const char *typed, struct account_needle *);

/* How well somebody fits, or any other name does; and the part that does. */
enum name_place account_fit(struct arena *, const struct account_needle *,
    const struct user *, const char **part_r);
enum name_place account_fit_text(struct arena *, const struct account_needle *,
    const char *name, const char **part_r);

/* Whose id or username it is: at most two. */
int
account_find_exact(struct app *, struct arena *, const struct account_needle *,
    struct user users_r[2], size_t *n_r, struct err *);

/*
 * What begins with the needle at one place but NAME_EXACT, by part and id,
 * after the last one seen (NULL: from the start).  Somebody may come twice,
 * and at more than one place.  Who hides is passed over where it is read: were
 * they given out, a crowd of them would be all that a caller gets to see.
 */
struct account_hit {
	uint64_t    user_id;
	const char *part;
};
struct account_range {
	enum name_place		  place;
	const struct account_hit *after;
	unsigned		  limit;
	/* Of those who hide only these: one at least, some 1000 at most. */
	const uint64_t *shown;
	size_t		nshown;
};
int account_find_at(struct app *, struct arena *, const struct account_needle *,
    const struct account_range *, struct account_hit **, size_t *n_r,
    struct err *);

/* Of these n people those who fit somewhere, in any order; ids_r holds n. */
int
account_find_among(struct app *, struct arena *, const struct account_needle *,
    const uint64_t *ids, size_t n, uint64_t *ids_r, size_t *n_r, struct err *);

/*
 * For parleyctl migrate: makes those findable who were there before this
 * version.  What was done stays done, whenever it ends.  Tells how many.
 */
int account_names_write(struct app *, uint64_t *n_r, struct err *);

/* One user as me may see them; -1 "not_found" also if they hide or block. */
int account_get_visible(struct app *, struct arena *, uint64_t me, uint64_t id,
    struct user *, struct err *);

/*
 * The one-time link that makes an administrator: its token is told once and
 * works once, within a day.  The setup page is /setup/TOKEN.
 */
int account_has_admin(struct app *, struct arena *, bool *has_r, struct err *);
int account_admin_link(
    struct app *, struct arena *, const char **token_r, struct err *);
int account_admin_link_check(
    struct app *, struct arena *, const char *token, struct err *);
int account_admin_setup(struct app *, struct arena *, const char *token,
    const struct account_registration *, struct user *, struct err *);

/*
 * These n were there until then, and are gone: others may see it, but of who
 * is invisible.  Ascending by user, nobody twice; a time never goes back.
 */
struct account_seen {
	uint64_t user_id;
	int64_t	 until_ms;
};
int account_seen(struct app *, struct arena *, const struct account_seen *,
    size_t n, struct err *);

/*
 * Does the session still live?  Redis first (at most 5 s old), MariaDB if it
 * does not know: 1 yes, 0 no, -1 failed.
 */
int account_session_alive(
    struct app *, uint64_t session_id, uint64_t user_id, struct err *);

/*
 * That sessions have ended, to Redis: from now on nobody is told they live.
 * -1: it cannot be told; what it knew is believed for another 5 s at most.
 */
int account_sessions_are_over(
    struct app *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/*
 * A user as the contract shows it: {id, username, display_name, bio, avatar,
 * presence:{status, last_active_at}}.  status is what others may see: from
 * lib/presence; own adds email, locale, theme, role.
 */
json_t *user_json(const struct user *, const char *status, bool own);

/*
 * The frame that tells how somebody looks now, to those who have them in a
 * list: a "contact" event "profile", without presence, which goes its own way.
 */
const char *
user_profile_frame(struct arena *, const struct user *, size_t *len_r);

#endif
