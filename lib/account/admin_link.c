/* SPDX-License-Identifier: MIT */
/*
 * admin_link.c -- Use case: the one-time link that makes an administrator.
 *
 * Only the digest of the link's token is stored.  The token is used up, with
 * all that were printed beside it, and the user added in one transaction: of
 * two who open it at once, one is made.
 */
#include <string.h>

#include "account/register.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "web/web.h"

#define PURPOSE "admin"

enum { TOKEN_BYTES = 24, LIVES_MS = 24 * 3600 * 1000 };

int
account_has_admin(struct app *app, struct arena *a, bool *has_r, struct err *e)
{
	return account_store_has_admin(app->db, a, has_r, e);
}

static void
digest_of(const char *token, unsigned char hash[static SHA256_SIZE])
{
	sha256(token, strlen(token), hash);
}

int
account_admin_link(
    struct app *app, struct arena *a, const char **token_r, struct err *e)
{
	unsigned char hash[SHA256_SIZE];

	*token_r = random_token(a, TOKEN_BYTES);
	digest_of(*token_r, hash);
	return account_store_link_add(
	    app->db, hash, PURPOSE, clock_ms() + LIVES_MS, e);
}

static int
refuse(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "not_found",
	    "The link was used, has expired, or never was one.");
}

int
account_admin_link_check(
    struct app *app, struct arena *a, const char *token, struct err *e)
{
	unsigned char hash[SHA256_SIZE];
	int	      found;

	digest_of(token, hash);
	found = account_store_link(app->db, a, hash, PURPOSE, clock_ms(), e);
	if (found == 0)
		return refuse(e);
	return found == 1 ? 0 : -1;
}

struct setup {
	struct arena *arena;
	const char   *token;
	struct new_user new;
	struct user_secret made;
};

static int
set_up(struct db *db, void *ctx, struct err *e)
{
	struct setup *s = ctx;
	unsigned char hash[SHA256_SIZE];
	int	      used, found;

	digest_of(s->token, hash);
	used = account_store_link_use(db, hash, PURPOSE, s->new.now_ms, e);
	if (used == 0)
		return refuse(e);
	if (used == -1 ||
	    account_store_links_end(db, PURPOSE, s->new.now_ms, e) == -1 ||
	    new_user_add(db, s->arena, &s->new, e) == -1)
		return -1;
	found = account_store_user(db, s->arena, s->new.id, &s->made, e);
	if (found == 0)
		return err_set(
		    e, ERR_INTERNAL, "internal", "a new user is gone");
	return found == 1 ? 0 : -1;
}

int
account_admin_setup(struct app *app, struct arena *a, const char *token,
    const struct account_registration *in, struct user *user, struct err *e)
{
	struct account_registration admin = *in;
	struct setup		    s = {.arena = a, .token = token};

	/* A dead link is said to be one before a password is judged. */
	if (account_admin_link_check(app, a, token, e) == -1)
		return -1;
	admin.role = ROLE_ADMIN;
	if (new_user_make(app, a, &admin, &s.new, e) == -1 ||
	    tx_run(app->db, set_up, &s, e) == -1)
		return -1;
	*user = s.made.user;
	return 0;
}
