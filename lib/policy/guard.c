/* SPDX-License-Identifier: MIT */
/*
 * guard.c -- Who asks, and may they ask now?
 *
 * Whether the session lives and what the limits count is one trip to Redis:
 * authenticate() asks both and keeps the verdict on the limits in req->guard,
 * where admit() finds it.  Who is not logged in is counted by address only.
 */
#include "policy/guard.h"

#include <string.h>
#include <strings.h>

#include "account/account.h"
#include "account/session.h"
#include "account/token.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "contact/contact.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/health.h"
#include "policy/rate.h"
#include "policy/seal.h"
#include "policy/state.h"
#include "web/web.h"

enum { LIMITS_MAX = 2, COOKIE_RENEW_S = 86400, WAITING_MAX = 99 };

/* The buckets a route may name.  Of a user, or of an address without one. */
static const struct bucket {
	const char *name, *key;
	int64_t	    window_s;
	bool	    by_address; /* whoever is logged in */
} buckets[] = {
    {"read", "rate_limit.read_per_minute", 60, false},
    {"write", "rate_limit.write_per_minute", 60, false},
    {"message", "rate_limit.message_per_minute", 60, false},
    {"login", "rate_limit.login_per_minute", 60, true},
    {"register", "rate_limit.register_per_hour", 3600, true},
};

/* What admit() is told by authenticate(). */
struct verdict {
	int	   rc;
	struct err err;
};

static int
guard_open(const char *program, const char *instance, struct app **app_r,
    const struct config **config_r, struct err *e)
{
	struct app *app;

	if (app_open(&app, program, instance, e) == -1)
		return -1;
	if (policy_secret_load(app, e) == -1 || account_keys(app, e) == NULL) {
		app_close(&app);
		return -1;
	}
	*app_r = app;
	*config_r = app->config;
	return 0;
}

/* An unknown name is a slip in a route table: it counts as a change. */
static const struct bucket *
bucket_named(const char *name)
{
	for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
		if (strcmp(buckets[i].name, name) == 0)
			return &buckets[i];
	return &buckets[1];
}

static const char *
bucket_of(const struct req *req)
{
	if (req->route->bucket != NULL)
		return req->route->bucket;
	return req->method == WEB_GET ? "read" : "write";
}

/* The limits on this request; how many. */
static size_t
limits_of(const struct req *req, const char *name,
    struct rate_limit limits[static LIMITS_MAX])
{
	const struct config *config = req->app->config;
	const struct bucket *bucket;
	const char	    *address = rate_address(req->arena, req->address);

	if (*name == '\0')
		return 0;
	bucket = bucket_named(name);
	limits[0] = (struct rate_limit){"address", address,
	    config_int(config, "rate_limit.address_per_minute"), 60};
	limits[1] = (struct rate_limit){bucket->name, address,
	    config_int(config, bucket->key), bucket->window_s};
	if (req->user.id != 0 && !bucket->by_address)
		limits[1].subject = arena_printf(
		    req->arena, "u%llu", (unsigned long long)req->user.id);
	return LIMITS_MAX;
}

/* Bearer (RFC 6750, section 2.1), else the browser's cookie. */
static const char *
credentials(const struct req *req, enum token_use *use_r)
{
	const char *header = req_header(req, "Authorization");
	const char *cookie = req_cookie(req, WEB_LOGIN_COOKIE);

	*use_r = TOKEN_ACCESS;
	if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0)
		return header + 7 + strspn(header + 7, " ");
	*use_r = TOKEN_COOKIE;
	return cookie != NULL && *cookie != '\0' ? cookie : NULL;
}

static int
unauthorized(struct req *req, struct err *e)
{
	req->user = (struct web_user){0};
	return err_set(
	    e, ERR_UNAUTHORIZED, "unauthorized", "The session has ended.");
}

/* One trip: is the session alive, and are the limits kept? */
static int
ask_redis(struct req *req, struct err *e)
{
	struct rate_limit   limits[LIMITS_MAX];
	struct redis_reply *replies = NULL;
	struct verdict	   *verdict;
	struct err	    gone = {0};
	size_t		    n, nreplies;
	int		    alive;

	n = limits_of(req, bucket_of(req), limits);
	account_session_ask(req->app, req->user.session_id);
	rate_ask(req->app, req->arena, limits, n, req->now_ms);
	if (redis_run(
		req->app->redis, req->arena, &replies, &nreplies, &gone) == -1)
		replies = NULL;
	alive = account_session_judge(req->app, req->arena,
	    req->user.session_id, req->user.id, replies, e);
	if (alive == -1)
		return -1;
	if (alive == 0)
		return unauthorized(req, e);
	verdict = arena_alloc(req->arena, sizeof *verdict);
	verdict->rc = rate_judge(req->app, limits, n, req->now_ms,
	    replies == NULL ? NULL : replies + 1, &verdict->err);
	req->guard = verdict;
	return 0;
}

/* Where a browser's token is older than a day, pages hand a new one out. */
static int
renew_cookie(struct req *req, const struct token *token, struct err *e)
{
	if (req->is_api || req->method != WEB_GET ||
	    req->now_ms / 1000 - token->issued_s < COOKIE_RENEW_S)
		return 0;
	req->user.cookie = account_cookie(req->app, req->arena, token->user_id,
	    token->session_id, token->role, &req->user.cookie_age_s, e);
	return req->user.cookie == NULL ? -1 : 0;
}

static int
guard_authenticate(struct req *req, struct err *e)
{
	struct token_keys *keys = account_keys(req->app, e);
	enum token_use	   use;
	const char	  *text = credentials(req, &use);
	struct token	   token;

	if (keys == NULL)
		return -1;
	if (text == NULL)
		return 0;
	if (token_verify(keys, text, req->now_ms, &token, e) == -1)
		return -1;
	if (token.use != use)
		return unauthorized(req, e);
	req->user.id = token.user_id;
	req->user.session_id = token.session_id;
	req->user.role = token.role;
	req->user.by_cookie = use == TOKEN_COOKIE;
	if (ask_redis(req, e) == -1)
		return -1;
	if (!req->user.by_cookie)
		return 0;
	req->user.csrf_token =
	    policy_csrf_token(req->app, req->arena, token.session_id);
	return renew_cookie(req, &token, e);
}

static int
guard_admit(struct req *req, const char *bucket, struct err *e)
{
	const struct verdict *verdict = req->guard;
	struct rate_limit     limits[LIMITS_MAX];

	if (verdict == NULL || req->user.id == 0)
		return rate_take(req->app, req->arena, limits,
		    limits_of(req, bucket, limits), e);
	if (verdict->rc == -1)
		*e = verdict->err;
	return verdict->rc;
}

/* Who looks at the page, and how many wait for an answer of theirs. */
static int
guard_decorate(struct req *req, json_t *data, struct err *e)
{
	unsigned    waiting;
	struct user user;
	json_t	   *me;
	int found = account_find(req->app, req->arena, req->user.id, &user, e);

	if (found != 1)
		return found;
	if (contact_request_count(
		req->app, req->arena, user.id, WAITING_MAX, &waiting, e) == -1)
		return -1;
	me = user_json(&user, NULL, true);
	json_object_set_new(me, "requests", json_integer(waiting));
	json_object_set_new(data, "me", me);
	if (redis_is_down(req->app->redis) ||
	    !health_is_live(config_instance(req->app->config)))
		json_object_set_new(data, "notice", json_text("paused"));
	return 0;
}

const struct web_guard policy_guard = {
    .open = guard_open,
    .close = app_close,
    .authenticate = guard_authenticate,
    .admit = guard_admit,
    .decorate = guard_decorate,
};
