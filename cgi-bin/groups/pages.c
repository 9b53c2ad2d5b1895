/* SPDX-License-Identifier: MIT */
/*
 * pages.c -- The pages of the ways in: the directory with one's invitations,
 * a new group, and what a link leads to.  See templates/README.md.
 */
#include "groups.h"

static void
set_items(struct view *view, const char *key, json_t *items, const char *next)
{
	view_set(view, key,
	    json_pack("{s:o, s:o}", "items", items, "next", json_text(next)));
}

static int
set_invitations(struct req *req, struct view *view, struct err *e)
{
	static const struct group_page first = {NULL, PAGE_SIZE};
	struct group_asking	      *list;
	const char		      *next;
	json_t			      *items;
	size_t			       n;

	if (group_invitations_of(req->app, req->arena, req->user.id, 0, &first,
		&list, &n, &next, e) == -1 ||
	    group_invitations_json(
		req->app, req->arena, req->user.id, list, n, &items, e) == -1)
		return -1;
	set_items(view, "invitations", items, next);
	return 0;
}

int
groups_page(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_asked(req);
	const char	       *query = req_str(req, "query"), *next;
	struct group_card      *list;
	json_t		       *items;
	size_t			n;

	if (set_invitations(req, view, e) == -1 ||
	    group_directory(req->app, req->arena, req->user.id, query, &page,
		&list, &n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, group_card_json(req->arena, &list[i]));
	set_items(view, "groups", items, next);
	view_set(view, "query", json_string(query != NULL ? query : ""));
	return 0;
}

int
new_group_page(struct req *req, struct view *view, struct err *e)
{
	return group_new_view(req, view, e);
}

/* What a link leads to; looking counts as no use. */
int
link_page(struct req *req, struct view *view, struct err *e)
{
	const char	 *token = req_path_text(req, "token");
	struct group_card card;

	if (group_link_look(
		req->app, req->arena, req->user.id, token, &card, e) == -1)
		return -1;
	view_set(view, "group", group_card_json(req->arena, &card));
	view_set(view, "token", json_string(token));
	return 0;
}
