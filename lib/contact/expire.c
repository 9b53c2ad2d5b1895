/* SPDX-License-Identifier: MIT */
/*
 * expire.c -- Requests that nobody answered in time.
 *
 * A request is over by its age, whatever its row says, so nothing has to
 * happen at that moment and nobody waits for it.  The row says so, and both
 * sides are told, when one of them next reads the lists, asks anew, or tries
 * to decide.
 */
#include "contact/expire.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "contact/event.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

enum { SOME = 20 };

int64_t
contact_open_since(const struct app *app)
{
	return clock_ms() - contact_request_life_ms(app);
}

int
request_expire(struct db *db, struct arena *a, struct contact_request *r,
    const struct people *people, int64_t now_ms, struct err *e)
{
	r->status = CONTACT_EXPIRED;
	if (contact_store_request_decide(
		db, r->id, CONTACT_EXPIRED, now_ms, e) == -1)
		return -1;
	return contact_event_request(db, a, "expired", r, people, now_ms, e);
}

int
request_expire_id(struct db *db, struct arena *a, uint64_t id,
    const struct people *people, int64_t now_ms, struct err *e)
{
	struct contact_request r;
	int found = contact_store_request_find(db, a, id, &r, e);

	if (found != 1 || r.status != CONTACT_PENDING)
		return found == -1 ? -1 : 0;
	return request_expire(db, a, &r, people, now_ms, e);
}

struct expiring {
	struct arena		     *arena;
	const struct contact_request *request;
	const struct people	     *people;
	int64_t			      now_ms;
};

static int
expire_body(struct db *db, void *ctx, struct err *e)
{
	struct expiring *x = ctx;

	if (contact_pair_lock(db, x->request->from_id, x->request->to_id, e) ==
	    -1)
		return -1;
	return request_expire_id(
	    db, x->arena, x->request->id, x->people, x->now_ms, e);
}

int
contact_requests_expire(
    struct app *app, struct arena *a, uint64_t me, struct err *e)
{
	const uint64_t	       *ids;
	struct contact_request *list;
	size_t			n, nlist;

	if (contact_store_overdue(app->db, a, me, contact_open_since(app), SOME,
		&ids, &n, e) == -1)
		return -1;
	if (n == 0)
		return 0;
	if (contact_store_requests(app->db, a, ids, n, &list, &nlist, e) == -1)
		return -1;
	for (size_t i = 0; i < nlist; i++) {
		const uint64_t	both[] = {list[i].from_id, list[i].to_id};
		struct people	people;
		struct expiring x = {a, &list[i], &people, clock_ms()};

		if (people_load(app, a, both, 2, &people, e) == -1 ||
		    tx_run(app->db, expire_body, &x, e) == -1)
			return -1;
	}
	outbox_nudge(app);
	return 0;
}
