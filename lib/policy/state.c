/* SPDX-License-Identifier: MIT */
/*
 * state.c -- The secret of the forms, and the place of the local counts.
 *
 * The secret is one file of the instance, so that a form made by one program
 * is good at another, after restarts and on other nodes that share the secrets.
 */
#include "policy/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/secret.h"
#include "data/app.h"
#include "policy/seal.h"

static void
release(void *state)
{
	explicit_bzero(state, sizeof(struct policy_state));
	free(state);
}

struct policy_state *
policy_state(struct app *app)
{
	struct app_kept *kept = &app->kept[APP_POLICY];

	if (kept->state == NULL) {
		kept->state = calloc(1, sizeof(struct policy_state));
		if (kept->state == NULL)
			abort();
		kept->release = release;
	}
	return kept->state;
}

static int
secret_new(const char *instance, struct err *e)
{
	unsigned char secret[CSRF_SECRET_SIZE];
	int	      rc;

	random_bytes(secret, sizeof secret);
	rc = secret_make(instance, "csrf", secret, sizeof secret, e);
	explicit_bzero(secret, sizeof secret);
	return rc;
}

int
policy_secret_load(struct app *app, struct err *e)
{
	unsigned char *secret = policy_state(app)->csrf_secret;
	const char    *instance = config_instance(app->config);
	ssize_t	       n;

	n = secret_read(instance, "csrf", secret, CSRF_SECRET_SIZE, e);
	if (n == 0) {
		if (secret_new(instance, e) == -1)
			return -1;
		n = secret_read(instance, "csrf", secret, CSRF_SECRET_SIZE, e);
	}
	if (n == -1 || n == CSRF_SECRET_SIZE)
		return n == -1 ? -1 : 0;
	return err_set(
	    e, ERR_INTERNAL, "config", "%s/secrets/csrf: too short", instance);
}

const char *
policy_csrf_token(struct app *app, struct arena *a, uint64_t session_id)
{
	unsigned char mac[SHA256_SIZE];

	hmac_sha256(policy_state(app)->csrf_secret, CSRF_SECRET_SIZE,
	    &session_id, sizeof session_id, mac);
	return base64url(a, mac, sizeof mac);
}

void
policy_seal(struct app *app, const char *purpose, const void *p, size_t n,
    unsigned char seal_r[SHA256_SIZE])
{
	unsigned char key[SHA256_SIZE];

	hmac_sha256(policy_state(app)->csrf_secret, CSRF_SECRET_SIZE, purpose,
	    strlen(purpose), key);
	hmac_sha256(key, sizeof key, p, n, seal_r);
	explicit_bzero(key, sizeof key);
}
