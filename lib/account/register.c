/* SPDX-License-Identifier: MIT */
/*
 * register.c -- Use case: somebody new.
 *
 * The unique key decides who was first with a username, not a look beforehand.
 */
#include <string.h>

#include "account/names.h"
#include "account/password.h"
#include "account/register.h"
#include "account/rules.h"
#include "account/store.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"

static bool
is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

/* What may be left empty is as good as not given. */
static struct account_registration
tidied(const struct account_registration *in)
{
	struct account_registration clean = *in;

	if (is_empty(clean.display_name))
		clean.display_name = NULL;
	if (is_empty(clean.email))
		clean.email = NULL;
	if (clean.locale == NULL)
		clean.locale = "";
	return clean;
}

void
account_registration_judge(
    struct app *app, const struct account_registration *given, struct err *e)
{
	const struct account_registration in = tidied(given);
	const struct password_owner	  owner = {
		  in.username, in.display_name, in.email};

	(void)username_check(in.username, e);
	(void)password_check("password", in.password, &owner,
	    (int)config_int(app->config, "password.min_score"), e);
	(void)display_name_check(in.display_name, e);
	(void)email_check(in.email, e);
	(void)locale_check(in.locale, e);
}

int
new_user_make(struct app *app, struct arena *a,
    const struct account_registration *in, struct new_user *new, struct err *e)
{
	struct account_registration clean = tidied(in);

	account_registration_judge(app, in, e);
	if (e->kind != ERR_NONE)
		return -1;
	clean.username = username_fold(a, in->username);
	if (clean.display_name == NULL)
		clean.display_name = in->username;
	*new = (struct new_user){.fields = clean, .now_ms = clock_ms()};
	if (conversation_world_seq(app, a, &new->world_seq, e) == -1)
		return -1;
	new->password_hash =
	    password_hash(a, password_cost_of(app->config), in->password, e);
	return new->password_hash == NULL ? -1 : 0;
}

int
new_user_add(
    struct db *db, struct arena *a, struct new_user *new, struct err *e)
{
	if (account_store_user_add(db, &new->fields, new->password_hash,
		new->now_ms, new->world_seq, &new->id, e) == 0)
		return names_put(db, a, new->id, new->fields.username,
		    new->fields.display_name, e);
	if (e->kind != ERR_CONFLICT)
		return -1;
	err_clear(e);
	(void)err_field(e, "username", "taken", "This username is taken.");
	return err_set(e, ERR_CONFLICT, "conflict", "This username is taken.");
}

struct registering {
	struct arena *arena;
	struct new_user new;
	struct user_secret made;
};

static int
add(struct db *db, void *ctx, struct err *e)
{
	struct registering *r = ctx;
	int		    found;

	if (new_user_add(db, r->arena, &r->new, e) == -1)
		return -1;
	found = account_store_user(db, r->arena, r->new.id, &r->made, e);
	if (found == 0)
		return err_set(
		    e, ERR_INTERNAL, "internal", "a new user is gone");
	return found == 1 ? 0 : -1;
}

int
account_register(struct app *app, struct arena *a,
    const struct account_registration *in, struct user *user, struct err *e)
{
	struct registering r = {.arena = a};

	if (!in->is_invited &&
	    strcmp(config_str(app->config, "registration.mode"), "open") != 0)
		return err_set(
		    e, ERR_FORBIDDEN, "forbidden", "Registration is closed.");
	if (new_user_make(app, a, in, &r.new, e) == -1 ||
	    tx_run(app->db, add, &r, e) == -1)
		return -1;
	*user = r.made.user;
	return 0;
}
