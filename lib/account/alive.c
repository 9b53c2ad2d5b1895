/* SPDX-License-Identifier: MIT */
/*
 * alive.c -- Does a session still live?
 *
 * MariaDB knows.  Redis remembers its "yes" for 5 s under session:{id}, set
 * only where nothing stands, so that the "dead" of who ends a session (15 s,
 * after the commit) is never written over by a reader who looked before.
 * Whoever asks MariaDB also sees when the session was last used, and notes the
 * new time if that is a minute ago; so activity costs no query of its own.
 */
#include <string.h>

#include "account/grant.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "data/app.h"
#include "data/redis.h"

enum { ALIVE_S = 5, TOUCH_MS = 60000 };

void
account_session_ask(struct app *app, uint64_t session_id)
{
	redis_queue(
	    app->redis, "GET session:%llu", (unsigned long long)session_id);
}

/* That it could not be noted is no reason to turn the caller away. */
static void
touch(struct app *app, uint64_t session_id, int64_t now_ms)
{
	struct err e = {0};

	if (account_store_session_touch(app->db, session_id, now_ms,
		session_expires_ms(app, now_ms), &e) == -1)
		log_err("session.touch", &e);
}

static void
remember(struct app *app, struct arena *a, uint64_t session_id)
{
	struct redis_reply reply;
	struct err	   gone = {0};

	(void)redis_call(app->redis, a, &reply, &gone,
	    "SET session:%llu alive EX %d NX", (unsigned long long)session_id,
	    ALIVE_S);
}

int
account_session_judge(struct app *app, struct arena *a, uint64_t session_id,
    uint64_t user_id, const struct redis_reply *reply, struct err *e)
{
	int64_t now = clock_ms(), last_active;
	int	alive;

	if (reply != NULL && reply->type == REDIS_STRING)
		return strcmp(reply->str, "alive") == 0;
	alive = account_store_session_alive(
	    app->db, a, session_id, user_id, now, &last_active, e);
	if (alive != 1)
		return alive;
	if (reply != NULL)
		remember(app, a, session_id);
	if (now - last_active >= TOUCH_MS)
		touch(app, session_id, now);
	return 1;
}

int
account_session_alive(
    struct app *app, uint64_t session_id, uint64_t user_id, struct err *e)
{
	struct arena	   *a = arena_new(0);
	struct redis_reply *reply = NULL;
	struct err	    gone = {0};
	size_t		    n;
	int		    alive;

	account_session_ask(app, session_id);
	if (redis_run(app->redis, a, &reply, &n, &gone) == -1)
		reply = NULL;
	alive = account_session_judge(app, a, session_id, user_id, reply, e);
	arena_free(&a);
	return alive;
}
