/* SPDX-License-Identifier: MIT */
/*
 * request.h -- What lib/web keeps of a request, and how it reads one.
 *
 * The order of things is serve.c's; each step reads its part only.
 */
#ifndef PARLEY_WEB_REQUEST_H
#define PARLEY_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "web/params.h"
#include "web/route.h"
#include "web/web.h"

struct web;

enum { BODY_MAX = 256 * 1024, JSON_DEPTH_MAX = 32 };

/* Where a request comes from: CGI variables, and its body as it arrives. */
struct web_input {
	char *const *env; /* "NAME=value", ended by NULL */
	ssize_t (*read)(void *ctx, char *, size_t n); /* 0: the end */
	void *ctx;
};

/* The value of a declared field, parallel to the rows of route->fields. */
struct field_value {
	bool		has, is_null, is_true;
	const char     *text;
	int64_t		number;
	uint64_t	id;
	const uint64_t *ids;
	size_t		nids;
};

struct req_private {
	const struct web       *web;
	const struct web_input *input;
	const char	       *method_name; /* as it was sent */
	bool			is_head;
	bool			is_form;     /* the body is a form, in form */
	bool			is_entitled; /* has the route's right */
	struct params		query, form, cookies;
	char		       *body;
	size_t			body_len;
	json_t		       *json; /* the body's object; NULL: none */
	struct route_match	match;
	struct field_value     *values;
};

/* A variable of the request, or NULL. */
const char *env_get(char *const *env, const char *name);

/* Fills everything that the head of a request says. */
void request_read_head(struct req *);

/*
 * Reads the body, and parses query and form: a form's hidden _method has a
 * say in the route.  -1 "malformed" or "too_large".
 */
int request_read_body(struct req *, struct err *);

/* Parses the body if it is JSON: not before it is known who asks. */
int request_parse_json(struct req *, struct err *);

/* A cookie that holds a preference, set by script or by us; NULL: none. */
const char *request_preference(const struct req *, const char *name);

/* Does this URL (an Origin or a Referer) name the host that was asked? */
bool request_is_own_url(const struct req *, const char *url);

/* The path and query of the page that the browser came from; NULL: not ours. */
const char *request_referer(const struct req *);

#endif
