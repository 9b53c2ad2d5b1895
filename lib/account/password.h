/* SPDX-License-Identifier: MIT */
/*
 * password.h -- Passwords as they are stored: Argon2id (RFC 9106), PHC strings.
 *
 * The cost is OWASP's for one lane unless set otherwise (no threads: our
 * programs have none and their sandbox allows none).  A hash takes 19 MiB and
 * some 20 ms on purpose, so it is made in the programs of the slow pool only.
 */
#ifndef PARLEY_ACCOUNT_PASSWORD_H
#define PARLEY_ACCOUNT_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct config;
struct err;

struct password_cost {
	uint32_t memory_kib, passes;
};

/* password.memory_kb and password.iterations. */
struct password_cost password_cost_of(const struct config *);

/* The hash of a password as text, in the arena; NULL with *e. */
const char *password_hash(
    struct arena *, struct password_cost, const char *password, struct err *);

/*
 * Is it the password?  hash NULL or "" (no such user, or one that can't log
 * in) takes as long as any other and says no.
 */
bool password_matches(struct arena *, struct password_cost, const char *hash,
    const char *password);

/* Was it made at another cost? */
bool
password_is_outdated(struct arena *, struct password_cost, const char *hash);

#endif
