/* SPDX-License-Identifier: MIT */
/*
 * pages.c -- The pages of the ways in: the directory with one's invitations,
 * a new group, and what a link leads to.  See templates/README.md.
 */
#include "base/arena.h"
#include "groups.h"
#include "web/qr.h"

static struct group_page
page_of(const struct req *req, const char *key)
{
	return group_page_of(req, "groups", key);
}

/* What waits for an answer: the caller's, or somebody's. */
static int
set_asking(struct req *req, struct view *view, const char *key,
    group_asking_list get, group_asking_show show, struct err *e)
{
	const struct group_page page = page_of(req, key);
	json_t		       *list;

	if (group_askings_json(req, 0, &page, get, show, &list, e) == -1)
		return -1;
	view_set(view, key, list);
	return 0;
}

int
groups_page(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_of(req, "groups");
	const char	       *query = req_str(req, "query"), *next;
	struct group_card      *list;
	json_t		       *items;
	size_t			n;

	if (set_asking(req, view, "invitations", group_invitations_of,
		group_invitations_json, e) == -1 ||
	    set_asking(req, view, "requests", group_requests_of,
		group_own_requests_json, e) == -1 ||
	    group_directory(req->app, req->arena, req->user.id, query, &page,
		&list, &n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, group_card_json(req->arena, &list[i]));
	view_set(view, "groups", json_list(items, next));
	view_set(view, "query", json_string(query != NULL ? query : ""));
	view_set(view, "list", json_text(req_str(req, "list")));
	return 0;
}

int
new_group_page(struct req *req, struct view *view, struct err *e)
{
	return group_new_view(req, view, e);
}

/* A group from outside; to who is in it, also as a code to be scanned. */
static void
set_card(struct req *req, struct view *view, const struct group_card *card,
    const char *path)
{
	const char *address =
	    arena_printf(req->arena, "%s%s", req_site_url(req), path);

	view_set(view, "group", group_card_json(req->arena, card));
	view_set(view, "address", json_string(address));
	if (card->is_member)
		view_set(view, "qr", qr_json(req->arena, address));
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
	set_card(req, view, &card, arena_printf(req->arena, "/join/%s", token));
	view_set(view, "token", json_string(token));
	return 0;
}

int
card_page(struct req *req, struct view *view, struct err *e)
{
	uint64_t	  id = req_path_id(req, "id");
	struct group_card card;

	if (group_card_get(req->app, req->arena, req->user.id, id, &card, e) ==
	    -1)
		return -1;
	set_card(req, view, &card,
	    arena_printf(req->arena, "/groups/%llu", (unsigned long long)id));
	return 0;
}
