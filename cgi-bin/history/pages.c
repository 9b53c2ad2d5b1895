/* SPDX-License-Identifier: MIT */
/*
 * pages.c -- The pages /, /c/{id} and /c/{id}/info: see templates/README.md.
 *
 * Looking at a page changes nothing: without JavaScript the reader says "mark
 * read", with it the script does.
 */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "history.h"

/* Messages of one sender within this time stand together. */
enum { GROUP_MS = 5 * 60 * 1000 };

static int
set_list(struct req *req, struct view *view, const char *cursor, struct err *e)
{
	const struct conversation_page page = {cursor, PAGE_SIZE, false};
	json_t			      *object;

	if (conversations_load(req, &page, &object, e) == -1)
		return -1;
	view_set(view, "conversations", object);
	return 0;
}

int
home_page(struct req *req, struct view *view, struct err *e)
{
	return set_list(req, view, req_str(req, "cursor"), e);
}

/* -- what the shape of a chat adds to its messages ------------------------- */

static bool
is_together(
    const struct req *req, const struct message *x, const struct message *y)
{
	return x->sender_id == y->sender_id &&
	       y->created_ms - x->created_ms < GROUP_MS &&
	       req_same_day(req, x->created_ms, y->created_ms);
}

static json_t *
shaped_json(const struct req *req, const struct conversation *c,
    const struct message *list, size_t n, size_t i)
{
	const struct message *m = &list[i];
	uint64_t	      seen =
		 c->read_seq > c->cleared_seq ? c->read_seq : c->cleared_seq;
	bool	is_own = m->sender_id == req->user.id;
	json_t *o = message_json(req->arena, m);
	bool	is_new_day =
	    i == 0 || !req_same_day(req, list[i - 1].created_ms, m->created_ms);

	json_object_set_new(o, "own", json_boolean(is_own));
	json_object_set_new(o, "new_day", json_boolean(is_new_day));
	json_object_set_new(o, "first_of_group",
	    json_boolean(i == 0 || !is_together(req, &list[i - 1], m)));
	json_object_set_new(o, "last_of_group",
	    json_boolean(i == n - 1 || !is_together(req, m, &list[i + 1])));
	json_object_set_new(
	    o, "first_unread", json_boolean(!is_own && m->seq == seen + 1));
	return o;
}

/* A link to the page beyond, or "" where there is none. */
static json_t *
link_json(const struct req *req, bool is_there, uint64_t conv_id,
    const char *key, uint64_t seq)
{
	if (!is_there)
		return json_string("");
	return json_string(arena_printf(req->arena, "/c/%llu?%s=%llu",
	    (unsigned long long)conv_id, key, (unsigned long long)seq));
}

static int
set_messages(struct req *req, struct view *view, const struct conversation *c,
    const struct message_range *range, struct err *e)
{
	struct message *list;
	json_t	       *items;
	size_t		n;
	bool		has_more, has_older, has_newer;

	if (messages_load(req, range, &list, &n, &has_more, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, shaped_json(req, c, list, n, i));
	has_older = n > 0 && list[0].seq > c->cleared_seq + 1;
	has_newer = n > 0 && list[n - 1].seq < c->last_seq;
	view_set(view, "messages",
	    json_pack("{s:o, s:o, s:o}", "items", items, "older",
		link_json(
		    req, has_older, c->id, "before", n > 0 ? list[0].seq : 0),
		"newer",
		link_json(req, has_newer, c->id, "after",
		    n > 0 ? list[n - 1].seq : 0)));
	return 0;
}

/* -- the pages of one conversation ----------------------------------------- */

/* The conversation as a row of the list beside it, where it mostly stands. */
static json_t *
row_of_list(const struct view *view, const char *id)
{
	json_t *list = json_object_get(view->data, "conversations");
	json_t *row;
	size_t	i;

	json_array_foreach(json_object_get(list, "items"), i, row)
	{
		const char *row_id =
		    json_string_value(json_object_get(row, "id"));

		if (row_id != NULL && strcmp(row_id, id) == 0)
			return json_incref(row);
	}
	return NULL;
}

/* List, conversation and whether one may write: what its pages share. */
static int
set_conversation(struct req *req, struct view *view,
    const struct conversation *c, struct err *e)
{
	struct err why_not = {0};
	json_t	  *object;

	if (set_list(req, view, NULL, e) == -1)
		return -1;
	object = row_of_list(view, id_text(req->arena, c->id));
	if (object == NULL && conversation_json(req->app, req->arena,
				  req->user.id, c, &object, e) == -1)
		return -1;
	view_set(view, "conversation", object);
	if (c->type == CONVERSATION_DIRECT)
		(void)conversation_may_write(
		    &c->bond, conversation_is_open_house(req->app), &why_not);
	view_set(view, "can_send", json_boolean(why_not.code == NULL));
	view_set(view, "why_not", json_text(why_not.code));
	return 0;
}

static int
page_of(struct req *req, struct view *view, uint64_t conv_id, struct err *e)
{
	struct conversation	   c;
	const struct message_range range = {
	    .conv_id = conv_id,
	    .in = &c,
	    .has_since = req_has(req, "after"),
	    .since_seq = (uint64_t)req_int(req, "after", 0),
	    .before_seq = (uint64_t)req_int(req, "before", 0),
	    .limit = PAGE_SIZE,
	};

	if (conversation_get(
		req->app, req->arena, req->user.id, conv_id, &c, e) == -1 ||
	    set_conversation(req, view, &c, e) == -1)
		return -1;
	return set_messages(req, view, &c, &range, e);
}

int
chat_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_path_id(req, "id"), e);
}

/* The chat again, after its form was refused. */
int
sent_chat_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_u64(req, "conv_id"), e);
}

int
info_page(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;
	json_t		   *peer;

	if (conversation_get(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &c, e) == -1 ||
	    set_conversation(req, view, &c, e) == -1)
		return -1;
	peer = json_object_get(
	    json_object_get(view->data, "conversation"), "peer");
	view_set(view, "user", peer != NULL ? json_incref(peer) : json_null());
	return 0;
}
