/* SPDX-License-Identifier: MIT */
/* page_list.c -- The page /contacts: see templates/README.md. */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "contacts.h"

enum { RESULTS = 30, EXPIRED_SHOWN = 5 };

/* People, each with what stands between them and the caller. */
static json_t *
people_found(struct req *req, const struct contact_found *found)
{
	uint64_t     me = req->user.id;
	const char **status =
	    arena_alloc(req->arena, (found->n + 1) * sizeof(*status));
	json_t *items = json_array();

	contact_look(req->app, req->arena, me, found->users, found->bonds,
	    found->n, status);
	for (size_t i = 0; i < found->n; i++) {
		json_t *user = user_json(&found->users[i], status[i], false);

		json_object_set_new(user, "bond",
		    bond_json(req, &found->users[i], &found->bonds[i]));
		json_array_append_new(items, user);
	}
	return items;
}

/* The cursor is of one of the page's lists: the named one, or the foremost. */
static const char *
cursor_of(const struct req *req, const char *key)
{
	const char *list = req_str(req, "list");

	if (list == NULL)
		list = req_str(req, "query") != NULL ? "results" : "contacts";
	return strcmp(list, key) == 0 ? req_str(req, "cursor") : NULL;
}

static int
set_results(struct req *req, struct view *view, struct err *e)
{
	const char		  *query = req_str(req, "query");
	const struct contact_query q = {.text = query,
	    .me = req->user.id,
	    .cursor = cursor_of(req, "results"),
	    .limit = RESULTS};
	struct contact_found	   found = {0};

	view_set(view, "query", json_string(query != NULL ? query : ""));
	if (query != NULL && query[0] != '\0' &&
	    contact_search(req->app, req->arena, &q, &found, e) == -1)
		return -1;
	view_set(
	    view, "results", json_list(people_found(req, &found), found.next));
	return 0;
}

static int
set_requests(struct req *req, struct view *view, bool incoming,
    enum contact_status status, const char *key, struct err *e)
{
	const struct contact_page part = {.cursor = cursor_of(req, key),
	    .limit =
		status == CONTACT_EXPIRED ? EXPIRED_SHOWN : req_limit(req)};
	struct contact_request	 *list;
	const char		 *next;
	json_t			 *items;
	size_t			  n;

	if (contact_request_list(req->app, req->arena, req->user.id, incoming,
		status, &part, &list, &n, &next, e) == -1 ||
	    contact_request_json_many(
		req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_set(view, key, json_list(items, next));
	return 0;
}

static int
set_contacts(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page all = {.limit = LIST_MAX,
	    .cursor = cursor_of(req, "contacts"),
	    .shown = page_asked(req).shown,
	    .label_id = req_u64(req, "label")};
	struct contact		 *list;
	const char		 *next;
	json_t			 *items;
	size_t			  n;

	if (contact_list(req->app, req->arena, req->user.id, &all, &list, &n,
		&next, e) == -1 ||
	    contact_json_many(req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_set(view, "contacts", json_list(items, next));
	return 0;
}

/* Which part of the contacts is shown: a label's, the hidden ones. */
static void
set_filter(struct req *req, struct view *view)
{
	uint64_t    label = req_u64(req, "label");
	const char *filter = req_str(req, "filter");

	view_page(view, "list", json_text(req_str(req, "list")));
	view_page(view, "filter", json_text(filter != NULL ? filter : ""));
	view_page(view, "label", label != 0 ? json_id(label) : json_text(""));
}

int
contacts_page(struct req *req, struct view *view, struct err *e)
{
	set_filter(req, view);
	if (contact_requests_expire(req->app, req->arena, req->user.id, e) ==
		-1 ||
	    set_results(req, view, e) == -1 ||
	    set_requests(req, view, true, CONTACT_PENDING, "requests_in", e) ==
		-1 ||
	    set_requests(
		req, view, false, CONTACT_PENDING, "requests_out", e) == -1 ||
	    set_requests(req, view, false, CONTACT_EXPIRED, "requests_expired",
		e) == -1 ||
	    set_labels(req, view, e) == -1)
		return -1;
	if (set_contacts(req, view, e) == 0)
		return 0;
	/* A label that is gone: the page of it leads back to all. */
	if (e->kind != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	return view_redirect(view, "/contacts");
}
