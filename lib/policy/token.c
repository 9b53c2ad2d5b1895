/* SPDX-License-Identifier: MIT */
/* token.c -- Texts that stand for a number, and that nobody else can make. */
#include "policy/token.h"

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/str.h"
#include "policy/seal.h"

enum { CODE_BYTES = 15 }; /* 20 characters, 120 bits */

static const char *
code_of(struct app *app, struct arena *a, const char *purpose, uint64_t number)
{
	unsigned char seal[SHA256_SIZE];

	policy_seal(app, purpose, &number, sizeof(number), seal);
	return base64url(a, seal, CODE_BYTES);
}

const char *
policy_token(
    struct app *app, struct arena *a, const char *purpose, uint64_t number)
{
	return arena_printf(a, "%llu-%s", (unsigned long long)number,
	    code_of(app, a, purpose, number));
}

bool
policy_token_check(struct app *app, struct arena *a, const char *purpose,
    const char *token, uint64_t *number_r)
{
	const char *dash = strchr(token, '-'), *code;

	if (dash == NULL ||
	    !id_parse(
		arena_strndup(a, token, (size_t)(dash - token)), number_r))
		return false;
	code = code_of(app, a, purpose, *number_r);
	return strlen(dash + 1) == strlen(code) &&
	       secret_equal(dash + 1, code, strlen(code));
}
