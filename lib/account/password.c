/* SPDX-License-Identifier: MIT */
/*
 * password.c -- Argon2id by libargon2.
 *
 * Salt and parameters are part of the stored text, so parameters can be
 * raised: who logs in with an old hash gets a new one (login.c).
 */
#include <malloc.h>
#include <string.h>

#include <argon2.h>

#include "account/password.h"
#include "account/rules.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"

enum { LANES = 1, SALT_SIZE = 16, HASH_SIZE = 32 };

struct password_cost
password_cost_of(const struct config *config)
{
	return (struct password_cost){
	    (uint32_t)config_int(config, "password.memory_kb"),
	    (uint32_t)config_int(config, "password.iterations"),
	};
}

/* How a hash of this cost begins. */
static const char *
prefix_of(struct arena *a, struct password_cost cost)
{
	return arena_printf(a, "$argon2id$v=%d$m=%u,t=%u,p=%d$",
	    ARGON2_VERSION_NUMBER, cost.memory_kib, cost.passes, LANES);
}

/*
 * malloc() learns from large blocks that are freed to keep the next ones.  A
 * hash's 19 MiB are to go back at once: a worker waits longer than it hashes.
 */
static void
keep_no_large_blocks(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

const char *
password_hash(struct arena *a, struct password_cost cost, const char *password,
    struct err *e)
{
	unsigned char salt[SALT_SIZE];
	char	      text[160];
	int	      rc;

	keep_no_large_blocks();
	random_bytes(salt, sizeof salt);
	rc = argon2id_hash_encoded(cost.passes, cost.memory_kib, LANES,
	    password, strlen(password), salt, sizeof salt, HASH_SIZE, text,
	    sizeof text);
	if (rc != ARGON2_OK) {
		err_set(e, ERR_INTERNAL, "internal", "argon2: %s",
		    argon2_error_message(rc));
		return NULL;
	}
	return arena_strdup(a, text);
}

/* Nobody's password: what a log-in of nobody is compared with. */
static const char *
dummy(struct arena *a, struct password_cost cost)
{
	return arena_printf(a, "%scGFybGV5LW5vYm9keXMtcw$%s",
	    prefix_of(a, cost), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

bool
password_matches(struct arena *a, struct password_cost cost, const char *hash,
    const char *password)
{
	bool is_somebody = hash != NULL && *hash != '\0';
	bool is_right;

	keep_no_large_blocks();
	/* What could never be set need not be hashed at any length. */
	if (strlen(password) > PASSWORD_MAX)
		password = "";
	is_right = argon2id_verify(is_somebody ? hash : dummy(a, cost),
		       password, strlen(password)) == ARGON2_OK;
	return is_somebody && is_right;
}

bool
password_is_outdated(
    struct arena *a, struct password_cost cost, const char *hash)
{
	const char *prefix = prefix_of(a, cost);

	return strncmp(hash, prefix, strlen(prefix)) != 0;
}
