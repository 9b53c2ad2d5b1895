/* SPDX-License-Identifier: MIT */
/*
 * session_end.c -- Use case: a session ends, everywhere at once.
 *
 * The row is what ends it.  In the same transaction an event promises that its
 * sockets are closed; after the commit Redis is told "dead" for longer than
 * any "alive" that a reader may still be writing (see alive.c).  A Redis that
 * hangs just then is told by deliver, with the event, as soon as it is back.
 */
#include "account/grant.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "data/redis.h"
#include "delivery/outbox.h"

enum { DEAD_S = 15 };

int
sessions_ending(struct db *db, struct arena *a, uint64_t user_id,
    const uint64_t *ids, size_t n, int64_t now_ms, struct err *e)
{
	static const char frame[] =
	    "{\"event\":\"session\",\"data\":{\"status\":\"ended\"}}";
	struct outbox_event *events = arena_alloc(a, n * sizeof *events);

	for (size_t i = 0; i < n; i++)
		events[i] = (struct outbox_event){.key = user_id,
		    .audience = OUTBOX_SESSION,
		    .users = {user_id},
		    .session_id = ids[i],
		    .frame = frame,
		    .frame_len = sizeof frame - 1};
	return n == 0 ? 0 : outbox_add(db, events, n, now_ms, e);
}

int
account_sessions_are_over(struct app *app, struct arena *a, const uint64_t *ids,
    size_t n, struct err *e)
{
	struct redis_reply *replies;
	size_t		    nreplies;

	for (size_t i = 0; i < n; i++)
		redis_queue(app->redis, "SET session:%llu dead EX %d",
		    (unsigned long long)ids[i], DEAD_S);
	return n == 0 ? 0 : redis_run(app->redis, a, &replies, &nreplies, e);
}

void
sessions_ended(struct app *app, struct arena *a, const uint64_t *ids, size_t n)
{
	struct err gone = {0};

	(void)account_sessions_are_over(app, a, ids, n, &gone);
	outbox_nudge(app);
}

struct ending {
	struct arena *arena;
	uint64_t      user_id, session_id;
	int64_t	      now_ms;
};

static int
end(struct db *db, void *ctx, struct err *e)
{
	struct ending *s = ctx;
	int	       ended = account_store_session_end(
		       db, s->session_id, s->user_id, s->now_ms, e);

	if (ended == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such open session.");
	if (ended == -1)
		return -1;
	return sessions_ending(
	    db, s->arena, s->user_id, &s->session_id, 1, s->now_ms, e);
}

int
account_session_end(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t session_id, struct err *e)
{
	struct ending s = {a, user_id, session_id, clock_ms()};

	if (tx_run(app->db, end, &s, e) == -1)
		return -1;
	sessions_ended(app, a, &session_id, 1);
	return 0;
}
