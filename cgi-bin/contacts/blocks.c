/* SPDX-License-Identifier: MIT */
/* blocks.c -- Handlers of who is barred. */
#include "contacts.h"

int
blocks_get(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page page = page_asked(req);
	struct contact_blocked	 *list;
	const char		 *next;
	json_t			 *items;
	size_t			  n;

	if (contact_block_list(req->app, req->arena, req->user.id, &page, &list,
		&n, &next, e) == -1 ||
	    contact_blocked_json_many(
		req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, next);
	return 0;
}

int
block_put(struct req *req, struct view *view, struct err *e)
{
	uint64_t them = req_path_id(req, "user_id");

	if (contact_block(req->app, req->arena, req->user.id, them, e) == -1)
		return -1;
	return view_no_content(view, "/u/%llu", (unsigned long long)them);
}

int
block_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t them = req_path_id(req, "user_id");

	if (contact_unblock(req->app, req->arena, req->user.id, them, e) == -1)
		return -1;
	return view_no_content(view, "/u/%llu", (unsigned long long)them);
}
