/* SPDX-License-Identifier: MIT */
/* bond.c -- Use cases: what stands between people, for all who ask. */
#include <string.h>

#include "base/arena.h"
#include "contact/store.h"
#include "conversation/conversation.h"
#include "data/app.h"

int
contact_bonds_get(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *them, size_t n, struct contact_bond *bonds_r, struct err *e)
{
	return contact_store_bonds(
	    app->db, a, me, them, n, contact_open_since(app), bonds_r, e);
}

int
contact_remarks_get(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *them, size_t n, const char **remarks_r, struct err *e)
{
	return contact_store_remarks(app->db, a, me, them, n, remarks_r, e);
}

int
contact_remarked(struct app *app, struct arena *a, uint64_t me,
    const char *text, size_t cap, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	return contact_store_remarked(app->db, a, me, text, cap, ids_r, n_r, e);
}

int
contact_bond_get(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    struct contact_bond *bond, struct err *e)
{
	return contact_bonds_get(app, a, me, &them, 1, bond, e);
}

int
contact_filter_visible(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *ids, const bool *hidden, size_t n, bool *visible_r,
    struct err *e)
{
	struct contact_bond *bonds = arena_alloc(a, n * sizeof(*bonds));

	if (contact_bonds_get(app, a, me, ids, n, bonds, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		visible_r[i] =
		    ids[i] == me || contact_may_find(&bonds[i], hidden[i]);
	return 0;
}

int
contact_ids(struct app *app, struct arena *a, uint64_t user_id, size_t cap,
    const uint64_t **ids_r, size_t *n_r, struct err *e)
{
	return contact_store_ids(app->db, a, user_id, cap, ids_r, n_r, e);
}

int
contact_pair_lock(struct db *db, uint64_t a, uint64_t b, struct err *e)
{
	return contact_store_pair_lock(db, a, b, e);
}

int
contact_pair_settle(
    struct db *db, struct arena *arena, uint64_t a, uint64_t b, struct err *e)
{
	struct contact_bond	 bond;
	struct conversation_bond kept;

	/* Requests are no matter here. */
	if (contact_store_bonds(db, arena, a, &b, 1, 0, &bond, e) == -1)
		return -1;
	kept.is_contact = bond.is_contact;
	kept.is_blocked = contact_is_barred(&bond);
	return conversation_direct_settle(db, a, b, &kept, e);
}
