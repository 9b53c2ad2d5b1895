/* SPDX-License-Identifier: MIT */
/* pages.c -- The pages /contacts and /u/{id}: see templates/README.md. */
#include "account/account.h"
#include "base/arena.h"
#include "contacts.h"
#include "conversation/conversation.h"

static json_t *
bond_json(uint64_t me, uint64_t them, const struct contact_bond *bond)
{
	const char *direction = "";

	if (bond->request_id != 0)
		direction = bond->request_is_mine ? "out" : "in";
	return json_pack("{s:b, s:b, s:b, s:o, s:s, s:s, s:s, s:b}", "self",
	    me == them, "is_contact", bond->is_contact, "blocked_by_me",
	    bond->blocked_by_me, "request_id",
	    bond->request_id != 0 ? json_id(bond->request_id) : json_null(),
	    "request_direction", direction, "request_note", bond->request_note,
	    "remark", bond->remark, "pinned", bond->pinned);
}

static void
set_items(struct view *view, const char *key, json_t *items, const char *next)
{
	view_set(view, key,
	    json_pack("{s:o, s:o}", "items", items, "next", json_text(next)));
}

/* People, each with what stands between them and the caller. */
static int
people_found(struct req *req, const struct account_page *found,
    json_t **items_r, struct err *e)
{
	size_t		     n = found->n;
	uint64_t	    *ids = arena_alloc(req->arena, n * sizeof(*ids));
	const char	   **status;
	struct contact_bond *bonds;

	status = arena_alloc(req->arena, n * sizeof(*status));
	bonds = arena_alloc(req->arena, n * sizeof(*bonds));
	for (size_t i = 0; i < n; i++)
		ids[i] = found->users[i].id;
	if (contact_bonds_get(
		req->app, req->arena, req->user.id, ids, n, bonds, e) == -1)
		return -1;
	contact_look(
	    req->app, req->arena, req->user.id, found->users, bonds, n, status);
	*items_r = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *user = user_json(&found->users[i], status[i], false);

		json_object_set_new(
		    user, "bond", bond_json(req->user.id, ids[i], &bonds[i]));
		json_array_append_new(*items_r, user);
	}
	return 0;
}

static int
set_results(struct req *req, struct view *view, struct err *e)
{
	const char		  *query = req_str(req, "query");
	const struct account_query q = {
	    .text = query, .me = req->user.id, .limit = PAGE_SIZE};
	struct account_page found = {0};
	json_t		   *items;

	view_set(view, "query", json_string(query != NULL ? query : ""));
	if (query != NULL && query[0] != '\0' &&
	    account_search(req->app, req->arena, &q, &found, e) == -1)
		return -1;
	if (people_found(req, &found, &items, e) == -1)
		return -1;
	set_items(view, "results", items, NULL);
	return 0;
}

static int
set_requests(struct req *req, struct view *view, bool incoming, const char *key,
    struct err *e)
{
	static const struct contact_page first = {NULL, PAGE_SIZE};
	struct contact_request		*list;
	const char			*next;
	json_t				*items;
	size_t				 n;

	if (contact_request_list(req->app, req->arena, req->user.id, incoming,
		&first, &list, &n, &next, e) == -1 ||
	    contact_request_json_many(
		req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	set_items(view, key, items, next);
	return 0;
}

int
contacts_page(struct req *req, struct view *view, struct err *e)
{
	static const struct contact_page all = {NULL, PAGE_MAX};
	struct contact			*list;
	const char			*next;
	json_t				*items;
	size_t				 n;

	if (set_results(req, view, e) == -1 ||
	    set_requests(req, view, true, "requests_in", e) == -1 ||
	    set_requests(req, view, false, "requests_out", e) == -1 ||
	    contact_list(req->app, req->arena, req->user.id, &all, &list, &n,
		&next, e) == -1 ||
	    contact_json_many(req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	set_items(view, "contacts", items, next);
	return 0;
}

static int
page_of(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	uint64_t	    me = req->user.id, conv_id;
	struct contact_bond bond;
	struct user	    user;
	const char	   *status;
	int		    found;

	if (account_get_visible(req->app, req->arena, me, id, &user, e) == -1 ||
	    contact_bond_get(req->app, req->arena, me, id, &bond, e) == -1)
		return -1;
	found =
	    conversation_direct_find(req->app, req->arena, me, id, &conv_id, e);
	if (found == -1)
		return -1;
	contact_look(req->app, req->arena, me, &user, &bond, 1, &status);
	view_set(view, "user", user_json(&user, status, false));
	view_set(view, "bond", bond_json(me, id, &bond));
	view_set(view, "conv_id", found == 1 ? json_id(conv_id) : json_null());
	return 0;
}

int
user_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_path_id(req, "user_id"), e);
}

int
asked_user_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_u64(req, "user_id"), e);
}
