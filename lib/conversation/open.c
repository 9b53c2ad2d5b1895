/* SPDX-License-Identifier: MIT */
/*
 * open.c -- Use case: two people get their direct conversation.
 *
 * There is one for each pair, for ever: the unique key (lower id, higher id)
 * decides a race, and whoever lost it takes the winner's.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "contact/contact.h"
#include "conversation/event.h"
#include "conversation/rules.h"
#include "conversation/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

int
conversation_direct_open(struct db *db, struct arena *a, uint64_t x, uint64_t y,
    int64_t now_ms, uint64_t *conv_id_r, bool *created_r, struct err *e)
{
	uint64_t low = x < y ? x : y, high = x < y ? y : x;
	bool	 created = false;
	int	 found;

	found = conversation_store_direct_lock(db, a, low, high, conv_id_r, e);
	if (found == 0) {
		created = conversation_store_direct_add(
			      db, low, high, now_ms, conv_id_r, e) == 0;
		if (!created && e->kind == ERR_CONFLICT) {
			err_clear(e);
			found = conversation_store_direct_lock(
			    db, a, low, high, conv_id_r, e);
		}
	}
	if (!created && found != 1)
		return -1;
	if (created &&
	    conversation_event_created(db, a, *conv_id_r, now_ms, e) == -1)
		return -1;
	if (created_r != NULL)
		*created_r = created;
	return 0;
}

bool
conversation_is_open_house(const struct app *app)
{
	return strcmp(config_str(app->config, "direct.policy"), "anyone") == 0;
}

struct conversation_standing
conversation_standing_of(const struct app *app, const struct conversation *c)
{
	return (struct conversation_standing){
	    .type = c->type,
	    .status = c->status,
	    .join_policy = c->shared.join_policy,
	    .muted_all = c->shared.muted_all,
	    .slow_mode_s = c->shared.slow_mode_s,
	    .role = c->role,
	    .permissions = c->permissions,
	    .muted_until_ms = c->muted_until_ms,
	    .last_sent_ms = c->last_sent_ms,
	    .is_site_admin = c->is_site_admin,
	    .bond = c->bond,
	    .is_open_house = conversation_is_open_house(app),
	};
}

int
conversation_may_say(const struct app *app, const struct conversation *c,
    int64_t now_ms, struct err *e)
{
	struct conversation_standing s = conversation_standing_of(app, c);

	/* Slow mode passes by itself: it takes the form from nobody. */
	s.last_sent_ms = 0;
	return conversation_may(&s, ACTION_SEND, now_ms, e);
}

unsigned
conversation_pace(const struct app *app, const struct conversation *c,
    int64_t now_ms, unsigned *wait_s_r)
{
	const struct conversation_standing s = conversation_standing_of(app, c);

	return conversation_pace_of(&s, now_ms, wait_s_r);
}

int
conversation_direct_settle(struct db *db, uint64_t x, uint64_t y,
    const struct conversation_bond *bond, struct err *e)
{
	return conversation_store_settle(
	    db, x < y ? x : y, x < y ? y : x, bond, e);
}

static int
pair_load(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    struct conversation_pair *pair, struct err *e)
{
	struct contact_bond bond = {0};
	struct user	    user;
	int		    found;

	*pair = (struct conversation_pair){.is_self = me == them};
	if (pair->is_self)
		return 0;
	found = account_find(app, a, them, &user, e);
	if (found == -1 || contact_bond_get(app, a, me, them, &bond, e) == -1)
		return -1;
	pair->may_find = found == 1 && contact_may_find(&bond, user.hidden);
	pair->bond.is_blocked = found == 1 && contact_is_barred(&bond);
	pair->bond.is_contact = bond.is_contact;
	pair->is_open_house = conversation_is_open_house(app);
	return 0;
}

struct opening {
	struct arena *arena;
	uint64_t      me, them;
	int64_t	      now_ms;
	uint64_t     *conv_id_r;
	bool	     *created_r;
};

/* Under the lock of the pair what they are cannot change meanwhile. */
static int
open_body(struct db *db, void *ctx, struct err *e)
{
	struct opening *o = ctx;

	if (contact_pair_lock(db, o->me, o->them, e) == -1 ||
	    conversation_direct_open(db, o->arena, o->me, o->them, o->now_ms,
		o->conv_id_r, o->created_r, e) == -1)
		return -1;
	return contact_pair_settle(db, o->arena, o->me, o->them, e);
}

int
conversation_open(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    uint64_t *conv_id_r, bool *created_r, struct err *e)
{
	struct conversation_pair pair;
	struct opening o = {a, me, them, clock_ms(), conv_id_r, created_r};
	int	       found;

	if (pair_load(app, a, me, them, &pair, e) == -1 ||
	    conversation_may_open(&pair, e) == -1)
		return -1;
	*created_r = false;
	found = conversation_direct_find(app, a, me, them, conv_id_r, e);
	if (found != 0)
		return found == 1 ? 0 : -1;
	if (tx_run(app->db, open_body, &o, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
