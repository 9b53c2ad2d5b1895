/* SPDX-License-Identifier: MIT */
/* contacts.c -- Handlers of the own contacts. */
#include <string.h>

#include "contacts.h"

struct contact_page
page_asked(const struct req *req)
{
	return (struct contact_page){
	    req_str(req, "cursor"), (unsigned)req_int(req, "limit", PAGE_SIZE)};
}

int
contacts_get(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page page = page_asked(req);
	struct contact		 *list;
	const char		 *next;
	json_t			 *items;
	size_t			  n;

	if (contact_list(req->app, req->arena, req->user.id, &page, &list, &n,
		&next, e) == -1 ||
	    contact_json_many(req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, next);
	return 0;
}

int
contact_patch(struct req *req, struct view *view, struct err *e)
{
	uint64_t       them = req_path_id(req, "user_id");
	bool	       pinned = req_bool(req, "pinned");
	const char    *remark = NULL;
	struct contact contact;
	json_t	      *items;

	if (req_has(req, "remark"))
		remark =
		    req_is_null(req, "remark") ? "" : req_str(req, "remark");
	if (contact_update(req->app, req->arena, req->user.id, them, remark,
		req_has(req, "pinned") ? &pinned : NULL, &contact, e) == -1 ||
	    contact_json_many(req->app, req->arena, &contact, 1, &items, e) ==
		-1)
		return -1;
	view_root(view, json_incref(json_array_get(items, 0)));
	json_decref(items);
	if (!req->is_api)
		return view_redirect(view, "/u/%llu", (unsigned long long)them);
	return 0;
}

int
contact_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t    them = req_path_id(req, "user_id");
	const char *history = req_str(req, "history");

	if (contact_delete(req->app, req->arena, req->user.id, them,
		history != NULL && strcmp(history, "delete") == 0, e) == -1)
		return -1;
	return view_no_content(view, "/u/%llu", (unsigned long long)them);
}
