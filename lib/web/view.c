/* SPDX-License-Identifier: MIT */
/*
 * view.c -- What handlers fill, and what it becomes on the wire.
 *
 * An API client gets the data as JSON.  A browser gets the template over the
 * same data, or, after a change, the way to the next page.
 */
#include "web/view.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "web/page.h"
#include "web/reply.h"
#include "web/request.h"

void
view_init(struct view *view, struct view_private *priv, struct req *req)
{
	memset(priv, 0, sizeof(*priv));
	priv->page = json_object();
	*view = (struct view){.req = req,
	    .status = 200,
	    .data = json_object(),
	    .templ = req->route->templ,
	    .priv = priv};
}

void
view_set(struct view *view, const char *key, json_t *value)
{
	json_object_set_new(view->data, key, value);
}

void
view_page(struct view *view, const char *key, json_t *value)
{
	json_object_set_new(view->priv->page, key, value);
}

void
view_root(struct view *view, json_t *object)
{
	json_decref(view->data);
	view->data = object;
}

void
view_list(struct view *view, json_t *items, const char *next)
{
	view_set(view, "items", items);
	view_set(view, "next", json_text(next));
}

int
view_created(struct view *view, json_t *object, const char *fmt, ...)
{
	va_list ap;

	view_root(view, object);
	view->status = 201;
	va_start(ap, fmt);
	view->location = arena_vprintf(view->req->arena, fmt, ap);
	va_end(ap);
	return 0;
}

int
view_no_content(struct view *view, const char *fmt, ...)
{
	va_list ap;

	view->status = 204;
	va_start(ap, fmt);
	view->location = arena_vprintf(view->req->arena, fmt, ap);
	va_end(ap);
	return 0;
}

int
view_redirect(struct view *view, const char *fmt, ...)
{
	va_list ap;

	view->priv->is_redirect = true;
	va_start(ap, fmt);
	view->location = arena_vprintf(view->req->arena, fmt, ap);
	va_end(ap);
	return 0;
}

int
view_text(struct view *view, const char *content_type, const char *text)
{
	view->priv->content_type = content_type;
	view->priv->text = text;
	return 0;
}

void
view_header(struct view *view, const char *name, const char *value)
{
	struct view_private *priv = view->priv;

	if (priv->nheaders == VIEW_HEADERS_MAX)
		abort(); /* a handler of ours without measure */
	priv->headers[priv->nheaders].name = name;
	priv->headers[priv->nheaders++].value = value;
}

const char *
cookie_text(const struct req *req, const char *name, const char *value,
    int64_t max_age_s)
{
	return arena_printf(req->arena,
	    "%s%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
	    req->is_tls ? "__Host-" : "", name, value, (long long)max_age_s,
	    req->is_tls ? "; Secure" : "");
}

void
view_cookie(
    struct view *view, const char *name, const char *value, int64_t max_age_s)
{
	view_header(
	    view, "Set-Cookie", cookie_text(view->req, name, value, max_age_s));
}

static void
add_headers(struct view *view, struct reply *reply)
{
	const struct view_private *priv = view->priv;
	bool			   has_cache = false;

	for (size_t i = 0; i < priv->nheaders; i++) {
		reply_header(
		    reply, priv->headers[i].name, priv->headers[i].value);
		if (strcmp(priv->headers[i].name, "Cache-Control") == 0)
			has_cache = true;
	}
	if (!has_cache)
		reply_header(reply, "Cache-Control", "no-store");
}

/* Where a browser goes after a change that says no more. */
static const char *
next_location(const struct view *view)
{
	const char *referer;

	if (view->location != NULL)
		return view->location;
	referer = request_referer(view->req);
	return referer == NULL ? "/" : referer;
}

static void
redirect(struct view *view, struct reply *reply)
{
	reply_status(reply, 303);
	add_headers(view, reply);
	reply_header(reply, "Location",
	    location_encode(view->req->arena, next_location(view)));
}

/* The guard may hand a log-in cookie on: only pages are to carry it. */
static void
renew_login(struct view *view)
{
	const struct web_user *user = &view->req->user;

	if (user->cookie != NULL && !view->req->is_api)
		view_cookie(
		    view, WEB_LOGIN_COOKIE, user->cookie, user->cookie_age_s);
}

int
view_reply(struct view *view, struct reply *reply, struct err *e)
{
	struct req *req = view->req;
	bool	    is_page = !req->is_api && req->route->side != SIDE_ROOT;

	if (view->priv->is_redirect || (is_page && req->method != WEB_GET)) {
		renew_login(view);
		redirect(view, reply);
		return 0;
	}
	if (is_page && view->templ != NULL && view->priv->text == NULL) {
		renew_login(view);
		reply_status(reply, view->status);
		add_headers(view, reply);
		return page_reply(view, NULL, reply, e);
	}
	reply_status(reply, view->status);
	add_headers(view, reply);
	if (view->priv->text != NULL) {
		reply_header(reply, "Content-Type", view->priv->content_type);
		strbuf_adds(&reply->body, view->priv->text);
	} else if (view->status != 204)
		reply_json(
		    reply, "application/json; charset=utf-8", view->data);
	return 0;
}
