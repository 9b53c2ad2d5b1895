/* SPDX-License-Identifier: MIT */
/* messages.c -- Handlers of messages: reading and sending. */
#include "base/arena.h"
#include "history.h"

int
messages_load(struct req *req, const struct message_range *range,
    struct message **list_r, size_t *n_r, bool *has_more_r, struct err *e)
{
	struct message_range one_more = *range;

	one_more.limit++;
	if (message_history(req->app, req->arena, req->user.id, &one_more,
		list_r, n_r, e) == -1)
		return -1;
	*has_more_r = *n_r > range->limit;
	if (*has_more_r) {
		*n_r = range->limit;
		if (!range->has_since)
			++*list_r;
	}
	return 0;
}

/* A cursor goes on in the direction that was begun. */
static struct message_range
range_asked(const struct req *req)
{
	struct message_range range = {
	    .conv_id = req_u64(req, "conv_id"),
	    .has_since = req_has(req, "since_seq"),
	    .has_before = req_has(req, "before_seq"),
	    .since_seq = (uint64_t)req_int(req, "since_seq", 0),
	    .before_seq = (uint64_t)req_int(req, "before_seq", 0),
	    .limit = req_limit(req),
	    .is_mentioned = req_bool(req, "mentioned"),
	};
	uint64_t cursor = (uint64_t)req_int(req, "cursor", 0);

	if (cursor != 0 && range.has_since)
		range.since_seq = cursor;
	else if (cursor != 0) {
		range.has_before = true;
		range.before_seq = cursor;
	}
	return range;
}

int
messages_get(struct req *req, struct view *view, struct err *e)
{
	const struct message_range range = range_asked(req);
	struct message		  *list;
	const char		  *next = NULL;
	json_t			  *items;
	size_t			   n;
	bool			   has_more;

	if (messages_load(req, &range, &list, &n, &has_more, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, message_json(req->arena, &list[i]));
	if (has_more)
		next = arena_printf(req->arena, "%llu",
		    (unsigned long long)(range.has_since ? list[n - 1].seq
							 : list[0].seq));
	view_list(view, items, next);
	return 0;
}

static struct message_draft
draft_of(const struct req *req)
{
	return (struct message_draft){
	    .sender_id = req->user.id,
	    .conv_id = req_u64(req, "conv_id"),
	    .to = req_u64(req, "to"),
	    .client_msg_id = req_str(req, "client_msg_id"),
	    .type = req_str(req, "type"),
	    .content = req_str(req, "content"),
	    .reply_to = req_u64(req, "reply_to"),
	};
}

void
message_judge(struct req *req, struct err *e)
{
	const struct message_draft draft = draft_of(req);

	(void)message_check(&draft, e);
}

/* Without a script what could not be sent would be gone with its page. */
static void
keep_unsent(struct req *req, const struct message_draft *draft)
{
	struct conversation c;
	struct err	    ignored = {0};

	if (draft->conv_id != 0)
		(void)conversation_draft_put(req->app, req->arena, req->user.id,
		    draft->conv_id, draft->content, NULL, &c, &ignored);
}

int
messages_post(struct req *req, struct view *view, struct err *e)
{
	struct message_draft  draft = draft_of(req);
	const struct message *m = &draft.message;

	if (message_send(req->app, req->arena, &draft, e) == -1) {
		if (!req->is_api)
			keep_unsent(req, &draft);
		return -1;
	}
	view_created(view, message_json(req->arena, m), "/c/%llu#m%llu",
	    (unsigned long long)m->conv_id, (unsigned long long)m->seq);
	if (draft.is_repeat)
		view->status = 200;
	return 0;
}

int
message_remove(struct req *req, struct view *view, struct err *e)
{
	struct message_place at = message_place(req_path_id(req, "id"));

	if (message_recall(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu/m/%llu",
	    (unsigned long long)at.conv_id, (unsigned long long)at.seq);
}

/* -- pins ------------------------------------------------------------------ */

int
pins_get(struct req *req, struct view *view, struct err *e)
{
	struct message_pin *list;
	const char	   *next;
	json_t		   *items;
	size_t		    n;

	if (message_pins(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_str(req, "cursor"), req_limit(req),
		&list, &n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, message_pin_json(req->arena, &list[i]));
	view_list(view, items, next);
	return 0;
}

static int
to_pins(struct req *req, struct view *view)
{
	return view_no_content(
	    view, "/c/%llu/pins", (unsigned long long)req_path_id(req, "id"));
}

int
pin_put(struct req *req, struct view *view, struct err *e)
{
	if (message_pin(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_path_id(req, "message_id"),
		e) == -1)
		return -1;
	return to_pins(req, view);
}

int
pin_remove(struct req *req, struct view *view, struct err *e)
{
	if (message_unpin(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_path_id(req, "message_id"),
		e) == -1)
		return -1;
	return to_pins(req, view);
}
