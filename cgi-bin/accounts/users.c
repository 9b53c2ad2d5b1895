/* SPDX-License-Identifier: MIT */
/* users.c -- Handlers of users: registration, search, the own profile. */
#include <string.h>

#include "account/account.h"
#include "accounts.h"
#include "base/arena.h"
#include "contact/contact.h"

struct account_registration
registration_of(const struct req *req)
{
	return (struct account_registration){
	    .username = req_str(req, "username"),
	    .password = req_str(req, "password"),
	    .display_name = req_str(req, "display_name"),
	    .email = req_str(req, "email"),
	    .locale = req->is_api ? req_str(req, "locale") : NULL,
	};
}

void
registration_judge(struct req *req, struct err *e)
{
	const struct account_registration fields = registration_of(req);

	account_registration_judge(req->app, &fields, e);
}

int
users_post(struct req *req, struct view *view, struct err *e)
{
	const struct account_registration fields = registration_of(req);
	struct user			  user;

	if (account_register(req->app, req->arena, &fields, &user, e) == -1)
		return -1;
	return view_created(view, user_json(&user, NULL, true), "/u/%llu",
	    (unsigned long long)user.id);
}

int
users_get(struct req *req, struct view *view, struct err *e)
{
	const struct contact_query q = {.text = req_str(req, "query"),
	    .me = req->user.id,
	    .cursor = req_str(req, "cursor"),
	    .limit = req_limit(req)};
	struct contact_found	   found;
	const char		 **shown;
	json_t			  *items;

	if (contact_search(req->app, req->arena, &q, &found, e) == -1)
		return -1;
	shown = arena_alloc(req->arena, found.n * sizeof *shown);
	contact_look(req->app, req->arena, req->user.id, found.users,
	    found.bonds, found.n, shown);
	items = json_array();
	for (size_t i = 0; i < found.n; i++)
		json_array_append_new(
		    items, user_json(&found.users[i], shown[i], false));
	view_list(view, items, found.next);
	return 0;
}

static int
own_get(struct req *req, struct user *user, struct err *e)
{
	int found = account_find(req->app, req->arena, req->user.id, user, e);

	if (found == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return found == 1 ? 0 : -1;
}

int
me_get(struct req *req, struct view *view, struct err *e)
{
	struct user user;

	if (own_get(req, &user, e) == -1)
		return -1;
	view_root(view, user_json(&user, NULL, true));
	return 0;
}

int
user_get(struct req *req, struct view *view, struct err *e)
{
	uint64_t    id = req_path_id(req, "id");
	const char *shown;
	struct user user;

	if (id == req->user.id)
		return me_get(req, view, e);
	if (account_get_visible(
		req->app, req->arena, req->user.id, id, &user, e) == -1 ||
	    contact_look_up(
		req->app, req->arena, req->user.id, &user, 1, &shown, e) == -1)
		return -1;
	view_root(view, user_json(&user, shown, false));
	return 0;
}

/* null takes a text away: it becomes empty. */
static const char *
text_or_null(const struct req *req, const char *name)
{
	return req_is_null(req, name) ? "" : req_str(req, name);
}

static struct account_profile
profile_of(const struct req *req)
{
	return (struct account_profile){
	    .display_name = req_str(req, "display_name"),
	    .bio = text_or_null(req, "bio"),
	    .locale = req_str(req, "locale"),
	    .theme = req_str(req, "theme"),
	    .presence = req_str(req, "presence"),
	    .has_email = req_has(req, "email"),
	    .email = text_or_null(req, "email"),
	    .has_hidden = req_has(req, "hidden"),
	    .hidden = req_bool(req, "hidden"),
	};
}

void
profile_judge(struct req *req, struct err *e)
{
	const struct account_profile changes = profile_of(req);

	account_profile_judge(&changes, e);
}

int
me_patch(struct req *req, struct view *view, struct err *e)
{
	const struct account_profile changes = profile_of(req);
	const char		    *page = req_str(req, "page");
	struct user		     user;

	if (account_profile_update(
		req->app, req->arena, req->user.id, &changes, &user, e) == -1)
		return -1;
	view_root(view, user_json(&user, NULL, true));
	if (page != NULL && strcmp(page, "appearance") == 0)
		view->location = "/settings/appearance?ok=saved";
	else
		view->location = "/settings/profile?ok=saved";
	return 0;
}

/* A browser may have been left open, so it asks for the password. */
int
me_delete(struct req *req, struct view *view, struct err *e)
{
	const char *password = req_str(req, "password");

	if (password == NULL && req->user.by_cookie)
		password = "";
	if (account_delete(req->app, req->arena, req->user.id, password, e) ==
	    -1)
		return -1;
	if (req->user.by_cookie)
		view_cookie(view, WEB_LOGIN_COOKIE, "", 0);
	return view_no_content(view, "/login?ok=deleted");
}

int
me_password_put(struct req *req, struct view *view, struct err *e)
{
	if (account_password_change(req->app, req->arena, req->user.id,
		req->user.session_id, req_str(req, "old_password"),
		req_str(req, "new_password"), e) == -1)
		return -1;
	return view_no_content(view, "/settings/password?ok=password");
}
