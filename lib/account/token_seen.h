/* SPDX-License-Identifier: MIT */
/*
 * token_seen.h -- Tokens whose signature was found good, for token.c alone.
 *
 * A signature takes a third of a millisecond to check, and a client's requests
 * go to any worker of a pool; so what one of them checked all of them know.
 * Whoever could write here could say who is asking: it is shared only by
 * processes that were forked from the one that made it.
 */
#ifndef PARLEY_ACCOUNT_TOKEN_SEEN_H
#define PARLEY_ACCOUNT_TOKEN_SEEN_H

#include <stdbool.h>

#include "account/token.h"
#include "base/crypto.h"

struct shared_cache;

/* Aborts without memory; shared_cache_free() ends it. */
struct shared_cache *token_seen_new(void);

/* What the token of this digest says, if that is remembered. */
bool token_seen_find(const struct shared_cache *,
    const unsigned char digest[SHA256_SIZE], struct token *token_r);

/* Remembers it, in the place of another if there is no room. */
void token_seen_add(struct shared_cache *,
    const unsigned char digest[SHA256_SIZE], const struct token *);

#endif
