/* SPDX-License-Identifier: MIT */
/*
 * grant.c -- The tokens that stand for a session.
 *
 * A program gets an access token for minutes and a refresh token; a browser
 * gets one cookie that lasts as long as the session.  Neither is good for the
 * other's way in (enum token_use).
 */
#include <string.h>

#include "account/grant.h"
#include "account/store.h"
#include "account/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "data/app.h"

enum { REFRESH_BYTES = 32 };

static void
release(void *state)
{
	struct token_keys *keys = state;

	token_keys_free(&keys);
}

struct token_keys *
account_keys(struct app *app, struct err *e)
{
	struct app_kept	  *kept = &app->kept[APP_ACCOUNT];
	const char	  *instance = config_instance(app->config);
	struct token_keys *keys;

	if (kept->state != NULL)
		return kept->state;
	if (token_keys_create(instance, e) == -1 ||
	    token_keys_load(&keys, instance, e) == -1)
		return NULL;
	kept->state = keys;
	kept->release = release;
	return keys;
}

static int64_t
idle_s(struct app *app)
{
	return config_int(app->config, "session.idle_days") * 86400;
}

int64_t
session_expires_ms(struct app *app, int64_t now_ms)
{
	return now_ms + idle_s(app) * 1000;
}

static const char *
sign(struct app *app, struct arena *a, struct token *token, int64_t lives_s,
    struct err *e)
{
	struct token_keys *keys = account_keys(app, e);

	token->expires_s = token->issued_s + lives_s;
	return keys == NULL ? NULL : token_sign(keys, a, token, e);
}

static const char *
cookie_sign(struct app *app, struct arena *a, struct token *token,
    int64_t *age_s_r, struct err *e)
{
	token->use = TOKEN_COOKIE;
	*age_s_r = idle_s(app);
	return sign(app, a, token, *age_s_r, e);
}

const char *
account_cookie(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t session_id, int role, int64_t *age_s_r, struct err *e)
{
	struct token token = {
	    user_id, session_id, role, TOKEN_COOKIE, clock_ms() / 1000, 0};

	return cookie_sign(app, a, &token, age_s_r, e);
}

int
grant_fill(struct app *app, struct arena *a, const struct user *user,
    uint64_t session_id, bool is_browser, int64_t now_ms,
    struct session_grant *grant, struct err *e)
{
	struct token token = {
	    user->id, session_id, user->role, TOKEN_ACCESS, now_ms / 1000, 0};

	*grant =
	    (struct session_grant){.user = *user, .session_id = session_id};
	if (is_browser) {
		grant->cookie =
		    cookie_sign(app, a, &token, &grant->cookie_age_s, e);
		return grant->cookie == NULL ? -1 : 0;
	}
	grant->expires_in_s = config_int(app->config, "token.access_s");
	grant->access_token = sign(app, a, &token, grant->expires_in_s, e);
	return grant->access_token == NULL ? -1 : 0;
}

const char *
grant_refresh_token(struct db *db, struct arena *a, uint64_t session_id,
    int64_t now_ms, struct err *e)
{
	const char   *token = random_token(a, REFRESH_BYTES);
	unsigned char hash[SHA256_SIZE];

	sha256(token, strlen(token), hash);
	if (account_store_refresh_add(db, hash, session_id, now_ms, e) == -1)
		return NULL;
	return token;
}
