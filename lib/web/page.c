/* SPDX-License-Identifier: MIT */
/*
 * page.c -- A page: what its handler found, and what every page shows.
 *
 * templates/README.md is the list of names that a template may count on.
 */
#include "web/page.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "web/fields.h"
#include "web/function.h"
#include "web/language.h"
#include "web/params.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/rights.h"
#include "web/template.h"
#include "web/view.h"
#include "web/web_private.h"

enum { CHOICE_AGE_S = 365 * 86400 };

const char *
location_encode(struct arena *arena, const char *location)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (; *location != '\0'; location++) {
		unsigned char c = (unsigned char)*location;

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\')
			strbuf_addf(&out, "%%%02X", c);
		else
			strbuf_addc(&out, *location);
	}
	return out.data;
}

static void
set_text(json_t *page, const char *key, const char *text)
{
	json_t *value = text == NULL ? NULL : json_string(text);

	json_object_set_new(page, key, value == NULL ? json_string("") : value);
}

/* {code, detail, status}, and what is wrong with which field. */
static void
add_error(const struct req *req, json_t *page, const struct err *shown)
{
	json_t *error = json_object(), *form = json_object();
	json_t *errors = json_object(), *details = json_object();

	set_text(error, "code", error_code(shown));
	set_text(error, "detail", error_detail(shown));
	json_object_set_new(error, "status", json_integer(error_status(shown)));
	for (unsigned i = 0; i < shown->nfields; i++) {
		const struct err_field *f = &shown->fields[i];

		if (json_object_get(errors, f->field) != NULL)
			continue;
		set_text(errors, f->field, f->code);
		set_text(details, f->field, f->detail);
	}
	if (req->route != NULL)
		json_object_set_new(form, "values", fields_typed(req));
	json_object_set_new(form, "errors", errors);
	json_object_set_new(form, "details", details);
	json_object_set_new(page, "error", error);
	json_object_set_new(page, "form", form);
}

/* "?ok=saved": a code; the template shows it if it has a text for it. */
static const char *
confirmed(const struct req *req)
{
	const struct param *ok = params_find(&req->priv->query, "ok");

	if (ok == NULL || ok->len > 32 ||
	    strspn(ok->value, "abcdefghijklmnopqrstuvwxyz_") != ok->len)
		return NULL;
	return ok->value;
}

static const char *
own_choice(json_t *page, const char *key)
{
	return json_string_value(
	    json_object_get(json_object_get(page, "me"), key));
}

/* What the user chose counts before what the browser says. */
static void
add_choices(struct req *req, json_t *page)
{
	const char *locale = own_choice(page, "locale");
	const char *theme = own_choice(page, "theme");

	if (locale != NULL && language_is_known(locale))
		req->lang = language_choose(locale, NULL, req->lang);
	if (theme == NULL || theme[0] == '\0')
		theme = request_preference(req, "theme");
	if (theme == NULL ||
	    (strcmp(theme, "light") != 0 && strcmp(theme, "dark") != 0))
		theme = "auto";
	set_text(page, "lang", req->lang);
	set_text(page, "theme", theme);
}

/*
 * The browser keeps what its user chose, for the pages that come without one:
 * the log-in, an address that is none, and all of them without a database.
 */
static void
keep_choices(struct req *req, json_t *page, struct reply *reply)
{
	static const struct {
		const char *member, *cookie, *fallback;
	} choices[] = {{"locale", "lang", ""}, {"theme", "theme", "auto"}};

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const char *own = own_choice(page, choices[i].member);
		const char *kept = request_preference(req, choices[i].cookie);

		if (own == NULL || own[0] == '\0')
			continue;
		if (strcmp(kept == NULL ? choices[i].fallback : kept, own) != 0)
			reply_header(reply, "Set-Cookie",
			    cookie_text(
				req, choices[i].cookie, own, CHOICE_AGE_S));
	}
}

/*
 * The user, as every page shows them.  A page that tells of an error does
 * without: the database may be what is missing.
 */
static int
add_me(struct req *req, json_t *page, const struct err *shown, struct err *e)
{
	const struct web_guard *guard = req->priv->web->program->guard;

	if (req->user.id == 0 || guard == NULL || guard->decorate == NULL ||
	    (shown != NULL && error_status(shown) >= 500))
		return 0;
	if (guard->decorate(req, page, e) == 0)
		return 0;
	if (shown == NULL)
		return -1;
	err_clear(e);
	return 0;
}

