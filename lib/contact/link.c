/* SPDX-License-Identifier: MIT */
/*
 * link.c -- Use cases: the link that somebody hands out to be added by.
 *
 * A person has one.  Its token is its number and a code over it by a secret of
 * the instance (policy/token.h), so it can be shown again and is not kept; a
 * new one is a new number.  It shows its owner, and opens the door of who
 * hides from search; it is no more than that: to ask is still to be answered.
 */
#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "contact/ask.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "policy/token.h"

#define PURPOSE "add"

static int
no_link(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "not_found",
	    "This link does not work (any more).");
}

int
contact_link_find(struct app *app, struct arena *a, uint64_t me,
    struct contact_link *link, struct err *e)
{
	int found = contact_store_link_of(app->db, a, me, link, e);

	if (found == 1)
		link->token = policy_token(app, a, PURPOSE, link->id);
	return found;
}

struct linking {
	uint64_t	     me;
	struct contact_link *link;
};

static int
make_body(struct db *db, void *ctx, struct err *e)
{
	struct linking *x = ctx;

	if (contact_store_own_lock(db, x->me, e) == -1 ||
	    contact_store_link_remove(db, x->me, e) == -1)
		return -1;
	return contact_store_link_add(db, x->me, x->link, e);
}

int
contact_link_make(struct app *app, struct arena *a, uint64_t me,
    struct contact_link *link, struct err *e)
{
	struct linking x = {me, link};

	*link = (struct contact_link){.created_ms = clock_ms()};
	if (tx_run(app->db, make_body, &x, e) == -1)
		return -1;
	link->token = policy_token(app, a, PURPOSE, link->id);
	return 0;
}

int
contact_link_revoke(struct app *app, uint64_t me, struct err *e)
{
	return contact_store_link_remove(app->db, me, e);
}

int
contact_link_owner(struct app *app, struct arena *a, uint64_t me,
    const char *token, uint64_t *user_id_r, struct err *e)
{
	struct contact_bond bond;
	struct user	    owner;
	uint64_t	    id;
	int		    found;

	if (!policy_token_check(app, a, PURPOSE, token, &id))
		return no_link(e);
	found = contact_store_link_owner(app->db, a, id, user_id_r, e);
	if (found == 1)
		found = account_find(app, a, *user_id_r, &owner, e);
	if (found != 1)
		return found == 0 ? no_link(e) : -1;
	if (me == 0 || me == *user_id_r)
		return 0;
	if (contact_bond_get(app, a, me, *user_id_r, &bond, e) == -1)
		return -1;
	return bond.blocked_by_them ? no_link(e) : 0;
}

int
contact_link_ask(struct app *app, struct arena *a, uint64_t me,
    const char *token, const char *note, const char *greeting,
    struct contact_request *r, struct err *e)
{
	uint64_t them = 0;

	if (contact_link_owner(app, a, me, token, &them, e) == -1)
		return -1;
	if (me == them)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "This is your own link: it is for others.");
	return request_send(app, a, me, them, note, greeting, true, r, e);
}
