/* SPDX-License-Identifier: MIT */
/*
 * route.h -- From a path and a method to the row of the table that serves it.
 *
 * A path is compared part by part; a fixed part goes before a {name}, so
 * /users/me wins over /users/{id}.  A part that is not what its {name} asks
 * for does not match: a malformed id is a path that there is not.
 */
#ifndef PARLEY_WEB_ROUTE_H
#define PARLEY_WEB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web/web.h"

struct arena;

enum { ROUTE_PARTS_MAX = 8 };

/* What a {name} of the path stood for. */
struct route_arg {
	const char *name;
	size_t	    name_len;
	uint64_t    id;
	const char *text;
};

struct route_match {
	const struct web_route *route; /* NULL: not this method */
	unsigned	 allowed; /* methods of the path; 0: no such path */
	enum web_side	 side;	  /* of the path, where it allows anything */
	struct route_arg args[ROUTE_PARTS_MAX];
	size_t		 nargs;
};

/*
 * Is the table fit to serve?  Every row needs a right, a handler and a sound
 * path, and no two rows may mean the same.  -1 names the row.
 */
int routes_check(const struct web_route *, size_t n, struct err *);

/*
 * Finds the row for a method and a path without /api/v1 and query.  method 0
 * only asks what the path allows.
 */
void routes_find(const struct web_route *, size_t n, struct arena *,
    bool is_api, unsigned method, const char *path, struct route_match *);

/* The method of this name; 0 for one that we don't have. */
unsigned method_of(const char *name);

/* "GET, HEAD, OPTIONS, POST" for a set of methods. */
const char *methods_text(struct arena *, unsigned methods);

#endif
