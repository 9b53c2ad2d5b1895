/* SPDX-License-Identifier: MIT */
/*
 * serve.c -- One request, from its head to its answer.
 *
 * The steps below are in the order that gives least away: what there is, who
 * asks, whether they may, whether it was really they, whether now, and only
 * then what exactly they want.
 */
#include "web/serve.h"

#include <string.h>

#include "base/arena.h"
#include "base/arena_heap.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "web/fields.h"
#include "web/page.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/rights.h"
#include "web/view.h"
#include "web/web_private.h"

static int
find_route(struct req *req, struct err *e)
{
	const struct web_program *program = req->priv->web->program;
	struct route_match	 *match = &req->priv->match;

	routes_find(program->routes, program->nroutes, req->arena, req->is_api,
	    req->method, req->path, match);
	req->route = match->route;
	if (match->allowed == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is nothing here.");
	if (match->route == NULL)
		return err_set(e, ERR_METHOD, "method_not_allowed",
		    "%.20s is not possible here.", req->priv->method_name);
	return 0;
}

static int
admit(struct req *req, struct err *e)
{
	const struct web_guard *guard = req->priv->web->program->guard;
	const char	       *bucket = req->route->bucket;

	if (guard == NULL || guard->admit == NULL)
		return 0;
	if (bucket == NULL)
		bucket = req->method == WEB_GET ? "read" : "write";
	return bucket[0] == '\0' ? 0 : guard->admit(req, bucket, e);
}

/* Everything that comes before the handler. */
static int
prepare(struct req *req, struct err *e)
{
	if (request_read_body(req, e) == -1 || find_route(req, e) == -1 ||
	    rights_check(req, e) == -1)
		return -1;
	req->priv->is_entitled = true;
	if (request_parse_json(req, e) == -1 ||
	    rights_check_origin(req, e) == -1 || admit(req, e) == -1)
		return -1;
	if (fields_read(req, e) == 0)
		return 0;
	if (req->route->judge != NULL)
		req->route->judge(req, e);
	return -1;
}

static int
handle(struct req *req, struct reply *reply, struct err *e)
{
	struct view	    view;
	struct view_private priv;

	view_init(&view, &priv, req);
	if (req->route->handler(req, &view, e) == -1)
		return -1;
	return view_reply(&view, reply, e);
}

/* Is the question only what the path can do? */
static bool
answer_options(struct req *req, struct reply *reply)
{
	const struct web_program *program = req->priv->web->program;
	struct route_match	  match;

	if (strcmp(req->priv->method_name, "OPTIONS") != 0)
		return false;
	routes_find(program->routes, program->nroutes, req->arena, req->is_api,
	    0, req->path, &match);
	if (match.allowed == 0)
		return false;
	reply_status(reply, 204);
	reply_header(reply, "Allow", methods_text(req->arena, match.allowed));
	reply_header(reply, "Cache-Control", "no-store");
	return true;
}

/* The one place where an error of a request is logged, if it is ours. */
static void
answer_error(struct req *req, const struct err *e, struct reply *reply)
{
	if (error_status(e) >= 500) {
		metric_add(METRIC_HTTP_ERRORS, 1);
		log_err("http.error", e);
	}
	if (req->is_api || req->priv->match.side == SIDE_ROOT)
		reply_problem(reply, req, e);
	else
		page_error(req, e, reply);
}

/* The JSON values of a request are its arena's, and gone with it. */
void
web_serve(const struct web *web, const struct web_input *input,
    struct arena *arena, struct reply *reply)
{
	struct req_private *priv = arena_alloc(arena, sizeof(*priv));
	struct req	   *req = arena_alloc(arena, sizeof(*req));
	struct arena	   *before = arena_heap_use(arena);
	int64_t		    start = clock_mono_us();
	struct err	    e = {0};

	priv->web = web;
	priv->input = input;
	req->app = web->app;
	req->arena = arena;
	req->priv = priv;
	request_read_head(req);
	log_request(req->id);
	reply_init(reply, req);
	if (!answer_options(req, reply) &&
	    (prepare(req, &e) == -1 || handle(req, reply, &e) == -1))
		answer_error(req, &e, reply);
	reply_end(reply, req);
	(void)arena_heap_use(before);
	log_request(NULL);
	metric_add(METRIC_HTTP_REQUESTS, 1);
	metric_observe_us(METRIC_HTTP_SECONDS, clock_mono_us() - start);
}
