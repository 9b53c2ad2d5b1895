/* SPDX-License-Identifier: MIT */
/*
 * token.h -- Texts that stand for a number, and that nobody else can make.
 *
 * "NUMBER-CODE": the code is over purpose and number by a secret of the
 * instance, so nothing is stored, and a token shown once can be shown again.
 */
#ifndef PARLEY_POLICY_TOKEN_H
#define PARLEY_POLICY_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct arena;

/* Of the characters of a path: [A-Za-z0-9_-]. */
const char *policy_token(
    struct app *, struct arena *, const char *purpose, uint64_t number);

/* Is it one of ours, for this purpose?  Compares in constant time. */
bool policy_token_check(struct app *, struct arena *, const char *purpose,
    const char *token, uint64_t *number_r);

#endif
