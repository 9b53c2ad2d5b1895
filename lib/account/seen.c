/* SPDX-License-Identifier: MIT */
/*
 * seen.c -- Use case: people were there, and have left.
 *
 * An open socket that says nothing costs no row: of whoever has one it is
 * known that they are there.  When the last is gone, the moment that happened
 * is what others see; those who leave together are one commit.
 */
#include "account/account.h"
#include "account/store.h"
#include "data/app.h"
#include "data/db.h"

struct note {
	struct arena		  *arena;
	const struct account_seen *seen;
	size_t			   n;
};

static int
note_all(struct db *db, void *ctx, struct err *e)
{
	const struct note *note = ctx;

	return account_store_users_seen(
	    db, note->arena, note->seen, note->n, e);
}

int
account_seen(struct app *app, struct arena *a, const struct account_seen *seen,
    size_t n, struct err *e)
{
	struct note note = {a, seen, n};

	if (n < 2) /* commits by itself */
		return note_all(app->db, &note, e);
	return tx_run(app->db, note_all, &note, e);
}
