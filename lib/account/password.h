/* SPDX-License-Identifier: MIT */
/*
 * password.h -- Passwords as they are stored: Argon2id (RFC 9106), PHC strings.
 *
 * The parameters are OWASP's for one lane (no threads: our programs have none
 * and their sandbox allows none).  A hash takes 19 MiB and some 20 ms on
 * purpose, so it is made in the programs of the slow pool only.
 */
#ifndef PARLEY_ACCOUNT_PASSWORD_H
#define PARLEY_ACCOUNT_PASSWORD_H

#include <stdbool.h>

struct arena;
struct err;

/* The hash of a password as text, in the arena; NULL with *e. */
const char *password_hash(struct arena *, const char *password, struct err *);

/*
 * Is it the password?  hash NULL or "" (no such user, or one that can't log
 * in) takes as long as any other and says no.
 */
bool password_matches(const char *hash, const char *password);

/* Was it made with other parameters than today's? */
bool password_is_outdated(const char *hash);

#endif
