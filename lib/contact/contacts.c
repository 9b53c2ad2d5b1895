/* SPDX-License-Identifier: MIT */
/*
 * contacts.c -- Use cases: somebody looks through, arranges and ends contacts.
 */
#include <inttypes.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/err.h"
#include "contact/event.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "presence/presence.h"

static int
mark_parse(const char *cursor, struct contact_mark *mark, struct err *e)
{
	int64_t key[3];

	if (cursor_parse(cursor, key, 3, e) == -1)
		return -1;
	*mark = (struct contact_mark){
	    .pinned = key[0] != 0,
	    .created_ms = key[1],
	    .user_id = (uint64_t)key[2],
	};
	return 0;
}

/* Is the label (0: none) the user's? */
static int
own_label(struct app *app, struct arena *a, uint64_t me, uint64_t label_id,
    struct err *e)
{
	struct contact_label *found;
	size_t		      n = 1;

	if (label_id != 0 && contact_store_labels(app->db, a, me, &label_id, 1,
				 &found, &n, e) == -1)
		return -1;
	return n == 1 ? 0
		      : err_set(e, ERR_NOT_FOUND, "not_found",
			    "You have no such label.");
}

int
contact_list(struct app *app, struct arena *a, uint64_t me,
    const struct contact_page *page, struct contact **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	struct contact_page   more = *page;
	struct contact_mark   mark;
	const struct contact *last;

	more.limit++;
	if (page->cursor != NULL && mark_parse(page->cursor, &mark, e) == -1)
		return -1;
	if (own_label(app, a, me, page->label_id, e) == -1 ||
	    contact_store_page(app->db, a, me, &more,
		page->cursor != NULL ? &mark : NULL, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		last = &(*list_r)[*n_r - 1];
		*next_r = arena_printf(a, "%d.%" PRId64 ".%" PRIu64,
		    last->pinned, last->created_ms, last->user_id);
	}
	return 0;
}

static int
no_contact(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "You have no such contact.");
}

/* What is being done to the contact of me and them. */
struct change {
	struct arena		    *arena;
	uint64_t		     me, them;
	const struct contact_change *what;
	bool			     with_history;
	struct contact		    *contact;
	const struct people	    *people;
	int64_t			     now_ms;
};

/* The labels, all of which have to be the user's. */
static int
set_labels(struct db *db, const struct change *x, struct err *e)
{
	const struct contact_change *what = x->what;
	struct contact_label	    *own;
	size_t			     n;

	if (what->labels == NULL)
		return 0;
	if (contact_store_labels(db, x->arena, x->me, NULL, 0, &own, &n, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < what->nlabels; i++) {
		size_t k = 0;

		while (k < n && own[k].id != what->labels[i])
			k++;
		if (k == n)
			return err_field(e, "labels", "unknown",
			    "One of them is no label of yours.");
	}
	return contact_store_label_set(
	    db, x->arena, x->me, x->them, what->labels, what->nlabels, e);
}

/* Labels are locked first: see labels.c. */
static int
lock(struct db *db, const struct change *x, struct err *e)
{
	if (x->what->labels != NULL &&
	    contact_store_own_lock(db, x->me, e) == -1)
		return -1;
	return contact_pair_lock(db, x->me, x->them, e);
}

static int
update_body(struct db *db, void *ctx, struct err *e)
{
	struct change	   *x = ctx;
	struct contact_bond bond;

	/* Requests are no matter here. */
	if (lock(db, x, e) == -1 ||
	    contact_store_update(db, x->me, x->them, x->what, e) == -1 ||
	    contact_store_bonds(
		db, x->arena, x->me, &x->them, 1, 0, &bond, e) == -1)
		return -1;
	if (!bond.is_contact)
		return no_contact(e);
	*x->contact = contact_of(x->them, &bond);
	if (set_labels(db, x, e) == -1 ||
	    contact_store_labelled(db, x->arena, x->me, x->contact, 1, e) == -1)
		return -1;
	if (sync_mark(db, x->me, SYNC_CONTACT, x->them, e) == -1 ||
	    (x->what->remark != NULL &&
		conversation_direct_retitled(
		    db, x->arena, x->me, x->them, x->now_ms, e) == -1))
		return -1;
	if (contact_event(db, x->arena, x->me, "updated", "contact",
		contact_json(x->arena, x->contact, x->people), x->now_ms,
		e) == -1)
		return -1;
	return presence_between(db, x->me, x->them, x->now_ms, e);
}

int
contact_update(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    const struct contact_change *what, struct contact *contact, struct err *e)
{
	struct people	    people;
	struct contact_bond bond;
	struct change	    x = {.arena = a,
		  .me = me,
		  .them = them,
		  .what = what,
		  .contact = contact,
		  .people = &people,
		  .now_ms = clock_ms()};

	if (contact_check_remark(what->remark, e) == -1 ||
	    people_load(app, a, &them, 1, &people, e) == -1 ||
	    contact_bond_get(app, a, me, them, &bond, e) == -1)
		return -1;
	if (!bond.is_contact || people.users[0].id == 0)
		return no_contact(e);
	if (tx_run(app->db, update_body, &x, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

static int
delete_body(struct db *db, void *ctx, struct err *e)
{
	struct change *x = ctx;
	int	       removed;

	if (contact_pair_lock(db, x->me, x->them, e) == -1)
		return -1;
	removed = contact_store_remove(db, x->me, x->them, e);
	if (removed != 1)
		return removed == 0 ? no_contact(e) : -1;
	if (contact_store_label_set(db, x->arena, x->me, x->them, NULL, 0, e) ==
		-1 ||
	    contact_store_label_set(db, x->arena, x->them, x->me, NULL, 0, e) ==
		-1 ||
	    contact_pair_settle(db, x->arena, x->me, x->them, e) == -1)
		return -1;
	/* The remark was the title, and is gone. */
	if ((x->with_history ? conversation_direct_clear(
				   db, x->arena, x->me, x->them, x->now_ms, e)
			     : conversation_direct_retitled(db, x->arena, x->me,
				   x->them, x->now_ms, e)) == -1 ||
	    conversation_direct_retitled(
		db, x->arena, x->them, x->me, x->now_ms, e) == -1 ||
	    contact_event_person(db, x->arena, x->me, "deleted", SYNC_CONTACT,
		x->them, x->now_ms, e) == -1 ||
	    contact_event_person(db, x->arena, x->them, "deleted", SYNC_CONTACT,
		x->me, x->now_ms, e) == -1)
		return -1;
	return presence_between(db, x->me, x->them, x->now_ms, e);
}

int
contact_delete(struct app *app, struct arena *a, uint64_t me, uint64_t them,
    bool with_history, struct err *e)
{
	struct contact_bond bond;
	struct change	    x = {.arena = a,
		  .me = me,
		  .them = them,
		  .with_history = with_history,
		  .now_ms = clock_ms()};

	/* Asked before the lock, whose row nobody needs with a stranger. */
	if (contact_bond_get(app, a, me, them, &bond, e) == -1)
		return -1;
	if (!bond.is_contact)
		return no_contact(e);
	if (tx_run(app->db, delete_body, &x, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
