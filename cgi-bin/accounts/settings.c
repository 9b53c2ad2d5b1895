/* SPDX-License-Identifier: MIT */
/*
 * settings.c -- Handlers of the settings' pages.
 *
 * Most show the user's own object, which every page has.
 */
#include <string.h>

#include "accounts.h"
#include "contact/contact.h"

int
settings_root(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_redirect(view, "/settings/profile");
}

int
settings_page(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	(void)e;
	return 0;
}

/* The form that was refused says which page it stands on. */
int
settings_again(struct req *req, struct view *view, struct err *e)
{
	const char *page = req_str(req, "page");

	(void)e;
	if (page != NULL && strcmp(page, "appearance") == 0)
		view->templ = "settings_appearance";
	return 0;
}

int
settings_sessions(struct req *req, struct view *view, struct err *e)
{
	json_t *sessions =
	    sessions_json(req, req_u64(req, "cursor"), req_limit(req), e);

	if (sessions == NULL)
		return -1;
	view_set(view, "sessions", sessions);
	return 0;
}

int
settings_blocks(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page page = {
	    req_str(req, "cursor"), req_limit(req)};
	struct contact_blocked *blocked;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (contact_block_list(req->app, req->arena, req->user.id, &page,
		&blocked, &n, &next, e) == -1 ||
	    contact_blocked_json_many(
		req->app, req->arena, blocked, n, &items, e) == -1)
		return -1;
	view_set(view, "blocks", json_list(items, next));
	return 0;
}
