/* SPDX-License-Identifier: MIT */
/*
 * main.c -- health: does it live, can it serve, what has it done?
 *
 * For load balancers, supervisors and Prometheus.  No limit counts these
 * calls, and none needs a log-in: /metrics is for the operator's addresses.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/metrics.h"
#include "base/str.h"
#include "checks.h"
#include "data/app.h"
#include "delivery/dead_letter.h"
#include "delivery/node_id.h"
#include "policy/guard.h"
#include "web/web.h"

static int
alive(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	view_set(view, "status", json_text("ok"));
	return 0;
}

/* What an operator should look at, though nothing is down. */
static void
warn(struct req *req, struct view *view)
{
	struct err e = {0};
	size_t	   n;

	if (dead_letters_count(req->app, req->arena, &n, &e) == 0 && n > 0)
		view_set(view, "warnings",
		    json_pack("{s:I}", "dead_letters", (json_int_t)n));
}

/* Why is the operator's to know: it may name addresses of ours. */
static json_t *
finding_json(const struct req *req, const struct finding *found)
{
	static const char *const names[] = {"ok", "degraded", "down"};
	json_t			*json = json_object();

	json_object_set_new(json, "state", json_text(names[found->state]));
	json_object_set_new(json, "since", json_time(found->since_ms));
	if (found->why != NULL && req_is_operator(req))
		json_object_set_new(json, "cause", json_text(found->why));
	return json;
}

/* Which node it was: a port, or a balancer, may lead to another. */
static void
name_node(struct req *req, struct view *view)
{
	struct err e = {0};
	char	  *node = arena_alloc(req->arena, NODE_ID_SIZE);

	if (node_id(req->app->config, node, &e) == 0)
		view_header(view, "X-Parley-Node", node);
}

/* degraded still serves: who sends us traffic shall go on doing so. */
static int
ready(struct req *req, struct view *view, struct err *e)
{
	const char    *status = "ok";
	json_t	      *states = json_object();
	bool	       is_watched = checks_resume(req->app);
	struct finding found;

	(void)e;
	name_node(req, view);
	for (size_t i = 0; i < nchecks; i++) {
		if (!check_now(
			&checks[i], req->app, req->arena, is_watched, &found))
			continue;
		json_object_set_new(
		    states, checks[i].name, finding_json(req, &found));
		if (found.state == HEALTH_DOWN && checks[i].is_essential)
			view->status = 503;
		if (found.state != HEALTH_OK)
			status = "degraded";
	}
	if (view->status == 503) {
		status = "down";
		view_header(view, "Retry-After", "2");
	}
	view_set(view, "status", json_text(status));
	view_set(view, "checks", states);
	if (view->status != 503)
		warn(req, view);
	return 0;
}

static int
metrics(struct req *req, struct view *view, struct err *e)
{
	struct strbuf  text;
	bool	       is_watched = checks_resume(req->app);
	struct finding found;

	for (size_t i = 0; i < nchecks; i++)
		(void)check_now(
		    &checks[i], req->app, req->arena, is_watched, &found);
	strbuf_init(&text, req->arena);
	if (metrics_print(config_instance(req->app->config), &text, e) == -1)
		return -1;
	return view_text(
	    view, "text/plain; version=0.0.4; charset=utf-8", text.data);
}

static const struct web_route routes[] = {
    {WEB_GET, SIDE_ROOT, "/healthz", RIGHT_PUBLIC, alive, .bucket = ""},
    {WEB_GET, SIDE_ROOT, "/readyz", RIGHT_PUBLIC, ready, .bucket = ""},
    {WEB_GET, SIDE_ROOT, "/metrics", RIGHT_OPERATOR, metrics, .bucket = ""},
};

static const struct web_program program = {
    "health", routes, sizeof(routes) / sizeof(routes[0]), &policy_guard};

int
main(int argc, char **argv)
{
	/* Who asks waits seconds: a probe must be quicker than a request. */
	(void)setenv("PARLEY_MYSQL_TIMEOUT_S", "1", 0);
	(void)setenv("PARLEY_MYSQL_CONNECT_TIMEOUT_S", "1", 0);
	return web_main(argc, argv, &program);
}
