/* SPDX-License-Identifier: MIT */
/*
 * enter.c -- Handlers of the pages that lead in: log in, register, set up.
 *
 * Whoever gets in is sent to `next` if that is a path of our own, else home.
 */
#include "account/account.h"
#include "account/session.h"
#include "accounts.h"

/* The same person again: straight on. */
static int
entry_page(struct req *req, struct view *view)
{
	if (req->method == WEB_GET && req->user.id != 0)
		return view_redirect(
		    view, "%s", req_local_path(req, "next", "/"));
	view_page(view, "next", json_text(req_local_path(req, "next", "")));
	return 0;
}

static int
enter(struct req *req, struct view *view, const struct session_grant *grant)
{
	view_cookie(view, WEB_LOGIN_COOKIE, grant->cookie, grant->cookie_age_s);
	return view_redirect(view, "%s", req_local_path(req, "next", "/"));
}

static int
enter_new(
    struct req *req, struct view *view, const struct user *user, struct err *e)
{
	const struct session_origin origin = origin_of(req);
	struct session_grant	    grant;

	if (account_session_start(
		req->app, req->arena, user, NULL, &origin, &grant, e) == -1)
		return -1;
	return enter(req, view, &grant);
}

int
login_page(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	return entry_page(req, view);
}

int
login_post(struct req *req, struct view *view, struct err *e)
{
	const struct session_origin origin = origin_of(req);
	struct session_grant	    grant;

	if (account_login(req->app, req->arena, req_str(req, "login"),
		req_str(req, "password"), &origin, &grant, e) == -1)
		return -1;
	return enter(req, view, &grant);
}

int
register_page(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	return entry_page(req, view);
}

int
register_post(struct req *req, struct view *view, struct err *e)
{
	const struct account_registration fields = registration_of(req);
	struct user			  user;

	if (account_register(req->app, req->arena, &fields, &user, e) == -1)
		return -1;
	return enter_new(req, view, &user, e);
}

int
setup_page(struct req *req, struct view *view, struct err *e)
{
	(void)view;
	return account_admin_link_check(
	    req->app, req->arena, req_path_text(req, "token"), e);
}

int
setup_post(struct req *req, struct view *view, struct err *e)
{
	const struct account_registration fields = registration_of(req);
	struct user			  user;

	if (account_admin_setup(req->app, req->arena,
		req_path_text(req, "token"), &fields, &user, e) == -1)
		return -1;
	return enter_new(req, view, &user, e);
}
