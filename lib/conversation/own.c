/* SPDX-License-Identifier: MIT */
/*
 * own.c -- Use cases: somebody arranges their own view of a conversation.
 *
 * Pinned, muted, hidden, emptied: it is one member row, and only the user's
 * own devices hear of it.
 */
#include "base/clock.h"
#include "base/err.h"
#include "conversation/event.h"
#include "conversation/store.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "sync/sync.h"

struct configuring {
	struct arena			   *arena;
	struct conversation_viewer	    viewer;
	const struct conversation_settings *settings;
	struct conversation		   *conversation; /* in: its id */
	int64_t				    now_ms;
};

static int
configure_body(struct db *db, void *ctx, struct err *e)
{
	struct configuring  *x = ctx;
	struct conversation *c = x->conversation;
	uint64_t	     me = x->viewer.user_id;

	if (c->type == CONVERSATION_WORLD &&
	    conversation_store_world_row(db, c->id, &x->viewer, x->now_ms, e) ==
		-1)
		return -1;
	if (conversation_store_configure(db, me, c->id, x->settings, e) == -1)
		return -1;
	return conversation_event_own(
	    db, x->arena, &x->viewer, c->id, x->now_ms, c, e);
}

int
conversation_configure(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, const struct conversation_settings *settings,
    struct conversation *c, struct err *e)
{
	struct configuring x = {a, {0}, settings, c, clock_ms()};

	if (conversation_viewer_get(app, a, user_id, &x.viewer, e) == -1 ||
	    conversation_get(app, a, user_id, conv_id, c, e) == -1)
		return -1;
	if (settings->pinned == NULL && settings->muted == NULL &&
	    settings->hidden == NULL && settings->marked == NULL &&
	    settings->silent_until_ms == NULL)
		return 0;
	if (conversation_settings_check(settings, x.now_ms, e) == -1)
		return -1;
	if (tx_run(app->db, configure_body, &x, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

static uint64_t
lower(uint64_t x, uint64_t y)
{
	return x < y ? x : y;
}

static uint64_t
higher(uint64_t x, uint64_t y)
{
	return x < y ? y : x;
}

int
conversation_direct_clear(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t peer_id, int64_t now_ms, struct err *e)
{
	const struct conversation_viewer v = {user_id, 0, false};
	struct conversation		 c;
	uint64_t			 id;
	int				 found;

	found = conversation_store_direct_lock(
	    db, a, lower(user_id, peer_id), higher(user_id, peer_id), &id, e);
	if (found != 1)
		return found;
	if (conversation_store_clear(db, user_id, id, e) == -1)
		return -1;
	return conversation_event_own(db, a, &v, id, now_ms, &c, e);
}

int
conversation_direct_farewell(struct db *db, struct arena *a, uint64_t user_id,
    int64_t now_ms, struct err *e)
{
	enum { MANY = 20000 };
	struct sync_place *places;
	size_t		   n;

	if (conversation_store_part(db, user_id, e) == -1 ||
	    conversation_places(db, a, user_id, MANY, &places, &n, e) == -1 ||
	    sync_mark_many(db, a, places, n, e) == -1)
		return -1;
	return conversation_event_each(db, a, "updated", places, n, now_ms, e);
}

int
conversation_direct_retitled(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t peer_id, int64_t now_ms, struct err *e)
{
	const struct conversation_viewer v = {user_id, 0, false};
	struct conversation		 c;
	uint64_t			 id;
	int				 found;

	found = conversation_store_direct(
	    db, a, lower(user_id, peer_id), higher(user_id, peer_id), &id, e);
	if (found != 1)
		return found;
	return conversation_event_own(db, a, &v, id, now_ms, &c, e);
}
