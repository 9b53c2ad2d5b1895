/* SPDX-License-Identifier: MIT */
/*
 * draft.c -- Use case: somebody begins to write, and goes on elsewhere.
 *
 * A draft is part of the own view: one text a person and conversation, whoever
 * wrote last.  A device that says which version it goes on from is told when
 * another one has been faster, so that it can put the two together.
 */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/event.h"
#include "conversation/store.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"

struct drafting {
	struct arena		  *arena;
	struct conversation_viewer viewer;
	const char		  *text;
	const uint64_t		  *known;
	struct conversation	  *conversation; /* in: its id and type */
	int64_t			   now_ms;
};

/* What is there is either the same text, or goes on from another version. */
static int
explain(struct db *db, const struct drafting *d, struct err *e)
{
	struct conversation *c = d->conversation;

	if (conversation_store_find(db, d->arena, &d->viewer, c->id, c, e) ==
	    -1)
		return -1;
	if (d->known == NULL || *d->known == c->draft_version ||
	    (d->text == NULL
		    ? c->draft == NULL
		    : c->draft != NULL && strcmp(c->draft, d->text) == 0))
		return 0;
	return err_set(e, ERR_CONFLICT, "conflict",
	    "Another device has written here since.");
}

static int
draft_body(struct db *db, void *ctx, struct err *e)
{
	struct drafting	    *d = ctx;
	struct conversation *c = d->conversation;
	int		     changed;

	if (c->type == CONVERSATION_WORLD &&
	    conversation_store_world_row(db, c->id, &d->viewer, d->now_ms, e) ==
		-1)
		return -1;
	changed = conversation_store_draft(
	    db, d->viewer.user_id, c->id, d->text, d->known, d->now_ms, e);
	if (changed == -1)
		return -1;
	if (changed == 0)
		return explain(db, d, e);
	return conversation_event_own(
	    db, d->arena, &d->viewer, c->id, d->now_ms, c, e);
}

int
conversation_draft_put(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, const char *text, const uint64_t *known,
    struct conversation *c, struct err *e)
{
	struct drafting d = {
	    .arena = a,
	    .text = text,
	    .known = known,
	    .conversation = c,
	    .now_ms = clock_ms(),
	};

	if (text != NULL && utf8_is_blank(text, strlen(text)))
		d.text = NULL;
	if (conversation_viewer_get(app, a, user_id, &d.viewer, e) == -1 ||
	    conversation_get(app, a, user_id, conv_id, c, e) == -1 ||
	    tx_run(app->db, draft_body, &d, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}
