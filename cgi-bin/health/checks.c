/* SPDX-License-Identifier: MIT */
/*
 * checks.c -- What an instance needs to be well, each thing by its name.
 *
 * Engines are asked, within their own time-outs; daemons are judged by their
 * heartbeats, so that one which hangs is found out, too.  Whether the bus can
 * be used is known to those who use it, and a write to Redis tells of a bus
 * there that nobody has needed yet: full, or a replica, it answers PING as
 * ever.
 */
#include "checks.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "data/redis.h"

enum { STATE_BITS = 2, STATE_MASK = (1 << STATE_BITS) - 1 };

static enum health
look_database(struct app *app, struct arena *arena, const char **why_r)
{
	struct err e = {0};

	if (db_ping(app->db, &e) == 0)
		return HEALTH_OK;
	*why_r = arena_strdup(arena, e.detail);
	return HEALTH_DOWN;
}

/* A key of its own that goes away by itself. */
static enum health
look_redis(struct app *app, struct arena *arena, const char **why_r)
{
	struct redis_reply reply;
	struct err	   e = {0};

	if (redis_call(app->redis, arena, &reply, &e,
		"SET health:probe 1 PX 10000") == -1) {
		*why_r = arena_strdup(arena, e.detail);
		return HEALTH_DOWN;
	}
	if (reply.type != REDIS_ERROR)
		return HEALTH_OK;
	*why_r = arena_printf(arena, "Redis: %s", reply.str);
	return HEALTH_DEGRADED;
}

static enum health
look_daemon(struct app *app, struct arena *arena, const char *program,
    const char **why_r)
{
	char	    trouble[HEALTH_TROUBLE_SIZE];
	enum health state =
	    health_of(config_instance(app->config), program, trouble);

	if (state != HEALTH_OK)
		*why_r = arena_strdup(arena, trouble);
	return state;
}

static enum health
look_bus(struct app *app, struct arena *arena, const char **why_r)
{
	static const char *const users[] = {"relay", "deliver"};

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (look_daemon(app, arena, users[i], why_r) ==
			HEALTH_DEGRADED &&
		    strncmp(*why_r, "bus: ", 5) == 0) {
			*why_r += 5;
			return HEALTH_DOWN;
		}
	*why_r = NULL;
	if (strcmp(config_str(app->config, "bus.driver"), "redis") == 0 &&
	    look_redis(app, arena, why_r) != HEALTH_OK)
		return HEALTH_DOWN;
	return HEALTH_OK;
}

static enum health
look_relay(struct app *app, struct arena *arena, const char **why_r)
{
	return look_daemon(app, arena, "relay", why_r);
}

static enum health
look_deliver(struct app *app, struct arena *arena, const char **why_r)
{
	return look_daemon(app, arena, "deliver", why_r);
}

static enum health
look_push(struct app *app, struct arena *arena, const char **why_r)
{
	return look_daemon(app, arena, "push", why_r);
}

static enum health
look_writer(struct app *app, struct arena *arena, const char **why_r)
{
	return look_daemon(app, arena, "writer", why_r);
}

const struct check checks[] = {
    {"database", true, METRIC_STATE_DATABASE, look_database},
    {"redis", false, METRIC_STATE_REDIS, look_redis},
    {"bus", false, METRIC_STATE_BUS, look_bus},
    {"relay", false, METRIC_STATE_RELAY, look_relay},
    {"deliver", false, METRIC_STATE_DELIVER, look_deliver},
    {"push", false, METRIC_STATE_PUSH, look_push},
    {"writer", false, METRIC_STATE_WRITER, look_writer},
};

const size_t nchecks = sizeof(checks) / sizeof(checks[0]);

bool
checks_resume(const struct app *app)
{
	int64_t seen = metric_get(METRIC_STATE_LOOKED), now = clock_ms();

	metric_set(METRIC_STATE_LOOKED, now);
	return now - seen <= config_int(app->config, "health.unwatched_ms");
}

bool
check_now(const struct check *check, struct app *app, struct arena *arena,
    bool is_watched, struct finding *found)
{
	int64_t seen = metric_get(check->metric), now = clock_ms();

	*found = (struct finding){0};
	if (check->look == look_writer &&
	    !health_is_known(config_instance(app->config), "writer"))
		return false;
	found->state = check->look(app, arena, &found->why);
	if (!is_watched || seen == 0 ||
	    (seen & STATE_MASK) != (int64_t)found->state) {
		(void)metric_swap(check->metric, seen,
		    now << STATE_BITS | (int64_t)found->state);
		seen = metric_get(check->metric);
	}
	found->since_ms = seen >> STATE_BITS;
	return true;
}
