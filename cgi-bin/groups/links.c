/* SPDX-License-Identifier: MIT */
/* links.c -- Handlers of invite links, the directory, and the world channel. */
#include "base/clock.h"
#include "groups.h"

int
links_get(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_asked(req);
	struct group_link      *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_links(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &page, &list, &n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, group_link_json(req->arena, &list[i]));
	view_list(view, items, next);
	return 0;
}

/* When it ends: a time; in a form a span, too.  0: never. */
static int
end_of(const struct req *req, int64_t *end_r, struct err *e)
{
	const char *expires = req_str(req, "expires_at");

	*end_r = 0;
	if (expires == NULL)
		return req_moment(req, "expires_in", "expires_on", end_r, e);
	if (!time_parse(expires, end_r))
		return err_field(
		    e, "expires_at", "format", "A time as in RFC 3339.");
	return 0;
}

void
link_judge(struct req *req, struct err *e)
{
	int64_t end;

	(void)end_of(req, &end, e);
}

int
links_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t	  id = req_path_id(req, "id");
	int64_t		  expires_ms;
	struct group_link link;

	if (end_of(req, &expires_ms, e) == -1)
		return -1;
	if (group_link_make(req->app, req->arena, req->user.id, id, expires_ms,
		(unsigned)req_int(req, "max_uses", 0), &link, e) == -1)
		return -1;
	return view_created(view, group_link_json(req->arena, &link),
	    "/c/%llu/info#links", (unsigned long long)id);
}

int
link_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (group_link_revoke(req->app, req->arena, req->user.id, id,
		req_path_id(req, "link_id"), e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu/info", (unsigned long long)id);
}

/* -- by who has one -------------------------------------------------------- */

int
link_get(struct req *req, struct view *view, struct err *e)
{
	struct group_card card;

	if (group_link_look(req->app, req->arena, req->user.id,
		req_path_text(req, "token"), &card, e) == -1)
		return -1;
	view_root(view, group_card_json(req->arena, &card));
	return 0;
}

int
link_join_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t id;

	if (group_link_join(req->app, req->arena, req->user.id,
		req_path_text(req, "token"), &id, e) == -1)
		return -1;
	if (!req->is_api)
		return view_redirect(view, "/c/%llu", (unsigned long long)id);
	return set_conversation(req, view, id, e);
}

/* -- the directory --------------------------------------------------------- */

int
directory_get(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_asked(req);
	struct group_card      *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_directory(req->app, req->arena, req->user.id,
		req_str(req, "query"), &page, &list, &n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, group_card_json(req->arena, &list[i]));
	view_list(view, items, next);
	return 0;
}

int
group_get(struct req *req, struct view *view, struct err *e)
{
	struct group_card card;

	if (group_card_get(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &card, e) == -1)
		return -1;
	view_root(view, group_card_json(req->arena, &card));
	return 0;
}

/* -- the world channel ----------------------------------------------------- */

int
world_get(struct req *req, struct view *view, struct err *e)
{
	uint64_t id;

	if (group_world(req->app, req->arena, &id, e) == -1)
		return -1;
	return set_conversation(req, view, id, e);
}
