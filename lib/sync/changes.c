/* SPDX-License-Identifier: MIT */
/*
 * changes.c -- Use case: somebody asks what has changed.
 *
 * A round goes through its parts in order, over as many replies as it takes;
 * the cursor carries the place.  What is stamped is looked at first and read
 * afterwards, so what is told is never older than what the cursor says.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "sync/page.h"

static int (*const parts[SYNC_PARTS])(struct sync_page *, struct err *) = {
    [SYNC_PART_MARKS] = sync_part_marks,
    [SYNC_PART_IN] = sync_part_in,
    [SYNC_PART_TALKS] = sync_part_talks,
    [SYNC_PART_LIST] = sync_part_list,
};

bool
sync_page_is_recent(const struct sync_page *p, int64_t ms)
{
	return ms >= p->cursor->round_ms - SYNC_WINDOW_MS;
}

void
sync_page_show(struct sync_page *p, uint64_t conv_id)
{
	for (size_t i = 0; i < p->nshown; i++)
		if (p->shown[i] == conv_id)
			return;
	p->shown[p->nshown++] = conv_id;
}

int
sync_page_moves(struct sync_page *p, uint64_t after, size_t limit,
    const struct conversation_move **list_r, size_t *n_r, struct err *e)
{
	size_t skip = 0;

	/* All there are, or the same beginning, will do again. */
	if (p->moves == NULL || p->nmoves == SYNC_MOVES_MAX ||
	    p->from > after) {
		if (conversation_moves(p->app, p->arena, p->user_id, after,
			p->since_ms, SYNC_MOVES_MAX, &p->moves, &p->nmoves,
			e) == -1)
			return -1;
		p->from = after;
	}
	while (skip < p->nmoves && p->moves[skip].conv_id <= after)
		skip++;
	*list_r = p->moves + skip;
	*n_r = p->nmoves - skip < limit ? p->nmoves - skip : limit;
	return 0;
}

bool
sync_page_take(struct sync_page *p, const struct sync_seen *mark)
{
	bool is_new = !p->is_quiet && !sync_cursor_has(p->cursor, mark);

	if (sync_page_is_recent(p, mark->changed_ms))
		sync_cursor_note_mark(p->cursor, mark);
	return is_new;
}

json_t *
sync_page_remove(struct sync_page *p, const char *type, uint64_t id)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string(type));
	json_object_set_new(o, "id", json_string(id_text(p->arena, id)));
	json_array_append_new(p->removed, o);
	return o;
}

/* -- conversations --------------------------------------------------------- */

/* The own view of it was emptied: what came before is gone, too. */
static void
tell_cleared(struct sync_page *p, const struct conversation *c)
{
	json_t *o;

	if (c->type != CONVERSATION_DIRECT || c->cleared_seq == 0)
		return;
	o = sync_page_remove(p, "messages", c->id);
	json_object_set_new(
	    o, "upto_seq", json_integer((json_int_t)c->cleared_seq));
}

static int
show_conversations(struct sync_page *p, struct err *e)
{
	struct conversation *list;
	size_t		     n;
	json_t		    *items;

	if (p->nshown == 0)
		return 0;
	if (conversation_find_many(p->app, p->arena, p->user_id, p->shown,
		p->nshown, &list, &n, e) == -1 ||
	    conversation_json_many(
		p->app, p->arena, p->user_id, list, n, &items, e) == -1)
		return -1;
	json_array_extend(p->conversations, items);
	json_decref(items);
	for (size_t i = 0; i < p->nshown; i++) {
		size_t k = 0;

		while (k < n && list[k].id != p->shown[i])
			k++;
		if (k < n)
			tell_cleared(p, &list[k]);
		else
			(void)sync_page_remove(p, "conversation", p->shown[i]);
	}
	return 0;
}

