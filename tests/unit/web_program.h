/* SPDX-License-Identifier: MIT */
/*
 * web_program.h -- A little program with one route of each kind, and a guard
 * that knows two people: for the tests of what every request can count on.
 */
#ifndef PARLEY_TESTS_WEB_PROGRAM_H
#define PARLEY_TESTS_WEB_PROGRAM_H

#include "web_test.h"

static int
show(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	view_set(view, "id", json_id(req_path_id(req, "id")));
	return 0;
}

static int
who(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	view_set(view, "user", json_id(req->user.id));
	view_set(view, "address", json_text(req->address));
	view_set(view, "lang", json_text(req->lang));
	view_set(view, "path", json_text(req->path));
	view_set(view, "uri", json_text(req->uri));
	return 0;
}

static int
echo(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	return view_created(view,
	    json_pack("{ss?}", "name", req_str(req, "name")), "/things/%s",
	    "ü\r\nX-Evil: 1");
}

static int
gone(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_no_content(view, "/things");
}

static int
cookie(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	view_cookie(view, "tune", "la", 60);
	return view_redirect(view, "/");
}

static int
breaks(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	return err_set(e, ERR_INTERNAL, "database", "secret detail");
}

static int
is_down(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "secret detail");
}

static int
text(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_text(view, "text/plain", "hello");
}

static const struct web_field fields[] = {
    {.name = "name", .type = FIELD_STRING, .max = 20}, {0}};

static const struct web_route routes[] = {
    {WEB_GET, SIDE_BOTH, "/things/{id}", RIGHT_PUBLIC, show, .fields = 0},
    {WEB_GET, SIDE_BOTH, "/things/mine", RIGHT_USER, who, .fields = 0},
    {WEB_DELETE, SIDE_BOTH, "/things/mine", RIGHT_USER, gone, .fields = 0},
    {WEB_GET, SIDE_BOTH, "/things", RIGHT_OPTIONAL, who, .fields = 0},
    {WEB_POST, SIDE_BOTH, "/things", RIGHT_USER, echo, fields, .templ = 0},
    {WEB_POST, SIDE_BOTH, "/open", RIGHT_PUBLIC, echo, fields, .templ = 0},
    {WEB_GET, SIDE_BOTH, "/rule", RIGHT_ADMIN, who, .fields = 0},
    {WEB_GET, SIDE_ROOT, "/inside", RIGHT_OPERATOR, text, .fields = 0},
    {WEB_GET, SIDE_API, "/breaks", RIGHT_PUBLIC, breaks, .fields = 0},
    {WEB_GET, SIDE_API, "/down", RIGHT_PUBLIC, is_down, .fields = 0},
    {WEB_GET, SIDE_PAGE, "/cookie", RIGHT_PUBLIC, cookie, .fields = 0},
    {WEB_GET, SIDE_PAGE, "/s/{word:text}", RIGHT_PUBLIC, who, .fields = 0},
};

/* Bearer "user" and "admin", cookie "user"; all else is bad. */
static int
authenticate(struct req *req, struct err *e)
{
	const char *bearer = req_header(req, "Authorization");
	const char *by_cookie = req_cookie(req, WEB_LOGIN_COOKIE);

	if (bearer != NULL && strcmp(bearer, "Bearer user") == 0)
		req->user = (struct web_user){.id = 7};
	else if (bearer != NULL && strcmp(bearer, "Bearer admin") == 0)
		req->user = (struct web_user){.id = 1, .role = ROLE_ADMIN};
	else if (bearer == NULL && by_cookie != NULL &&
		 strcmp(by_cookie, "user") == 0)
		req->user = (struct web_user){
		    .id = 7, .by_cookie = true, .csrf_token = "token"};
	else if (bearer != NULL || by_cookie != NULL)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized", "bad");
	return 0;
}

static int
admit(struct req *req, const char *bucket, struct err *e)
{
	(void)bucket;
	if (req_header(req, "X-Too-Fast") == NULL)
		return 0;
	err_set(e, ERR_RATE_LIMITED, "rate_limited", "Too many requests.");
	e->retry_after_s = 9;
	return -1;
}

static const struct web_guard guard = {
    .authenticate = authenticate, .admit = admit};

static const struct web_program program = {
    "test", routes, sizeof(routes) / sizeof(routes[0]), &guard};

static int
setup(void **state)
{
	*state = request_new(&program);
	return 0;
}

#endif
