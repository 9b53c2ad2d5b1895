/* SPDX-License-Identifier: MIT */
/* relay_world.c -- A relay between a real MariaDB and a real Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "data/db.h"
#include "data/redis.h"
#include "relay_world.h"
#include "servers.h"

int
relay_set_up(void **state)
{
	struct world	  *w = calloc(1, sizeof(*w));
	struct redis_reply reply;

	assert_int_equal(app_open(&w->app, "relay", servers->dir, &w->e), 0);
	w->a = arena_new(0);
	assert_int_equal(
	    redis_call(w->app->redis, w->a, &reply, &w->e, "FLUSHALL"), 0);
	assert_int_equal(
	    db_run_script(w->app->db, "TRUNCATE outbox", &w->e), 0);
	assert_int_equal(
	    bus_redis_new(&w->bus, w->app->config, w->app->redis, &w->e), 0);
	w->relay = relay_new(w->app, w->bus);
	*state = w;
	return 0;
}

int
relay_tear_down(void **state)
{
	struct world *w = *state;

	relay_free(&w->relay);
	bus_free(&w->bus);
	app_close(&w->app);
	arena_free(&w->a);
	free(w);
	return 0;
}

void
run(struct world *w, const char *sql)
{
	assert_int_equal(db_run_script(w->app->db, sql, &w->e), 0);
}
