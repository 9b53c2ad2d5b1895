/* SPDX-License-Identifier: MIT */
/*
 * checks.c -- What an instance needs to be well, each thing by its name.
 *
 * Engines are asked, within their own time-outs; daemons are judged by their
 * heartbeats, so that one which hangs is found out, too.
 */
#include "checks.h"

#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "data/redis.h"
#include "delivery/health.h"

static bool
mysql_is_well(struct app *app, struct arena *arena)
{
	struct err e = {0};

	(void)arena;
	return db_ping(app->db, &e) == 0;
}

static bool
redis_is_well(struct app *app, struct arena *arena)
{
	struct redis_reply reply;
	struct err	   e = {0};

	return redis_call(app->redis, arena, &reply, &e, "PING") == 0 &&
	       reply.type == REDIS_STRING;
}

static bool
daemon_is_well(const struct app *app, const char *program)
{
	return health_is_well(config_instance(app->config), program);
}

static bool
relay_is_well(struct app *app, struct arena *arena)
{
	(void)arena;
	return daemon_is_well(app, "relay");
}

static bool
deliver_is_well(struct app *app, struct arena *arena)
{
	(void)arena;
	return daemon_is_well(app, "deliver");
}

static bool
push_is_well(struct app *app, struct arena *arena)
{
	(void)arena;
	return daemon_is_well(app, "push");
}

const struct check checks[] = {
    {"mysql", true, mysql_is_well},
    {"redis", false, redis_is_well},
    {"relay", false, relay_is_well},
    {"deliver", false, deliver_is_well},
    {"push", false, push_is_well},
};

const size_t nchecks = sizeof(checks) / sizeof(checks[0]);
