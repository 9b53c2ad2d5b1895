/* SPDX-License-Identifier: MIT */
/*
 * farewell.c -- Use case: somebody's account goes, and leaves others' lists.
 *
 * Contacts, requests and blocks end for both sides as if each had ended them;
 * what was said stays.  Who becomes a contact meanwhile waits for the user's
 * row, which the caller has locked, and then finds nobody (see accept.c).
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "contact/event.h"
#include "contact/store.h"
#include "conversation/sync.h"
#include "data/db.h"

/* More can nobody have; a row left over is one that no list shows. */
enum { PLACES_MAX = 20000 };

struct parting {
	struct app	  *app;
	struct db	  *db;
	struct arena	  *arena;
	const struct user *who;
	int64_t		   now_ms;
};

/* The open requests, with both people in them, for one of them is gone. */
static int
end_requests(struct parting *x, const uint64_t *ids, size_t n, struct err *e)
{
	struct contact_request *list;
	size_t			nlist;

	if (contact_store_requests(x->db, x->arena, ids, n, &list, &nlist, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < nlist; i++) {
		struct contact_request *r = &list[i];
		bool			is_mine = r->from_id == x->who->id;
		const uint64_t		both[] = {r->from_id, r->to_id};
		struct people		people;

		r->status = is_mine ? CONTACT_CANCELLED : CONTACT_REJECTED;
		if (people_load(x->app, x->arena, both, 2, &people, e) == -1)
			return -1;
		people.users[is_mine ? 0 : 1] = *x->who;
		if (contact_store_request_decide(
			x->db, r->id, r->status, x->now_ms, e) == -1 ||
		    contact_event_request(x->db, x->arena,
			is_mine ? "cancelled" : "rejected", r, &people,
			x->now_ms, e) == -1)
			return -1;
	}
	return 0;
}

/* One kind of place: its contacts or blocks, each told to its owner. */
static int
tell(struct parting *x, const struct sync_place *p, struct err *e)
{
	return contact_event_person(x->db, x->arena, p->user_id,
	    p->kind == SYNC_CONTACT ? "deleted" : "unblocked", p->kind, p->ref,
	    x->now_ms, e);
}

int
contact_farewell(struct app *app, struct db *db, struct arena *a,
    const struct user *who, int64_t now_ms, struct err *e)
{
	struct parting	   x = {app, db, a, who, now_ms};
	struct sync_place *places;
	uint64_t	  *requests;
	size_t		   n, nrequests = 0;

	if (contact_store_places(
		db, a, who->id, true, PLACES_MAX, &places, &n, e) == -1)
		return -1;
	requests = arena_alloc(a, n * sizeof(*requests));
	for (size_t i = 0; i < n; i++)
		if (places[i].kind == SYNC_REQUEST &&
		    places[i].user_id != who->id)
			requests[nrequests++] = places[i].ref;
	if (end_requests(&x, requests, nrequests, e) == -1 ||
	    contact_store_farewell(db, a, who->id, places, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (places[i].kind != SYNC_REQUEST &&
		    tell(&x, &places[i], e) == -1)
			return -1;
	return conversation_direct_farewell(db, a, who->id, now_ms, e);
}
