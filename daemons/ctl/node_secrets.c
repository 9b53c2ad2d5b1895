/* SPDX-License-Identifier: MIT */
/*
 * node_secrets.c -- Do the secrets here open what they should?
 *
 * A node that joins another, or stands on another machine, has the first
 * one's secrets, by a link or a copy.  With others its programs would end as
 * soon as they start, over and over; so it is looked before any of them does.
 * An engine that is away is no fault: it is waited for.
 */
#include "ctl.h"

#include <string.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "data/redis.h"
#include "policy/seal.h"

/* Those that sql/grants.sql gives a password. */
static const char *const users[] = {"accounts", "contacts", "deliver", "groups",
    "health", "history", "relay", "writer"};

/* What was found is a fault of the secrets. */
static int
blame(struct err *e, const char *instance, const char *file)
{
	struct err why = *e;

	err_clear(e);
	return err_set(e, ERR_CONFLICT, "conflict",
	    "%s/secrets/%s will not do: %.160s", instance, file, why.detail);
}

/* 0: it is let in, or nobody is there to ask; *is_away_r: that is so. */
static int
check_user(struct ctl *ctl, const struct config *c, const char *user,
    bool *is_away_r, struct err *e)
{
	struct db *db;
	int	   rc;

	if (db_new(&db, c, user, e) == -1)
		return -1;
	rc = db_ping(db, e);
	db_free(&db);
	*is_away_r = rc == -1;
	if (rc == -1 && strstr(e->detail, "(1045)") != NULL)
		return blame(e, config_instance(c),
		    arena_printf(ctl->arena, "db-%s", user));
	err_clear(e);
	return 0;
}

int
node_secrets_check(struct ctl *ctl, struct app *app, struct err *e)
{
	const char	  *instance = config_instance(app->config);
	struct token_keys *keys = NULL;
	struct redis_reply pong;
	bool		   is_away = false;

	if (token_keys_load(&keys, instance, e) == -1)
		return blame(e, instance, "jwt");
	token_keys_free(&keys);
	if (policy_secret_load(app, e) == -1)
		return blame(e, instance, "csrf");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]) && !is_away;
	     i++)
		if (check_user(ctl, app->config, users[i], &is_away, e) == -1)
			return -1;
	if (redis_call(app->redis, ctl->arena, &pong, e, "PING") == -1 &&
	    strstr(e->detail, "secrets/redis") != NULL)
		return blame(e, instance, "redis");
	err_clear(e);
	return 0;
}