static void
add_common(struct view *view)
{
	struct req *req = view->req;
	json_t	   *page = view->priv->page;

	add_choices(req, page);
	set_text(page, "page", view->templ);
	set_text(page, "site_name", req->priv->web->site_name);
	set_text(page, "site_url", req_site_url(req));
	set_text(page, "path", req->path);
	set_text(page, "uri", req->uri);
	set_text(page, "request_id", req->id);
	if (req->user.csrf_token != NULL)
		set_text(page, "csrf_token", req->user.csrf_token);
	if (confirmed(req) != NULL)
		set_text(page, "ok", confirmed(req));
}

int
page_reply(struct view *view, const struct err *shown, struct reply *reply,
    struct err *e)
{
	struct req   *req = view->req;
	int64_t	      start = clock_mono_us();
	struct render render;

	if (shown != NULL)
		add_error(req, view->priv->page, shown);
	if (add_me(req, view->priv->page, shown, e) == -1)
		return -1;
	add_common(view);
	render = (struct render){.page = view->priv->page,
	    .data = view->data,
	    .lang = req->lang,
	    .zone = request_preference(req, "tz"),
	    .arena = req->arena,
	    .out = &reply->body};
	if (template_render(
		req->priv->web->templates, view->templ, &render, e) == -1)
		return -1;
	reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	reply_header(reply, "Vary", "Accept-Language, Cookie");
	keep_choices(req, view->priv->page, reply);
	metric_observe_us(METRIC_RENDER_SECONDS, clock_mono_us() - start);
	return 0;
}

int
req_day(const struct req *req, int64_t ms)
{
	enum { DAYS = 366 };
	time_t	  seconds = (time_t)(ms / 1000);
	struct tm tm;

	functions_set_zone(request_preference(req, "tz"));
	localtime_r(&seconds, &tm);
	return tm.tm_year * DAYS + tm.tm_yday;
}

/* The last resort: no template, no engine, no user. */
static void
bare_page(const struct req *req, const struct err *shown, struct reply *reply)
{
	const char *title = status_text(error_status(shown));

	reply_status(reply, error_status(shown));
	reply_error_headers(reply, req, shown);
	reply_header(reply, "Cache-Control", "no-store");
	reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	strbuf_addf(&reply->body,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<title>%s</title></head><body><h1>%s</h1><p>",
	    title, title);
	strbuf_add_html(
	    &reply->body, error_detail(shown), strlen(error_detail(shown)));
	strbuf_adds(&reply->body, "</p><p><small>");
	strbuf_add_html(&reply->body, req->id, strlen(req->id));
	strbuf_adds(&reply->body, "</small></p></body></html>\n");
}

static int
try_page(struct req *req, const char *templ, web_handler handler,
    const struct err *shown, struct reply *reply, struct err *e)
{
	struct view	    view;
	struct view_private priv;

	view_init(&view, &priv, req);
	view.templ = templ;
	if (handler != NULL && handler(req, &view, e) == -1)
		return -1;
	reply_status(reply, error_status(shown));
	reply_error_headers(reply, req, shown);
	reply_header(reply, "Cache-Control", "no-store");
	return page_reply(&view, shown, reply, e);
}

/* Has a stranger asked for what needs a log-in?  Then that is the next page. */
static void
go_to_login(const struct req *req, struct reply *reply)
{
	const char *next =
	    req->method == WEB_GET ? req->uri : request_referer(req);

	reply_status(reply, 303);
	reply_header(reply, "Cache-Control", "no-store");
	reply_header(reply, "Location",
	    next == NULL || strcmp(next, "/") == 0
		? "/login"
		: arena_printf(req->arena, "/login?next=%s",
		      percent_encode(req->arena, next)));
}

void
page_error(struct req *req, const struct err *shown, struct reply *reply)
{
	static const struct web_route nowhere;
	const struct web_route	     *route = req->route;
	struct err		      e = {0};

	if (route == NULL) {
		req->route = &nowhere;
		rights_recognize(req);
	}
	if (shown->kind == ERR_UNAUTHORIZED && route != NULL &&
	    (route->right == RIGHT_USER || route->right == RIGHT_ADMIN)) {
		go_to_login(req, reply);
		return;
	}
	/* Its form is for whoever might have called it. */
	if (req->priv->is_entitled && route != NULL && route->form != NULL &&
	    shown->kind != ERR_UNAVAILABLE && error_status(shown) < 500) {
		if (try_page(req, route->form_templ, route->form, shown, reply,
			&e) == 0)
			return;
		err_clear(&e);
	}
	if (req->priv->web->templates != NULL) {
		if (try_page(req, "error", NULL, shown, reply, &e) == 0)
			return;
		if (e.kind == ERR_INTERNAL)
			log_err("page.error", &e);
	}
	bare_page(req, shown, reply);
}
