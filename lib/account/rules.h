/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- What a name, a password and the rest of a profile may be.
 *
 * Pure: no I/O, no clock, no memory but the caller's arena.  Each check adds
 * the fields at fault to *e and returns -1, so that a caller runs all of them
 * and the user is told everything that is wrong at once.  NULL is "not given".
 */
#ifndef PARLEY_ACCOUNT_RULES_H
#define PARLEY_ACCOUNT_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;

enum {
	USERNAME_MIN = 3,
	USERNAME_MAX = 32,
	DISPLAY_NAME_MAX = 64, /* code points, like the ones below */
	BIO_MAX = 500,
	DEVICE_MAX = 100,
	EMAIL_MAX = 254, /* bytes: RFC 5321 section 4.5.3.1.3 */
	PASSWORD_MIN = 8,
	PASSWORD_MAX = 1024 /* bytes: hashing takes what it is given */
};

/* Names differ by more than case: the one form that is stored and compared. */
const char *username_fold(struct arena *, const char *);

int username_check(const char *, struct err *);
int display_name_check(const char *, struct err *);
int bio_check(const char *, struct err *);
int email_check(const char *, struct err *);
int locale_check(const char *, struct err *);
int theme_check(const char *, struct err *);
int presence_check(const char *, struct err *);

/* What a guesser knows of the user, and tries first.  Any may be NULL. */
struct password_owner {
	const char *username, *display_name, *email;
};

/*
 * Is it strong enough?  min_score is zxcvbn's, 0 to 4: 3 stands for 10^8
 * guesses and more.  If not, the field's code and detail say what makes it
 * weak.
 */
int password_check(const char *field, const char *password,
    const struct password_owner *, int		  min_score, struct err *);

/* "Firefox on Linux" from a User-Agent header; "" if it tells nothing. */
const char *device_of(struct arena *, const char *user_agent);

#endif
