/* SPDX-License-Identifier: MIT */
/*
 * find.c -- Use cases: what has become of these contacts, requests, blocks.
 *
 * What is not among the answers is not there (any more).
 */
#include "base/arena.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "contact/view.h"
#include "data/app.h"

int
contact_places(struct db *db, struct arena *a, uint64_t user_id, size_t cap,
    struct sync_place **list_r, size_t *n_r, struct err *e)
{
	return contact_store_places(db, a, user_id, false, cap, list_r, n_r, e);
}

int
contact_find_many(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact **list_r, size_t *n_r,
    struct err *e)
{
	struct contact_bond *bonds = arena_alloc(a, n * sizeof(*bonds));

	*list_r = arena_alloc(a, n * sizeof(**list_r));
	*n_r = 0;
	if (contact_bonds_get(app, a, me, ids, n, bonds, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (bonds[i].is_contact)
			(*list_r)[(*n_r)++] = contact_of(ids[i], &bonds[i]);
	return contact_store_labelled(app->db, a, me, *list_r, *n_r, e);
}

int
contact_request_find_many(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_request **list_r, size_t *n_r,
    struct err *e)
{
	int64_t open_since_ms = contact_open_since(app);
	size_t	kept = 0;

	if (contact_store_requests(app->db, a, ids, n, list_r, n_r, e) == -1)
		return -1;
	for (size_t i = 0; i < *n_r; i++) {
		const struct contact_request *r = &(*list_r)[i];

		if (r->status == CONTACT_PENDING &&
		    !contact_is_overdue(r, open_since_ms) &&
		    (r->from_id == me || r->to_id == me))
			(*list_r)[kept++] = *r;
	}
	*n_r = kept;
	return 0;
}

int
contact_block_find_many(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_blocked **list_r, size_t *n_r,
    struct err *e)
{
	return contact_store_blocks(app->db, a, me, ids, n, list_r, n_r, e);
}
