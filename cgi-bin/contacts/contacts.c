/* SPDX-License-Identifier: MIT */
/* contacts.c -- Handlers of the own contacts. */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "contacts.h"

struct contact_page
page_asked(const struct req *req)
{
	const char *filter = req_str(req, "filter");

	return (struct contact_page){
	    .cursor = req_str(req, "cursor"),
	    .limit = req_limit(req),
	    .shown = filter == NULL		     ? CONTACTS_SHOWN
		     : strcmp(filter, "hidden") == 0 ? CONTACTS_HIDDEN
		     : strcmp(filter, "all") == 0    ? CONTACTS_ALL
						     : CONTACTS_SHOWN,
	    .label_id = req_u64(req, "label"),
	};
}

/* Those found by a name or by the own remark, hidden ones, too. */
static int
contacts_found(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page  page = page_asked(req);
	const struct contact_query q = {.text = req_str(req, "query"),
	    .me = req->user.id,
	    .cursor = page.cursor,
	    .limit = page.limit,
	    .is_contacts_only = true,
	    .label_id = page.label_id};
	struct contact_found	   found;
	struct contact		  *list;
	uint64_t		  *ids;
	size_t			   n;
	json_t			  *items;

	if (contact_search(req->app, req->arena, &q, &found, e) == -1)
		return -1;
	ids = arena_alloc(req->arena, found.n * sizeof(*ids));
	for (size_t i = 0; i < found.n; i++)
		ids[i] = found.users[i].id;
	if (contact_find_many(req->app, req->arena, req->user.id, ids, found.n,
		&list, &n, e) == -1 ||
	    contact_json_many(req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, found.next);
	return 0;
}

int
contacts_get(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page page = page_asked(req);
	struct contact		 *list;
	const char		 *query = req_str(req, "query"), *next;
	json_t			 *items;
	size_t			  n;

	if (query != NULL && query[0] != '\0')
		return contacts_found(req, view, e);
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
	uint64_t	      them = req_path_id(req, "user_id");
	bool		      pinned = req_bool(req, "pinned");
	bool		      hidden = req_bool(req, "hidden");
	struct contact_change what = {
	    .pinned = req_has(req, "pinned") ? &pinned : NULL,
	    .hidden = req_has(req, "hidden") ? &hidden : NULL};
	struct contact contact;
	json_t	      *items;

	if (req_has(req, "remark"))
		what.remark =
		    req_is_null(req, "remark") ? "" : req_str(req, "remark");
	if (req_has(req, "labels"))
		what.nlabels = req_ids(req, "labels", &what.labels);
	if (contact_update(req->app, req->arena, req->user.id, them, &what,
		&contact, e) == -1 ||
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