/* The place is the sort key of the last row, as in the list's own cursor. */
int
sync_part_list(struct sync_page *p, struct err *e)
{
	uint64_t		*at = p->cursor->at;
	struct conversation_page page = {.limit = SYNC_LIST_PAGE};
	struct conversation	*list;
	size_t			 n;
	const char		*next;
	json_t			*items;
	int64_t			 key[3];

	if (at[2] != 0)
		page.cursor = arena_printf(p->arena, "%llu.%llu.%llu",
		    (unsigned long long)at[0], (unsigned long long)at[1],
		    (unsigned long long)at[2]);
	if (conversation_list(p->app, p->arena, p->user_id, &page, &list, &n,
		&next, e) == -1 ||
	    conversation_json_many(
		p->app, p->arena, p->user_id, list, n, &items, e) == -1)
		return -1;
	json_array_extend(p->conversations, items);
	json_decref(items);
	if (next == NULL)
		return 1;
	if (cursor_parse(next, key, 3, e) == -1)
		return -1;
	for (size_t i = 0; i < 3; i++)
		at[i] = (uint64_t)key[i];
	return 0;
}

/* -- the round ------------------------------------------------------------- */

static int
begin(struct sync_page *p, const char *text, struct err *e)
{
	const int64_t kept_ms = (int64_t)SYNC_KEPT_DAYS * 24 * 60 * 60 * 1000;
	struct sync_cursor *c = p->cursor;
	int64_t		    now_ms;

	if (text != NULL &&
	    sync_cursor_parse(p->app, p->arena, p->user_id, text, c, e) == -1)
		return -1;
	if (sync_store_now(p->app->db, p->arena, &now_ms, e) == -1)
		return -1;
	p->is_quiet = text == NULL || c->part == SYNC_PART_LIST;
	if (text == NULL)
		c->since_ms = now_ms;
	if (c->since_ms < now_ms - kept_ms)
		return err_field(e, "cursor", "expired",
		    "This cursor is too old: begin without one.");
	if (c->round_ms == 0)
		c->round_ms = now_ms;
	p->since_ms = c->since_ms - SYNC_WINDOW_MS;
	return 0;
}

/* Part after part until the page is full (0) or all has been told (1). */
static int
run(struct sync_page *p, struct err *e)
{
	struct sync_cursor *c = p->cursor;
	int		    rc;

	/* The list comes at the very beginning only, after all is noted. */
	while (c->part < SYNC_PART_LIST ||
	       (c->part == SYNC_PART_LIST && p->is_quiet)) {
		rc = parts[c->part](p, e);
		if (rc == -1 ||
		    (rc == 0 && (!p->is_quiet || c->part == SYNC_PART_LIST)))
			return rc;
		if (rc == 1) {
			c->part++;
			memset(c->at, 0, sizeof(c->at));
		}
	}
	return 1;
}

static json_t *
reply(const struct sync_page *p, bool has_more)
{
	const char *cursor =
	    sync_cursor_text(p->app, p->arena, p->user_id, p->cursor);

	return json_pack(
	    "{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cursor",
	    cursor, "more", has_more, "messages", p->messages, "receipts",
	    p->receipts, "contacts", p->contacts, "conversations",
	    p->conversations, "members", p->members, "removed", p->removed,
	    "contact_requests", p->requests, "blocks", p->blocks,
	    "contact_labels", p->labels);
}

/* What was to be told and could not: the lists are not the arena's. */
static int
fail(struct sync_page *p)
{
	json_decref(p->messages);
	json_decref(p->receipts);
	json_decref(p->contacts);
	json_decref(p->requests);
	json_decref(p->blocks);
	json_decref(p->labels);
	json_decref(p->conversations);
	json_decref(p->members);
	json_decref(p->removed);
	return -1;
}

int
sync_changes(struct app *app, struct arena *a, uint64_t user_id,
    const char *cursor, json_t **object_r, struct err *e)
{
	struct sync_page *p = arena_alloc(a, sizeof(*p));
	int		  done;

	*p = (struct sync_page){.app = app,
	    .arena = a,
	    .user_id = user_id,
	    .cursor = arena_alloc(a, sizeof(*p->cursor)),
	    .messages = json_array(),
	    .receipts = json_array(),
	    .contacts = json_array(),
	    .requests = json_array(),
	    .blocks = json_array(),
	    .labels = json_array(),
	    .conversations = json_array(),
	    .members = json_array(),
	    .removed = json_array()};
	/* What is over by its age leaves its mark now, to be told here. */
	if (contact_requests_expire(app, a, user_id, e) == -1 ||
	    begin(p, cursor, e) == -1 || (done = run(p, e)) == -1 ||
	    show_conversations(p, e) == -1)
		return fail(p);
	if (done == 1)
		sync_cursor_end(p->cursor);
	*object_r = reply(p, done == 0);
	return 0;
}
