/* SPDX-License-Identifier: MIT */
/*
 * request.c -- Use case: somebody asks to be a contact.
 *
 * Between two people there is at most one open request; one that nobody
 * answered in time makes room.  Who asks somebody by whom they have been asked
 * has said yes.
 */
#include <inttypes.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/err.h"
#include "contact/accept.h"
#include "contact/ask.h"
#include "contact/event.h"
#include "contact/expire.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct asking {
	struct arena	       *arena;
	struct contact_request *request; /* from, to and the words are set */
	const struct people    *people;
	int64_t			now_ms, open_since_ms;
	bool			invited;
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
	    contact_store_bonds(db, x->arena, r->from_id, &r->to_id, 1,
		x->open_since_ms, &bond, e) == -1)
		return -1;
	asking =
	    contact_may_ask(&bond, to->id != 0, to->hidden && !x->invited, e);
	if (asking == ASKING_REFUSED)
		return -1;
	if (asking == ASKING_ACCEPTS)
		return cross(db, x, bond.request_id, e);
	if (bond.expired_id != 0 &&
	    request_expire_id(
		db, x->arena, bond.expired_id, x->people, x->now_ms, e) == -1)
		return -1;
	r->status = CONTACT_PENDING;
	if (contact_store_request_add(db, r, e) == -1)
		return -1;
	return contact_event_request(
	    db, x->arena, "request", r, x->people, x->now_ms, e);
}

int
request_send(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    const char *note, const char *greeting, bool invited,
    struct contact_request *r, struct err *e)
{
	const uint64_t ids[] = {me, them};
	struct people  people;
	struct asking  x = {
	     a, r, &people, clock_ms(), contact_open_since(app), invited};

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
contact_request_send(struct app *app, struct arena *a, uint64_t me,
    uint64_t them, const char *note, const char *greeting,
    struct contact_request *r, struct err *e)
{
	return request_send(app, a, me, them, note, greeting, false, r, e);
}

int
contact_request_list(struct app *app, struct arena *a, uint64_t me,
    bool incoming, enum contact_status status, const struct contact_page *page,
    struct contact_request **list_r, size_t *n_r, const char **next_r,
    struct err *e)
{
	const struct contact_request *last;
	int64_t			      before[] = {INT64_MAX, INT64_MAX};
	struct request_range	      range = {incoming, status, 0, 0, 0, 0};

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, before, 2, e) == -1)
		return -1;
	if (status == CONTACT_PENDING)
		range.since_ms = contact_open_since(app);
	range.before_ms = before[0];
	range.before_id = (uint64_t)before[1];
	range.limit = page->limit + 1;
	if (contact_store_request_page(
		app->db, a, me, &range, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		last = &(*list_r)[*n_r - 1];
		*next_r = arena_printf(
		    a, "%" PRId64 ".%" PRIu64, last->created_ms, last->id);
	}
	return 0;
}

int
contact_request_count(struct app *app, struct arena *a, uint64_t me,
    unsigned most, unsigned *n_r, struct err *e)
{
	return contact_store_request_count(
	    app->db, a, me, contact_open_since(app), most, n_r, e);
}
