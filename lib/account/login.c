/* SPDX-License-Identifier: MIT */
/*
 * login.c -- Use case: a name and a password for a session.
 *
 * Whether an account exists shows neither in the answer nor in the time it
 * takes: a password is hashed in any case.  Attempts are counted before they
 * are looked at, so that guesses sent at once count, too, and a right one is
 * taken back.
 */
#include "account/grant.h"
#include "account/password.h"
#include "account/rules.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/app.h"
#include "policy/rate.h"

/* Over all addresses an account takes this many times as many guesses. */
enum { EVERYWHERE = 10, LIMITS = 3 };

static void
limits_of(struct app *app, struct arena *a, const char *username,
    const char *address, struct rate_limit limits[static LIMITS])
{
	const char *from = rate_address(a, address);
	int64_t	    window = config_int(app->config, "login.window_s");
	int64_t	    max = config_int(app->config, "login.failures_account");

	limits[0] = (struct rate_limit){
	    "guess", arena_printf(a, "%s:%s", username, from), max, window};
	limits[1] = (struct rate_limit){
	    "guess_name", username, EVERYWHERE * max, window};
	limits[2] = (struct rate_limit){"guess_from", from,
	    config_int(app->config, "login.failures_address"), window};
}

/* 1 it is somebody's, 0 it is nobody's, -1 failed. */
static int
identify(struct app *app, struct arena *a, const char *username,
    const char *password, struct user_secret *who, struct err *e)
{
	struct err bad = {0};
	int	   found = 0;

	if (username_check(username, &bad) == 0)
		found = account_store_user_named(app->db, a, username, who, e);
	if (found == -1)
		return -1;
	if (!password_matches(a, password_cost_of(app->config),
		found == 1 ? who->password_hash : NULL, password))
		return 0;
	return who->status == USER_ACTIVE;
}

/* The one moment the password is known: a hash of old cost is made anew. */
static void
rehash(struct app *app, struct arena *a, struct user_secret *who,
    const char *password)
{
	struct password_cost cost = password_cost_of(app->config);
	struct err	     e = {0};
	const char	    *hash;
	int		     set;

	if (!password_is_outdated(a, cost, who->password_hash))
		return;
	hash = password_hash(a, cost, password, &e);
	set = hash == NULL ? -1
			   : account_store_password_set(app->db, who->user.id,
				 who->password_hash, hash, &e);
	if (set == -1)
		log_err("login.rehash", &e);
	if (set == 1)
		who->password_hash = hash;
}

int
account_login(struct app *app, struct arena *a, const char *login,
    const char *password, const struct session_origin *origin,
    struct session_grant *grant, struct err *e)
{
	const char	  *username = username_fold(a, login);
	struct rate_limit  limits[LIMITS];
	struct user_secret who = {0};
	int		   is_right;

	limits_of(app, a, username, origin->address, limits);
	if (rate_take(app, a, limits, LIMITS, e) == -1)
		return -1;
	is_right = identify(app, a, username, password, &who, e);
	if (is_right != 0)
		rate_give_back(app, a, limits, LIMITS);
	if (is_right == -1)
		return -1;
	if (is_right == 0) {
		metric_add(METRIC_LOGIN_FAILURES, 1);
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "Username or password is wrong.");
	}
	rehash(app, a, &who, password);
	if (account_session_start(
		app, a, &who.user, who.password_hash, origin, grant, e) == -1)
		return -1;
	metric_add(METRIC_LOGINS, 1);
	return 0;
}
