/* SPDX-License-Identifier: MIT */
/*
 * state.c -- The secret of the forms, and the place of the local counts.
 *
 * The secret is one file of the instance, so that a form made by one program
 * is good at another, after restarts and on other nodes that share the secrets.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "data/app.h"
#include "policy/seal.h"
#include "policy/state.h"

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
fail(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_INTERNAL, "internal", "cannot %s %s: %s", what,
	    path, strerror(errno));
}

/* link() lets exactly one of several programs that start at once win. */
static int
secret_make(const char *path, struct err *e)
{
	unsigned char secret[CSRF_SECRET_SIZE];
	char	      aside[PATH_MAX];
	bool	      is_written;
	int	      fd;

	if (snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid()) >=
	    (int)sizeof aside)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%s: too long", path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return fail(e, "make", aside);
	random_bytes(secret, sizeof secret);
	is_written =
	    write(fd, secret, sizeof secret) == sizeof secret && fsync(fd) == 0;
	close(fd);
	explicit_bzero(secret, sizeof secret);
	if (!is_written || (link(aside, path) == -1 && errno != EEXIST)) {
		fail(e, "make", path);
		(void)unlink(aside);
		return -1;
	}
	(void)unlink(aside);
	return 0;
}

int
policy_secret_load(struct app *app, struct err *e)
{
	struct policy_state *state = policy_state(app);
	char		     path[PATH_MAX];
	ssize_t		     n;
	int		     fd;

	if (snprintf(path, sizeof path, "%s/secrets/csrf",
		config_instance(app->config)) >= (int)sizeof path)
		return err_set(e, ERR_INTERNAL, "internal",
		    "the instance's path is too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		if (secret_make(path, e) == -1)
			return -1;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1)
		return fail(e, "read", path);
	n = read(fd, state->csrf_secret, sizeof state->csrf_secret);
	close(fd);
	if (n != sizeof state->csrf_secret)
		return err_set(
		    e, ERR_INTERNAL, "internal", "%s is too short", path);
	return 0;
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
