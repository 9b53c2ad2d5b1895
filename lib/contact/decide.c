/* SPDX-License-Identifier: MIT */
/*
 * decide.c -- Use cases: a request is accepted, rejected or withdrawn.
 *
 * What its state is, is asked again under the lock of the pair: of two who
 * decide at once, one decides; and who comes too late only says so.
 */
#include "account/account.h"
#include "base/clock.h"
#include "base/err.h"
#include "contact/accept.h"
#include "contact/event.h"
#include "contact/expire.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct decision {
	struct arena	       *arena;
	uint64_t		me;
	struct contact_request *request;
	enum contact_status	to;
	const struct people    *people;
	int64_t			now_ms, open_since_ms;
	struct err		late; /* it was over */
};

static int
no_request(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such request.");
}

static int
request_get(struct db *db, struct arena *a, uint64_t id,
    struct contact_request *r, struct err *e)
{
	int found = contact_store_request_find(db, a, id, r, e);

	if (found == 0)
		return no_request(e);
	return found == -1 ? -1 : 0;
}

static int
decide_body(struct db *db, void *ctx, struct err *e)
{
	struct decision	       *d = ctx;
	struct contact_request *r = d->request;

	if (contact_pair_lock(db, r->from_id, r->to_id, e) == -1 ||
	    request_get(db, d->arena, r->id, r, e) == -1)
		return -1;
	if (contact_is_overdue(r, d->open_since_ms)) {
		(void)contact_may_decide(
		    r, d->me, d->to, d->open_since_ms, &d->late);
		return request_expire(db, d->arena, r, d->people, d->now_ms, e);
	}
	if (contact_may_decide(r, d->me, d->to, d->open_since_ms, e) == -1)
		return -1;
	if (d->to == CONTACT_ACCEPTED)
		return request_accept(db, d->arena, r, d->people, d->now_ms, e);
	r->status = d->to;
	if (contact_store_request_decide(db, r->id, d->to, d->now_ms, e) == -1)
		return -1;
	return contact_event_request(db, d->arena,
	    d->to == CONTACT_REJECTED ? "rejected" : "cancelled", r, d->people,
	    d->now_ms, e);
}

static int
request_decide(struct app *app, struct arena *a, uint64_t me, uint64_t id,
    enum contact_status to, struct contact_request *r, struct err *e)
{
	struct people	people;
	struct decision d = {
	    a, me, r, to, &people, clock_ms(), contact_open_since(app), {0}};
	uint64_t ids[2];

	if (request_get(app->db, a, id, r, e) == -1)
		return -1;
	ids[0] = r->from_id;
	ids[1] = r->to_id;
	if (people_load(app, a, ids, 2, &people, e) == -1)
		return -1;
	/* Whoever has left takes their requests along. */
	if (people.users[0].id == 0 || people.users[1].id == 0)
		return no_request(e);
	/* One that is over is said to be so, by whom it concerns. */
	if (contact_may_decide(r, me, to, d.open_since_ms, e) == -1 &&
	    (e->kind != ERR_CONFLICT ||
		!contact_is_overdue(r, d.open_since_ms)))
		return -1;
	err_clear(e);
	if (tx_run(app->db, decide_body, &d, e) == -1)
		return -1;
	outbox_nudge(app);
	if (d.late.kind == ERR_NONE)
		return 0;
	*e = d.late;
	return -1;
}

int
contact_request_accept(struct app *app, struct arena *a, uint64_t me,
    uint64_t id, struct contact_request *r, struct err *e)
{
	return request_decide(app, a, me, id, CONTACT_ACCEPTED, r, e);
}

int
contact_request_reject(struct app *app, struct arena *a, uint64_t me,
    uint64_t id, struct contact_request *r, struct err *e)
{
	return request_decide(app, a, me, id, CONTACT_REJECTED, r, e);
}

int
contact_request_cancel(
    struct app *app, struct arena *a, uint64_t me, uint64_t id, struct err *e)
{
	struct contact_request r;

	return request_decide(app, a, me, id, CONTACT_CANCELLED, &r, e);
}
