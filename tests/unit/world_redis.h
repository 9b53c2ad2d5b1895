/* SPDX-License-Identifier: MIT */
/* world_redis.h -- Redis as a test wants it; include a world's header first. */
#ifndef PARLEY_TESTS_WORLD_REDIS_H
#define PARLEY_TESTS_WORLD_REDIS_H

#include "data/redis.h"

/* One command, which must not fail. */
static inline void
redis(struct world *w, const char *command)
{
	struct redis_reply reply;

	assert_int_equal(
	    redis_call(w->app->redis, w->a, &reply, &w->e, command), 0);
	assert_int_not_equal(reply.type, REDIS_ERROR);
}

#endif
