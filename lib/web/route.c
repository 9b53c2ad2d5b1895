/* SPDX-License-Identifier: MIT */
/*
 * route.c -- From a path and a method to the row of the table that serves it.
 *
 * A program has a few dozen rows, and most differ from a path in its first
 * part, so the table is simply walked: that takes a fraction of a
 * microsecond and needs nothing prepared.
 */
#include "web/route.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static const struct {
	const char     *name;
	enum web_method method;
} METHODS[] = {{"GET", WEB_GET}, {"POST", WEB_POST}, {"PUT", WEB_PUT},
    {"PATCH", WEB_PATCH}, {"DELETE", WEB_DELETE}};

enum { NMETHODS = sizeof(METHODS) / sizeof(METHODS[0]), TEXT_MAX = 128 };

static const char *
method_name(enum web_method method)
{
	for (size_t i = 0; i < NMETHODS; i++)
		if (METHODS[i].method == method)
			return METHODS[i].name;
	return "?";
}

unsigned
method_of(const char *name)
{
	for (size_t i = 0; i < NMETHODS; i++)
		if (strcmp(METHODS[i].name, name) == 0)
			return METHODS[i].method;
	return 0;
}

const char *
methods_text(struct arena *arena, unsigned methods)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_adds(
	    &text, methods & WEB_GET ? "GET, HEAD, OPTIONS" : "OPTIONS");
	for (size_t i = 1; i < NMETHODS; i++)
		if (methods & METHODS[i].method)
			strbuf_addf(&text, ", %s", METHODS[i].name);
	return text.data;
}

/* Does a row answer on this side of the house? */
static bool
side_fits(enum web_side side, bool is_api)
{
	return side == SIDE_BOTH || (side == SIDE_API) == is_api;
}

/* A word of a path that is no id: see req_path_text(). */
static bool
is_path_text(const char *s, size_t n)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._~-";

	return n >= 1 && n <= TEXT_MAX && strspn(s, allowed) >= n;
}

/* One part against its {name} or {name:text}: does it fit? */
static bool
arg_fits(const char *pattern, size_t n, const char *part, size_t len,
    struct arena *arena, struct route_arg *arg)
{
	static const char text[] = ":text";
	const size_t	  suffix = sizeof(text) - 1;
	bool		  is_text =
	    n > suffix && memcmp(pattern + n - suffix, text, suffix) == 0;

	*arg = (struct route_arg){
	    .name = pattern, .name_len = is_text ? n - suffix : n};
	if (is_text ? !is_path_text(part, len) : len > 20)
		return false;
	arg->text = arena_strndup(arena, part, len);
	return is_text || id_parse(arg->text, &arg->id);
}

/*
 * Does path fit pattern?  rank then has one bit for each part, set where it
 * is fixed, earlier parts being higher: the greatest rank is the best fit.
 */
static bool
path_fits(const char *pattern, const char *path, struct arena *arena,
    struct route_match *match, unsigned *rank)
{
	match->nargs = 0;
	*rank = 0;
	for (;;) {
		size_t np = strcspn(++pattern, "/"), n = strcspn(++path, "/");

		*rank <<= 1;
		if (pattern[0] == '{') {
			if (match->nargs == ROUTE_PARTS_MAX ||
			    !arg_fits(pattern + 1, np - 2, path, n, arena,
				&match->args[match->nargs++]))
				return false;
		} else if (np == n && memcmp(pattern, path, n) == 0)
			*rank |= 1;
		else
			return false;
		pattern += np;
		path += n;
		if (*pattern != *path)
			return false;
		if (*pattern == '\0')
			return true;
	}
}

void
routes_find(const struct web_route *routes, size_t n, struct arena *arena,
    bool is_api, unsigned method, const char *path, struct route_match *best)
{
	struct route_match match;
	unsigned	   rank, best_rank = 0;

	memset(best, 0, sizeof(*best));
	if (path[0] != '/')
		return;
	for (const struct web_route *r = routes; r < routes + n; r++) {
		if (!side_fits(r->side, is_api) ||
		    (r->path[1] != path[1] && r->path[1] != '{') ||
		    !path_fits(r->path, path, arena, &match, &rank))
			continue;
		if (best->allowed != 0 && rank < best_rank)
			continue;
		if (best->allowed == 0 || rank > best_rank) {
			best->allowed = 0;
			best->route = NULL;
			best_rank = rank;
		}
		best->allowed |= r->method;
		best->side = r->side;
		if (r->method == method) {
			best->route = r;
			best->nargs = match.nargs;
			memcpy(best->args, match.args, sizeof(match.args));
		}
	}
}

/* The path without its names, so that /a/{x} and /a/{y} are seen to be one. */
static bool
same_path(const char *a, const char *b)
{
	for (;;) {
		if (*a == '{' && *b == '{') {
			a += strcspn(a, "}");
			b += strcspn(b, "}");
		}
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

static bool
has_open_brace(const char *path)
{
	for (; *path != '\0'; path += strcspn(path, "/")) {
		size_t n = strcspn(++path, "/");

		if (n > 0 && (path[0] == '{') != (path[n - 1] == '}'))
			return true;
	}
	return false;
}

static const char *
row_fault(const struct web_route *routes, size_t i)
{
	const struct web_route *r = &routes[i];

	if (r->path == NULL || r->path[0] != '/')
		return "has no path that starts with a slash";
	if (has_open_brace(r->path))
		return "has a part with a brace at one end only";
	if (r->right == RIGHT_UNSET)
		return "says no right: who may call it?";
	if (r->handler == NULL)
		return "has no handler";
	if (strcmp(method_name(r->method), "?") == 0)
		return "has not one method";
	if (r->form != NULL && r->form_templ == NULL)
		return "has a form but no template for it";
	for (size_t j = 0; j < i; j++)
		if (routes[j].method == r->method &&
		    same_path(routes[j].path, r->path) &&
		    (side_fits(r->side, true)
			    ? side_fits(routes[j].side, true)
			    : side_fits(routes[j].side, false)))
			return "stands there twice";
	return NULL;
}

int
routes_check(const struct web_route *routes, size_t n, struct err *e)
{
	const char *fault;

	for (size_t i = 0; i < n; i++)
		if ((fault = row_fault(routes, i)) != NULL)
			return err_set(e, ERR_INTERNAL, "route",
			    "route %zu, %s %s, %s", i,
			    method_name(routes[i].method),
			    routes[i].path ? routes[i].path : "?", fault);
	return 0;
}
