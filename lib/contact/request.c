/* SPDX-License-Identifier: MIT */
/*
 * request.c -- Use case: somebody asks to be a contact.
 *
 * Between two people there is at most one open request.  Who asks somebody by
 * whom they have been asked has said yes.
 */
#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/accept.h"
#include "contact/event.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct asking {
	struct arena	       *arena;
	struct contact_request *request; /* from, to and the words are set */
	const struct people    *people;
	int64_t			now_ms;
};

/* The other's request is accepted; this one is kept as accepted, too. */
static int
cross(struct db *db, const struct asking *x, uint64_t theirs, struct err *e)
{
	struct contact_request first = {0}, *mine = x->request;
	int		       found;

	found = contact_store_request_find(db, x->arena, theirs, &first, e);
	if (found == 0)
		return err_set(e, ERR_INTERNAL, "internal",
		    "An open request has gone under the lock of its pair.");
	if (found == -1 ||
	    request_accept(db, x->arena, &first, x->people, x->now_ms, e) == -1)
		return -1;
	mine->status = CONTACT_ACCEPTED;
	mine->conv_id = first.conv_id;
	if (contact_store_request_add(db, mine, e) == -1)
		return -1;
	return request_greet(db, x->arena, mine, x->people, x->now_ms, e);
}

static int
ask_body(struct db *db, void *ctx, struct err *e)
{
	struct asking	       *x = ctx;
	struct contact_request *r = x->request;
	const struct user      *to = &x->people->users[1];
	struct contact_bond	bond;
	enum contact_asking	asking;

	if (contact_pair_lock(db, r->from_id, r->to_id, e) == -1 ||
	    contact_store_bonds(
		db, x->arena, r->from_id, &r->to_id, 1, &bond, e) == -1)
		return -1;
	asking = contact_may_ask(&bond, to->id != 0, to->hidden, e);
	if (asking == ASKING_REFUSED)
		return -1;
	if (asking == ASKING_ACCEPTS)
		return cross(db, x, bond.request_id, e);
	r->status = CONTACT_PENDING;
	if (contact_store_request_add(db, r, e) == -1)
		return -1;
	return contact_event_request(
	    db, x->arena, "request", r, x->people, x->now_ms, e);
}

int
contact_request_send(struct app *app, struct arena *a, uint64_t me,
    uint64_t them, const char *note, const char *greeting,
    struct contact_request *r, struct err *e)
{
	const uint64_t ids[] = {me, them};
	struct people  people;
	struct asking  x = {a, r, &people, clock_ms()};

	if (me == them)
		err_field(e, "user_id", "self", "You cannot ask yourself.");
	if (contact_check_words(note, greeting, e) == -1 || me == them)
		return -1;
	*r = (struct contact_request){
	    .from_id = me,
	    .to_id = them,
	    .note = note != NULL ? note : "",
	    .greeting = greeting != NULL ? greeting : "",
	    .created_ms = x.now_ms,
	};
	if (people_load(app, a, ids, 2, &people, e) == -1)
		return -1;
	/* Nobody gets no row, not even that of a lock. */
	if (people.users[1].id == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	if (tx_run(app->db, ask_body, &x, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

int
contact_request_list(struct app *app, struct arena *a, uint64_t me,
    bool incoming, const struct contact_page *page,
    struct contact_request **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	int64_t before = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &before, 1, e) == -1)
		return -1;
	if (contact_store_request_page(app->db, a, me, incoming,
		(uint64_t)before, page->limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		*next_r = id_text(a, (*list_r)[*n_r - 1].id);
	}
	return 0;
}

int
contact_request_count(struct app *app, struct arena *a, uint64_t me,
    unsigned most, unsigned *n_r, struct err *e)
{
	return contact_store_request_count(app->db, a, me, most, n_r, e);
}
