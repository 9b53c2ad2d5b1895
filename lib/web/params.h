/* SPDX-License-Identifier: MIT */
/*
 * params.h -- Names and values as browsers send them: queries, forms, cookies.
 *
 * Bytes are taken as they come; whoever uses a value judges its encoding.
 * Every list has a cap, and what is past it makes the request malformed.
 */
#ifndef PARLEY_WEB_PARAMS_H
#define PARLEY_WEB_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { PARAMS_MAX = 256 };

struct param {
	const char *name;
	const char *value; /* NUL-terminated, but may hold NULs */
	size_t	    len;
};

struct params {
	const struct param *v;
	size_t		    n;
};

/*
 * application/x-www-form-urlencoded (WHATWG URL, section 5.1).  False when
 * there are more than PARAMS_MAX.
 */
bool params_decode(struct params *, struct arena *, const char *, size_t n);

/* The Cookie header; what is past PARAMS_MAX is dropped. */
void params_cookies(struct params *, struct arena *, const char *header);

/* The last of a name, for a checkbox follows its hidden default; or NULL. */
const struct param *params_find(const struct params *, const char *name);

/* Turns %XX into bytes, and '+' into a blank if asked to: the new length. */
size_t percent_decode(char *out, const char *in, size_t n, bool plus);

/* A value for a query: everything but the plain characters as %XX. */
const char *percent_encode(struct arena *, const char *);

#endif
