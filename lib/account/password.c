/* SPDX-License-Identifier: MIT */
/*
 * password.c -- Argon2id by libargon2.
 *
 * Salt and parameters are part of the stored text, so parameters can be
 * raised: who logs in with an old hash gets a new one (login.c).
 */
#include <string.h>

#include <argon2.h>

#include "account/password.h"
#include "account/rules.h"
#include "base/arena.h"
#include "base/crypto.h"
#include "base/err.h"

enum { MEMORY_KIB = 19456, PASSES = 2, LANES = 1, SALT_SIZE = 16, HASH_SIZE = 32 };

#define PREFIX "$argon2id$v=19$m=19456,t=2,p=1$"

/* Nobody's password: what a log-in of nobody is compared with. */
#define DUMMY                                                                  \
	PREFIX "cGFybGV5LW5vYm9keXMtcw$"                                       \
	       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

const char *
password_hash(struct arena *a, const char *password, struct err *e)
{
	unsigned char salt[SALT_SIZE];
	char	      text[160];
	int	      rc;

	random_bytes(salt, sizeof salt);
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password,
	    strlen(password), salt, sizeof salt, HASH_SIZE, text, sizeof text);
	if (rc != ARGON2_OK) {
		err_set(e, ERR_INTERNAL, "internal", "argon2: %s",
		    argon2_error_message(rc));
		return NULL;
	}
	return arena_strdup(a, text);
}

bool
password_matches(const char *hash, const char *password)
{
	bool is_somebody = hash != NULL && *hash != '\0';
	bool is_right;

	/* What could never be set need not be hashed at any length. */
	if (strlen(password) > PASSWORD_MAX)
		password = "";
	is_right = argon2id_verify(is_somebody ? hash : DUMMY, password,
	    strlen(password)) == ARGON2_OK;
	return is_somebody && is_right;
}

bool
password_is_outdated(const char *hash)
{
	return strncmp(hash, PREFIX, strlen(PREFIX)) != 0;
}
