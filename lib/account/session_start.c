/* SPDX-License-Identifier: MIT */
/*
 * session_start.c -- Use case: a session for who proved who they are.
 *
 * Its replay starts where the conversations stand, so the device's positions
 * are made in the same transaction.  One session more than session.max ends
 * the one that is unused for longest, and a few of those that have long been
 * over are forgotten: a user's rows stay bounded without a sweeper.
 */
#include "account/grant.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/positions.h"

enum { FORGET_AT_ONCE = 5 };

struct starting {
	struct arena  *arena;
	struct session session;
	const char    *password_hash; /* that let them in; NULL: none did */
	bool	       is_browser;
	int64_t	       max;
	const char    *refresh_token;
	uint64_t       ended; /* for the new one's sake; 0: none */
};

/* Ends the idlest session if there are as many as may be. */
static int
make_room(struct db *db, struct starting *s, struct err *e)
{
	uint64_t n, idlest;
	int	 ended;

	s->ended = 0;
	if (account_store_sessions_count(
		db, s->arena, s->session.user_id, &n, &idlest, e) == -1)
		return -1;
	if (n < (uint64_t)s->max)
		return 0;
	ended = account_store_session_end(
	    db, idlest, s->session.user_id, s->session.created_ms, e);
	if (ended != 1)
		return ended;
	s->ended = idlest;
	return sessions_ending(db, s->arena, s->session.user_id, &s->ended, 1,
	    s->session.created_ms, e);
}

/* Over for as long as a session may lie unused. */
static int
forget_old(struct db *db, struct starting *s, struct err *e)
{
	int64_t		idle_ms = s->session.expires_ms - s->session.created_ms;
	const uint64_t *ids;
	size_t		n;

	if (account_store_sessions_old(db, s->arena, s->session.user_id,
		s->session.created_ms - idle_ms, FORGET_AT_ONCE, &ids, &n,
		e) == -1)
		return -1;
	if (delivery_devices_end(db, s->arena, ids, n, e) == -1)
		return -1;
	return account_store_sessions_remove(db, s->arena, ids, n, e);
}

/* Under the lock that changing it takes: whoever is second sees the first. */
static int
check_password(struct db *db, struct starting *s, struct err *e)
{
	int found;

	if (s->password_hash == NULL)
		return 0;
	found = account_store_password_lock(
	    db, s->arena, s->session.user_id, s->password_hash, e);
	if (found == 0)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "Username or password is wrong.");
	return found == 1 ? 0 : -1;
}

static int
start(struct db *db, void *ctx, struct err *e)
{
	struct starting *s = ctx;

	if (check_password(db, s, e) == -1 || make_room(db, s, e) == -1 ||
	    forget_old(db, s, e) == -1 ||
	    account_store_session_add(db, &s->session, &s->session.id, e) ==
		-1 ||
	    delivery_device_start(db, s->session.id, s->session.user_id, e) ==
		-1)
		return -1;
	if (s->is_browser)
		return 0;
	s->refresh_token = grant_refresh_token(
	    db, s->arena, s->session.id, s->session.created_ms, e);
	return s->refresh_token == NULL ? -1 : 0;
}

int
account_session_start(struct app *app, struct arena *a, const struct user *user,
    const char *password_hash, const struct session_origin *origin,
    struct session_grant *grant, struct err *e)
{
	int64_t		now = clock_ms();
	struct starting s = {
	    .arena = a,
	    .session = {.user_id = user->id,
		.device = origin->device,
		.address = origin->address,
		.created_ms = now,
		.last_active_ms = now,
		.expires_ms = session_expires_ms(app, now)},
	    .password_hash = password_hash,
	    .is_browser = origin->is_browser,
	    .max = config_int(app->config, "session.max"),
	};

	if (tx_run(app->db, start, &s, e) == -1)
		return -1;
	if (s.ended != 0)
		sessions_ended(app, a, &s.ended, 1);
	if (grant_fill(app, a, user, s.session.id, origin->is_browser, now,
		grant, e) == -1)
		return -1;
	grant->refresh_token = s.refresh_token;
	return 0;
}
