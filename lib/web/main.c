/* SPDX-License-Identifier: MIT */
/*
 * main.c -- web_main(): a page program from its start to its end.
 *
 * What can be wrong is found here, before the first request, and said in one
 * line on standard error: a route without a right, a template that is not
 * there, settings that make no sense.
 */
#include "web/web.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena_heap.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "web/fcgi.h"
#include "web/prefork.h"
#include "web/route.h"
#include "web/template.h"
#include "web/web_private.h"

/* spawn-fcgi leaves the listening socket where CGI had standard input. */
enum { LISTEN_FD = 0 };

static int
load_template(struct templates *t, const char *name, struct err *e)
{
	return name == NULL ? 0 : template_load(t, name, e);
}

static const char *
place(const char *variable, const char *otherwise)
{
	const char *given = getenv(variable);

	return given == NULL ? otherwise : given;
}

/* A program without pages needs no templates. */
static int
open_templates(struct web *web, struct err *e)
{
	const struct web_program *program = web->program;
	char			  files[PATH_MAX];
	bool			  has_pages = false;

	for (size_t i = 0; i < program->nroutes; i++)
		if (program->routes[i].side == SIDE_PAGE ||
		    program->routes[i].templ != NULL)
			has_pages = true;
	if (!has_pages)
		return 0;
	(void)snprintf(
	    files, sizeof(files), "%s/static", place("PARLEY_BUILD", "build"));
	if (templates_open(
		&web->templates, place("PARLEY_HOME", "."), files, e) == -1)
		return -1;
	for (size_t i = 0; i < program->nroutes; i++) {
		const struct web_route *r = &program->routes[i];

		if (load_template(web->templates, r->templ, e) == -1 ||
		    load_template(web->templates, r->form_templ, e) == -1)
			return -1;
	}
	if (load_template(web->templates, "error", e) == -1)
		return -1;
	/* What reading them left in holes would be each worker's to fill. */
	(void)malloc_trim(0);
	return 0;
}

static int
open_web(struct web *web, struct err *e)
{
	const struct web_program *program = web->program;

	if (routes_check(program->routes, program->nroutes, e) == -1 ||
	    program->guard->open(
		program->name, NULL, &web->app, &web->config, e) == -1)
		return -1;
	if (program->share != NULL)
		program->share(web->app);
	web->operators = config_str(web->config, "operator.addresses");
	web->language = config_str(web->config, "site.language");
	web->site_name = config_str(web->config, "site.name");
	web->site_url = config_str(web->config, "site.url");
	return open_templates(web, e);
}

/* What a worker opens here is its own. */
static int
serve(struct web *web, struct err *e)
{
	const int64_t most = config_int(web->config, "workers.requests");
	struct fcgi  *fcgi = NULL;
	int	      rc = -1;

	if (fcgi_open(&fcgi, LISTEN_FD, e) == 0 &&
	    sandbox_lock(web->sandbox, e) == 0)
		rc = fcgi_run(fcgi, web, most, e);
	fcgi_close(&fcgi);
	return rc;
}

/* A pool has as many workers as its setting says; else this process is one. */
static int
work(struct web *web, struct err *e)
{
	const char *pool = getenv("PARLEY_POOL");
	char	    key[64];
	int	    rc;

	if (pool == NULL)
		return serve(web, e);
	(void)snprintf(key, sizeof(key), "workers.%s", pool);
	if (sandbox_enter("pool", web->config, e) == -1)
		return -1;
	rc = prefork(
	    web->program->name, (unsigned)config_int(web->config, key), e);
	return rc == 1 ? serve(web, e) : rc;
}

static int
run(struct web *web, struct err *e)
{
	int rc = -1;

	if (open_web(web, e) == 0 &&
	    sandbox_make(&web->sandbox, "web", web->config, e) == 0) {
		log_info("web.start", LOG_INT("routes", web->program->nroutes));
		rc = work(web, e);
	}
	sandbox_free(&web->sandbox);
	templates_close(&web->templates);
	if (web->app != NULL)
		web->program->guard->close(&web->app);
	return rc;
}

int
web_main(int argc, char **argv, const struct web_program *program)
{
	struct web web = {.program = program};
	struct err e = {0};

	process_start(program->name);
	json_set_alloc_funcs(arena_heap_malloc, arena_heap_free);
	if (argc > 1) {
		fprintf(stderr,
		    "%s: takes no arguments; it serves FastCGI on "
		    "descriptor %d.\n",
		    argv[0], LISTEN_FD);
		return 2;
	}
	if (run(&web, &e) == -1) {
		log_err("web.fatal", &e);
		return 1;
	}
	return 0;
}
