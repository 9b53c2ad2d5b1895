/* SPDX-License-Identifier: MIT */
/*
 * token.h -- Access tokens: JWT (RFC 7519), ES256 only, checked with a key.
 *
 * Private keys are INSTANCE/secrets/jwt/KID.pem (0600), public ones
 * INSTANCE/secrets/jwt/KID.pub; the newest signs, all verify, so keys rotate
 * by adding one.  libjwt decodes without a key what it is given without a key:
 * the header's kid is read apart and only our own keys and ES256 are tried.
 */
#ifndef PARLEY_ACCOUNT_TOKEN_H
#define PARLEY_ACCOUNT_TOKEN_H

#include <stdint.h>

struct arena;
struct err;
struct token_keys;

enum token_use {
	TOKEN_ACCESS = 1, /* Authorization: Bearer, ten minutes */
	TOKEN_COOKIE = 2  /* the browser's cookie, as long as the session */
};

struct token {
	uint64_t       user_id;
	uint64_t       session_id;
	int	       role;
	enum token_use use;
	int64_t	       issued_s, expires_s; /* since the epoch */
};

/* Makes the first key if there is none (needs write access to secrets/). */
int token_keys_create(const char *instance, struct err *);

/* Adds a key to sign with; what the old ones signed stays good. */
int token_keys_rotate(const char *instance, struct err *);

/* Loads what may be read: the hub gets by with the public ones. */
int  token_keys_load(struct token_keys **, const char *instance, struct err *);
void token_keys_free(struct token_keys **);

/*
 * What tells our keys from others': "KID.DIGEST" of each public one, the
 * newest last, by spaces.  No secret.
 */
const char *token_keys_about(const struct token_keys *, struct arena *);

const char *token_sign(
    struct token_keys *, struct arena *, const struct token *, struct err *);

/*
 * Signature, algorithm, issuer and expiry.  0, or -1 "unauthorized".  What was
 * verified is remembered (by digest, a few thousand), by all processes that
 * were forked after the keys were loaded: ES256 costs a third of a millisecond.
 */
int token_verify(struct token_keys *, const char *text, int64_t now_ms,
    struct token *token_r, struct err *);

#endif
