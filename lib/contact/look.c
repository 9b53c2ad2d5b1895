/* SPDX-License-Identifier: MIT */
/*
 * look.c -- How people look to somebody: who is there, and since when not.
 *
 * That is for contacts.  A block takes it away on both sides, and must not be
 * found out by it, so it looks like absence.
 */
#include "account/account.h"
#include "base/arena.h"
#include "contact/contact.h"
#include "presence/presence.h"

void
contact_look(struct app *app, struct arena *a, uint64_t me, struct user *users,
    const struct contact_bond *bonds, size_t n, const char **status_r)
{
	uint64_t    *ids = arena_alloc(a, n * sizeof(*ids));
	const char **chosen = arena_alloc(a, n * sizeof(*chosen));

	for (size_t i = 0; i < n; i++) {
		ids[i] = users[i].id;
		chosen[i] = users[i].presence;
	}
	presence_of(app, a, ids, chosen, n, status_r);
	for (size_t i = 0; i < n; i++)
		if (ids[i] != me && !contact_sees_presence(&bonds[i])) {
			status_r[i] = presence_shown(chosen[i], false);
			users[i].last_active_ms = 0;
		}
}

int
contact_look_up(struct app *app, struct arena *a, uint64_t me,
    struct user *users, size_t n, const char **status_r, struct err *e)
{
	uint64_t	    *ids = arena_alloc(a, n * sizeof(*ids));
	struct contact_bond *bonds = arena_alloc(a, n * sizeof(*bonds));

	for (size_t i = 0; i < n; i++)
		ids[i] = users[i].id;
	if (n > 0 && contact_bonds_get(app, a, me, ids, n, bonds, e) == -1)
		return -1;
	contact_look(app, a, me, users, bonds, n, status_r);
	return 0;
}
