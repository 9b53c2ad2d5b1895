/* SPDX-License-Identifier: MIT */
/*
 * labels.c -- Use cases: somebody groups contacts by labels.
 *
 * Labels are seen by their owner alone.  All of them change under one lock, so
 * that their number keeps within its bound, and no contact gets a label that
 * is just going.  Who is told that one went takes it off the contacts.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/event.h"
#include "contact/rules.h"
#include "contact/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct labelling {
	struct arena	     *arena;
	uint64_t	      me;
	struct contact_label *label;
	int64_t		      now_ms;
};

int
contact_labels(struct app *app, struct arena *a, uint64_t me,
    struct contact_label **list_r, size_t *n_r, struct err *e)
{
	return contact_store_labels(app->db, a, me, NULL, 0, list_r, n_r, e);
}

int
contact_label_find_many(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *ids, size_t n, struct contact_label **list_r, size_t *n_r,
    struct err *e)
{
	return contact_store_labels(app->db, a, me, ids, n, list_r, n_r, e);
}

static int
no_label(struct err *e)
{
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "You have no such label.");
}

/* What the database says of the unique key, as the field it is about. */
static int
taken(struct err *e)
{
	if (e->kind != ERR_CONFLICT)
		return -1;
	err_clear(e);
	(void)err_field(e, "name", "taken", "You have this label already.");
	return err_set(
	    e, ERR_CONFLICT, "conflict", "You have this label already.");
}

static int
tell(struct db *db, const struct labelling *x, struct err *e)
{
	if (sync_mark(db, x->me, SYNC_LABEL, x->label->id, e) == -1)
		return -1;
	return contact_event(db, x->arena, x->me, "label", "label",
	    contact_label_json(x->arena, x->label), x->now_ms, e);
}

static int
make_body(struct db *db, void *ctx, struct err *e)
{
	struct labelling     *x = ctx;
	struct contact_label *list;
	size_t		      n;

	if (contact_store_own_lock(db, x->me, e) == -1 ||
	    contact_store_labels(db, x->arena, x->me, NULL, 0, &list, &n, e) ==
		-1)
		return -1;
	if (n >= CONTACT_LABELS_MAX)
		return err_set(e, ERR_CONFLICT, "full",
		    "There can be %d labels at most.", CONTACT_LABELS_MAX);
	if (contact_store_label_add(db, x->me, x->label, e) == -1)
		return taken(e);
	return tell(db, x, e);
}

static int
run(struct app *app, struct labelling			       *x,
    int (*body)(struct db *, void *, struct err *), struct err *e)
{
	if (tx_run(app->db, body, x, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

int
contact_label_make(struct app *app, struct arena *a, uint64_t me,
    const char *name, struct contact_label *label, struct err *e)
{
	struct labelling x = {a, me, label, clock_ms()};

	if (contact_check_label(name, e) == -1)
		return -1;
	*label = (struct contact_label){.name = name, .created_ms = x.now_ms};
	return run(app, &x, make_body, e);
}

static int
rename_body(struct db *db, void *ctx, struct err *e)
{
	struct labelling *x = ctx;
	int		  found;

	if (contact_store_own_lock(db, x->me, e) == -1)
		return -1;
	found = contact_store_label_rename(db, x->arena, x->me, x->label, e);
	if (found == -1)
		return taken(e);
	return found == 0 ? no_label(e) : tell(db, x, e);
}

int
contact_label_rename(struct app *app, struct arena *a, uint64_t me, uint64_t id,
    const char *name, struct contact_label *label, struct err *e)
{
	struct labelling x = {a, me, label, clock_ms()};

	if (contact_check_label(name, e) == -1)
		return -1;
	*label = (struct contact_label){.id = id, .name = name};
	return run(app, &x, rename_body, e);
}

static int
delete_body(struct db *db, void *ctx, struct err *e)
{
	struct labelling *x = ctx;
	uint64_t	  id = x->label->id;
	int		  gone;

	if (contact_store_own_lock(db, x->me, e) == -1)
		return -1;
	gone = contact_store_label_delete(db, x->me, id, e);
	if (gone != 1)
		return gone == 0 ? no_label(e) : -1;
	if (sync_mark(db, x->me, SYNC_LABEL, id, e) == -1)
		return -1;
	return contact_event(db, x->arena, x->me, "label_deleted", "label_id",
	    json_string(id_text(x->arena, id)), x->now_ms, e);
}

int
contact_label_delete(
    struct app *app, struct arena *a, uint64_t me, uint64_t id, struct err *e)
{
	struct contact_label label = {.id = id};
	struct labelling     x = {a, me, &label, clock_ms()};

	return run(app, &x, delete_body, e);
}
