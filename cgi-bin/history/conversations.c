/* SPDX-License-Identifier: MIT */
/* conversations.c -- Handlers of conversations. */
#include <string.h>

#include "history.h"

int
conversations_load(struct req *req, const struct conversation_page *page,
    struct conversations *c, struct err *e)
{
	const char *next;
	json_t	   *items;

	if (conversation_list(req->app, req->arena, req->user.id, page,
		&c->list, &c->n, &next, e) == -1 ||
	    conversation_json_many(req->app, req->arena, req->user.id, c->list,
		c->n, &items, e) == -1)
		return -1;
	c->object =
	    json_pack("{s:o, s:o}", "items", items, "next", json_text(next));
	return 0;
}

int
conversations_get(struct req *req, struct view *view, struct err *e)
{
	const struct conversation_page page = {req_str(req, "cursor"),
	    (unsigned)req_int(req, "limit", PAGE_SIZE),
	    req_bool(req, "hidden")};
	struct conversations	       c;

	if (conversations_load(req, &page, &c, e) == -1)
		return -1;
	view_root(view, c.object);
	return 0;
}

static int
set_conversation(struct req *req, struct view *view,
    const struct conversation *c, struct err *e)
{
	json_t *object;

	if (conversation_json(
		req->app, req->arena, req->user.id, c, &object, e) == -1)
		return -1;
	view_root(view, object);
	return 0;
}

void
opening_judge(struct req *req, struct err *e)
{
	if (!req_has(req, "user_id"))
		(void)err_field(e, "user_id", "required", "With whom?");
}

int
conversations_post(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;
	uint64_t	    id;
	bool		    is_new;

	if (strcmp(req_str(req, "type"), "direct") != 0)
		return err_field(e, "type", "unsupported",
		    "Only direct conversations can be opened.");
	opening_judge(req, e);
	if (e->kind != ERR_NONE ||
	    conversation_open(req->app, req->arena, req->user.id,
		req_u64(req, "user_id"), &id, &is_new, e) == -1 ||
	    conversation_get(req->app, req->arena, req->user.id, id, &c, e) ==
		-1 ||
	    set_conversation(req, view, &c, e) == -1)
		return -1;
	if (!req->is_api)
		return view_redirect(view, "/c/%llu", (unsigned long long)id);
	view->status = is_new ? 201 : 200;
	return 0;
}

int
conversation_get_one(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;

	if (conversation_get(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &c, e) == -1)
		return -1;
	return set_conversation(req, view, &c, e);
}

int
conversation_patch(struct req *req, struct view *view, struct err *e)
{
	uint64_t			   id = req_path_id(req, "id");
	bool				   pinned = req_bool(req, "pinned");
	bool				   muted = req_bool(req, "muted");
	bool				   hidden = req_bool(req, "hidden");
	const struct conversation_settings settings = {
	    .pinned = req_has(req, "pinned") ? &pinned : NULL,
	    .muted = req_has(req, "muted") ? &muted : NULL,
	    .hidden = req_has(req, "hidden") ? &hidden : NULL,
	};
	struct conversation c;

	if (conversation_configure(
		req->app, req->arena, req->user.id, id, &settings, &c, e) == -1)
		return -1;
	if (!req->is_api)
		return view_redirect(
		    view, "/c/%llu/info", (unsigned long long)id);
	return set_conversation(req, view, &c, e);
}

int
conversation_read_put(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (conversation_mark_read(req->app, req->arena, req->user.id, id,
		(uint64_t)req_int(req, "seq", 0), e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu", (unsigned long long)id);
}
