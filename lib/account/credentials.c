/* SPDX-License-Identifier: MIT */
/*
 * credentials.c -- Use cases that ask for the password again: changing it, and
 * deleting the account.
 *
 * Both end sessions in the transaction that changes the user.  Wrong guesses
 * are counted, for a stolen session must not serve to find the password.
 */
#include "account/grant.h"
#include "account/known.h"
#include "account/names.h"
#include "account/password.h"
#include "account/rules.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "contact/contact.h"
#include "conversation/group.h"
#include "data/app.h"
#include "data/db.h"
#include "policy/rate.h"

struct closing {
	struct arena   *arena;
	uint64_t	id, except;
	const char     *old_hash, *new_hash; /* NULL: the account goes */
	int64_t		now_ms;
	struct app     *app;
	const uint64_t *ended;
	size_t		nended;
	bool		is_in; /* a group since the farewell */
};

static int
user_get(struct app *app, struct arena *a, uint64_t id, struct user_secret *who,
    struct err *e)
{
	int found = account_store_user(app->db, a, id, who, e);

	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return found == 1 ? 0 : -1;
}

/* Is it the user's password?  If not, the field is at fault. */
static int
prove(struct app *app, struct arena *a, const struct user_secret *who,
    const char *field, const char *password, struct err *e)
{
	const struct rate_limit limit = {"guess_own",
	    arena_printf(a, "u%llu", (unsigned long long)who->user.id),
	    config_int(app->config, "login.failures_account"),
	    config_int(app->config, "login.window_s")};

	if (password == NULL || *password == '\0')
		return err_field(
		    e, field, "required", "The password is needed.");
	if (rate_take(app, a, &limit, 1, e) == -1)
		return -1;
	if (!password_matches(
		a, password_cost_of(app->config), who->password_hash, password))
		return err_field(
		    e, field, "wrong", "This is not the password.");
	rate_give_back(app, a, &limit, 1);
	return 0;
}

static int
sessions_close(struct db *db, struct closing *c, struct err *e)
{
	if (account_store_sessions_end(db, c->arena, c->id, c->except,
		c->now_ms, &c->ended, &c->nended, e) == -1)
		return -1;
	return sessions_ending(
	    db, c->arena, c->id, c->ended, c->nended, c->now_ms, e);
}

static int
change(struct db *db, void *ctx, struct err *e)
{
	struct closing *c = ctx;
	int		set =
	    account_store_password_set(db, c->id, c->old_hash, c->new_hash, e);

	if (set == 0)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "The password was changed elsewhere just now.");
	return set == -1 ? -1 : sessions_close(db, c, e);
}

int
account_password_change(struct app *app, struct arena *a, uint64_t id,
    uint64_t session_id, const char *old_password, const char *new_password,
    struct err *e)
{
	struct closing c = {
	    .arena = a, .id = id, .except = session_id, .now_ms = clock_ms()};
	struct password_owner owner;
	struct user_secret    who;

	if (user_get(app, a, id, &who, e) == -1)
		return -1;
	owner = (struct password_owner){
	    who.user.username, who.user.display_name, who.user.email};
	(void)password_check("new_password", new_password, &owner,
	    (int)config_int(app->config, "password.min_score"), e);
	if (prove(app, a, &who, "old_password", old_password, e) == -1 ||
	    e->kind != ERR_NONE)
		return -1;
	c.old_hash = who.password_hash;
	c.new_hash =
	    password_hash(a, password_cost_of(app->config), new_password, e);
	if (c.new_hash == NULL || tx_run(app->db, change, &c, e) == -1)
		return -1;
	sessions_ended(app, a, c.ended, c.nended);
	return 0;
}

/* Whoever comes in holds the account: it has happened by now, or never will. */
static int
check_is_out(struct db *db, struct closing *c, struct err *e)
{
	int any = group_has_any(db, c->arena, c->id, e);

	c->is_in = any == 1;
	if (any == 1)
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "Groups are being entered all the time; try again.");
	return any;
}

static int delete (struct db *db, void *ctx, struct err *e)
{
	struct closing	  *c = ctx;
	struct user_secret who;
	int found = account_store_user(db, c->arena, c->id, &who, e);

	if (found == 1)
		found = account_store_user_delete(db, c->id, e);
	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	known_forget(c->arena);
	if (found == -1 || names_forget(db, c->id, e) == -1 ||
	    check_is_out(db, c, e) == -1 || group_forget(db, c->id, e) == -1 ||
	    contact_farewell(c->app, db, c->arena, &who.user, c->now_ms, e) ==
		-1)
		return -1;
	return sessions_close(db, c, e);
}

enum { FAREWELLS = 32 }; /* from groups that were entered meanwhile */

int
account_delete(struct app *app, struct arena *a, uint64_t id,
    const char *password, struct err *e)
{
	struct closing c = {
	    .app = app, .arena = a, .id = id, .now_ms = clock_ms()};
	struct user_secret who;

	if (password != NULL &&
	    (user_get(app, a, id, &who, e) == -1 ||
		prove(app, a, &who, "password", password, e) == -1))
		return -1;
	/* Groups first, for one without its owner would be nobody's. */
	for (int i = 0; i < FAREWELLS; i++) {
		err_clear(e);
		c.is_in = false;
		if (group_farewell(app, a, id, e) == -1)
			return -1;
		if (tx_run(app->db, delete, &c, e) == 0) {
			sessions_ended(app, a, c.ended, c.nended);
			return 0;
		}
		if (!c.is_in)
			return -1;
	}
	return -1;
}
