/* SPDX-License-Identifier: MIT */
/*
 * link.c -- Handlers of the link that people hand out: one's own, and the page
 * that it leads to, which everybody who has it may see.
 */
#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "contacts.h"
#include "web/qr.h"

static const char *
url_of(struct req *req, const char *token)
{
	return arena_printf(req->arena, "%s/add/%s", req_site_url(req), token);
}

/* -- one's own ------------------------------------------------------------- */

int
link_get(struct req *req, struct view *view, struct err *e)
{
	struct contact_link link;
	int		    found =
	    contact_link_find(req->app, req->arena, req->user.id, &link, e);

	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "You have no link.");
	if (found == -1)
		return -1;
	view_root(view, contact_link_json(req->arena, &link));
	return 0;
}

int
link_post(struct req *req, struct view *view, struct err *e)
{
	struct contact_link link;

	if (contact_link_make(req->app, req->arena, req->user.id, &link, e) ==
	    -1)
		return -1;
	return view_created(
	    view, contact_link_json(req->arena, &link), "/contacts/link");
}

int
link_remove(struct req *req, struct view *view, struct err *e)
{
	if (contact_link_revoke(req->app, req->user.id, e) == -1)
		return -1;
	return view_no_content(view, "/contacts/link");
}

/* The link, if there is one, with its code to be scanned. */
int
link_page(struct req *req, struct view *view, struct err *e)
{
	struct contact_link link;
	int		    found =
	    contact_link_find(req->app, req->arena, req->user.id, &link, e);
	json_t *shown;

	if (found != 1)
		return found;
	shown = contact_link_json(req->arena, &link);
	json_object_set_new(shown, "url", json_text(url_of(req, link.token)));
	json_object_set_new(
	    shown, "qr", qr_json(req->arena, url_of(req, link.token)));
	view_set(view, "link", shown);
	return 0;
}

/* -- by who has it --------------------------------------------------------- */

/* Whose it is, as everybody sees them; and what stands between the two. */
static int
set_owner(struct req *req, struct view *view, struct err *e)
{
	uint64_t	    me = req->user.id, them;
	struct contact_bond bond = {.remark = "", .request_note = ""};
	struct user	    user;
	const char	   *status = "";

	if (contact_link_owner(req->app, req->arena, me,
		req_path_text(req, "token"), &them, e) == -1 ||
	    account_find(req->app, req->arena, them, &user, e) == -1)
		return -1;
	if (me != 0 &&
	    contact_bond_get(req->app, req->arena, me, them, &bond, e) == -1)
		return -1;
	contact_look(req->app, req->arena, me, &user, &bond, 1, &status);
	view_set(view, "user", user_json(&user, status, false));
	view_page(view, "bond", bond_json(req, &user, &bond));
	return 0;
}

int
add_get(struct req *req, struct view *view, struct err *e)
{
	return set_owner(req, view, e);
}

int
add_page(struct req *req, struct view *view, struct err *e)
{
	view_page(view, "token", json_text(req_path_text(req, "token")));
	return set_owner(req, view, e);
}

int
add_post(struct req *req, struct view *view, struct err *e)
{
	struct contact_request r;
	json_t		      *object;

	if (contact_link_ask(req->app, req->arena, req->user.id,
		req_path_text(req, "token"), req_str(req, "note"),
		req_str(req, "greeting"), &r, e) == -1 ||
	    request_object(req, &r, &object, e) == -1)
		return -1;
	return view_created(
	    view, object, "/u/%llu", (unsigned long long)r.to_id);
}
