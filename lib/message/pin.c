/* SPDX-License-Identifier: MIT */
/*
 * pin.c -- Use cases: a message is pinned in its conversation, or no longer.
 *
 * Everybody there sees the same pins, as far as they see the messages; so the
 * history tells who pinned what, and open sockets hear of it.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/json_write.h"
#include "base/str.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/hold.h"
#include "message/store.h"
#include "sync/sync.h"
#include "web/web.h"

static int
say(struct db *db, const struct message_hold *h, const char *action,
    struct err *e)
{
	struct message m = {
	    .conv_id = h->at.conv_id,
	    .sender_id = h->actor.id,
	    .sender_type = "system",
	    .sender_name = h->actor.display_name,
	    .type = "system",
	};

	m.content = json_write_new(h->arena,
	    json_pack("{s:s, s:{s:s, s:s}, s:s, s:I}", "action", action,
		"actor", "id", id_text(h->arena, h->actor.id), "display_name",
		h->actor.display_name, "message_id", id_text(h->arena, h->m.id),
		"seq", (json_int_t)h->at.seq));
	return message_append(db, h->arena, &m, h->now_ms, e);
}

/* In the history, to open sockets, and to who asks what changed. */
static int
tell(struct db *db, const struct message_hold *h, const char *action,
    struct err *e)
{
	const char *frame = json_write_new(h->arena,
	    json_pack("{s:s, s:{s:s, s:s, s:s, s:I, s:s}}", "event",
		"conversation", "data", "action", action, "conv_id",
		id_text(h->arena, h->at.conv_id), "message_id",
		id_text(h->arena, h->m.id), "seq", (json_int_t)h->at.seq, "by",
		id_text(h->arena, h->actor.id)));

	if (say(db, h, action, e) == -1 ||
	    sync_mark_in(db, h->at.conv_id, 0, e) == -1)
		return -1;
	return message_hold_tell(db, h, frame, strlen(frame), e);
}

/* -- pinning --------------------------------------------------------------- */

static int
check_pinnable(struct db *db, const struct message_hold *h, struct err *e)
{
	size_t n;

	if (strcmp(h->m.sender_type, "system") == 0 || h->m.recalled_ms != 0)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "There is nothing in it to be pinned.");
	if (message_store_pin_count(db, h->arena, h->at.conv_id, &n, e) == -1)
		return -1;
	if (n >= MESSAGE_PINS_MAX)
		return err_set(e, ERR_CONFLICT, "full",
		    "%d messages are pinned already: unpin one.",
		    MESSAGE_PINS_MAX);
	return 0;
}

static int
pin_body(struct db *db, void *ctx, struct err *e)
{
	struct message_hold *h = ctx;
	int		     pinned;

	if (message_hold(db, h, ACTION_PIN, e) == -1)
		return -1;
	pinned = message_store_is_pinned(db, h->arena, &h->at, e);
	if (pinned != 0)
		return pinned == 1 ? 0 : -1;
	if (check_pinnable(db, h, e) == -1 ||
	    message_store_pin(db, &h->at, h->actor.id, h->now_ms, e) == -1)
		return -1;
	return tell(db, h, "pinned", e);
}

static int
unpin_body(struct db *db, void *ctx, struct err *e)
{
	struct message_hold *h = ctx;
	int		     gone;

	if (message_hold(db, h, ACTION_PIN, e) == -1)
		return -1;
	gone = message_store_unpin(db, &h->at, e);
	if (gone == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "This message is not pinned.");
	return gone == 1 ? tell(db, h, "unpinned", e) : -1;
}

static int
change(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t id, int (*body)(struct db *, void *, struct err *), struct err *e)
{
	struct message_hold  h;
	struct message_place at = message_place(id);

	/* In another conversation it is not. */
	if (at.conv_id != conv_id)
		at = (struct message_place){conv_id, 0};
	if (message_hold_init(&h, app, a, me, at, e) == -1 ||
	    tx_run(app->db, body, &h, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

int
message_pin(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t id, struct err *e)
{
	return change(app, a, me, conv_id, id, pin_body, e);
}

int
message_unpin(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t id, struct err *e)
{
	return change(app, a, me, conv_id, id, unpin_body, e);
}

/* -- looking --------------------------------------------------------------- */

static int
complete(struct app *app, struct arena *a, const struct conversation *c,
    uint64_t me, struct message_pin *pins, size_t n, struct err *e)
{
	struct message_place *at = arena_alloc(a, n * sizeof(*at));
	struct message	     *m = arena_alloc(a, n * sizeof(*m));
	struct user	     *by = arena_alloc(a, n * sizeof(*by));
	uint64_t	     *ids = arena_alloc(a, n * sizeof(*ids));

	for (size_t i = 0; i < n; i++) {
		at[i] = (struct message_place){c->id, pins[i].message.seq};
		ids[i] = pins[i].by_id;
	}
	if (message_find_many(app, a, at, n, m, e) == -1 ||
	    (c->type == CONVERSATION_GROUP &&
		message_nickname(app, a, m, n, e) == -1) ||
	    account_find_many(app, a, ids, n, by, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		pins[i].message = m[i];
		pins[i].message.status =
		    message_status(c, me, m[i].sender_id, m[i].seq);
		pins[i].by_name = by[i].id != 0 ? by[i].display_name : "";
	}
	return 0;
}

int
message_pins(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const char *cursor, unsigned limit, struct message_pin **list_r,
    size_t *n_r, const char **next_r, struct err *e)
{
	struct conversation c;
	int64_t		    before = INT64_MAX;

	if (cursor != NULL && cursor_parse(cursor, &before, 1, e) == -1)
		return -1;
	if (conversation_get(app, a, me, conv_id, &c, e) == -1 ||
	    message_store_pins(app->db, a, conv_id, c.cleared_seq,
		(uint64_t)before, limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > limit) {
		*n_r = limit;
		*next_r = id_text(a, (*list_r)[limit - 1].message.seq);
	}
	return complete(app, a, &c, me, *list_r, *n_r, e);
}

json_t *
message_pin_json(struct arena *a, const struct message_pin *pin)
{
	return json_pack("{s:o, s:{s:s, s:s}, s:o}", "message",
	    message_json(a, &pin->message), "by", "id", id_text(a, pin->by_id),
	    "display_name", pin->by_name, "created_at",
	    json_time(pin->created_ms));
}
