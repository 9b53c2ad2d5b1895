/* SPDX-License-Identifier: MIT */
/*
 * refresh.c -- Use case: a refresh token for new tokens.
 *
 * RFC 9700, section 4.14.2: each is good once.  One that comes a second time
 * was stolen, from or by whoever holds its successor: the session ends.
 */
#include <string.h>

#include "account/grant.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"

struct refreshing {
	struct arena	  *arena;
	unsigned char	   hash[SHA256_SIZE];
	int64_t		   now_ms, expires_ms;
	struct refresh_row row;
	struct user_secret who;
	bool		   is_good, is_theft;
	const char	  *fresh;
};

/* Its end is to be kept, so it is no failure of the transaction. */
static int
end_stolen(struct db *db, struct refreshing *r, struct err *e)
{
	int ended = account_store_session_end(
	    db, r->row.session_id, r->row.user_id, r->now_ms, e);

	if (ended != 1)
		return ended;
	r->is_theft = true;
	return sessions_ending(
	    db, r->arena, r->row.user_id, &r->row.session_id, 1, r->now_ms, e);
}

static int
exchange(struct db *db, void *ctx, struct err *e)
{
	struct refreshing *r = ctx;
	int		   found;

	r->is_good = r->is_theft = false;
	found =
	    account_store_refresh(db, r->arena, r->hash, r->now_ms, &r->row, e);
	if (found != 1)
		return found;
	if (r->row.is_spent)
		return end_stolen(db, r, e);
	if (!r->row.is_alive)
		return 0;
	found = account_store_user(db, r->arena, r->row.user_id, &r->who, e);
	if (found != 1)
		return found;
	if (account_store_refresh_spend(db, r->hash, r->now_ms, e) == -1 ||
	    account_store_session_touch(
		db, r->row.session_id, r->now_ms, r->expires_ms, e) == -1)
		return -1;
	r->fresh =
	    grant_refresh_token(db, r->arena, r->row.session_id, r->now_ms, e);
	r->is_good = r->fresh != NULL;
	return r->fresh == NULL ? -1 : 0;
}

int
account_refresh(struct app *app, struct arena *a, const char *refresh_token,
    struct session_grant *grant, struct err *e)
{
	int64_t		  now = clock_ms();
	struct refreshing r = {.arena = a,
	    .now_ms = now,
	    .expires_ms = session_expires_ms(app, now)};

	sha256(refresh_token, strlen(refresh_token), r.hash);
	if (tx_run(app->db, exchange, &r, e) == -1)
		return -1;
	if (r.is_theft)
		sessions_ended(app, a, &r.row.session_id, 1);
	if (!r.is_good)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "The refresh token is spent or unknown.");
	if (grant_fill(app, a, &r.who.user, r.row.session_id, false, now, grant,
		e) == -1)
		return -1;
	grant->refresh_token = r.fresh;
	return 0;
}
