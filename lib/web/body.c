/* SPDX-License-Identifier: MIT */
/*
 * body.c -- The body of a request: JSON or a form, of bounded size and depth.
 *
 * What can't be read at all is malformed; what can, but breaks a field's
 * rules, is left to fields.c.  So a string may hold \u0000 here, and a number
 * may be too large for 64 bits: both are a field's fault, not the syntax's.
 */
#include "web/request.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"

/* What a refused body is read on for, so that lighttpd gets rid of it. */
enum { DRAIN_MAX = 4 * 1024 * 1024 };

static void
drain(const struct web_input *in)
{
	char trash[8192];

	for (size_t total = 0; total < DRAIN_MAX; total += sizeof(trash))
		if (in->read(in->ctx, trash, sizeof(trash)) <= 0)
			return;
}

static int
too_large(const struct web_input *in, struct err *e)
{
	drain(in);
	return err_set(e, ERR_TOO_LARGE, "too_large",
	    "The body is over %d KiB.", BODY_MAX / 1024);
}

static int
read_all(struct req *req, struct err *e)
{
	struct req_private     *priv = req->priv;
	const struct web_input *in = priv->input;
	const char	       *length = env_get(in->env, "CONTENT_LENGTH");
	uint64_t		expected = 0;

	if (length != NULL && length[0] != '\0' &&
	    !parse_u64(length, &expected))
		return err_set(e, ERR_MALFORMED, "malformed",
		    "Content-Length is no number.");
	if (expected > BODY_MAX)
		return too_large(in, e);
	if (expected == 0)
		return 0;
	priv->body = arena_alloc(req->arena, expected + 1);
	while (priv->body_len < expected) {
		ssize_t got = in->read(in->ctx, priv->body + priv->body_len,
		    expected - priv->body_len);

		if (got <= 0)
			return err_set(e, ERR_MALFORMED, "malformed",
			    "The body ends before its Content-Length.");
		priv->body_len += (size_t)got;
	}
	return 0;
}

/* How deeply are brackets nested?  Those in strings don't count. */
static int
json_depth(const char *s, size_t n)
{
	int  depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		if (in_string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				in_string = false;
		} else if (s[i] == '"')
			in_string = true;
		else if (s[i] == '{' || s[i] == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if (s[i] == '}' || s[i] == ']')
			depth--;
	}
	return deepest;
}

/* Does a media type say this, whatever parameters follow? */
static bool
is_media_type(const char *type, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(type, name, n) == 0 &&
	       (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static int
decode_query(struct req *req, struct err *e)
{
	const char *query = env_get(req->priv->input->env, "QUERY_STRING");

	if (query != NULL &&
	    !params_decode(&req->priv->query, req->arena, query, strlen(query)))
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The query has more than %d parameters.", PARAMS_MAX);
	return 0;
}

static int
decode_form(struct req *req, struct err *e)
{
	struct req_private *priv = req->priv;
	const struct param *method;

	priv->is_form = true;
	if (!params_decode(&priv->form, req->arena, priv->body, priv->body_len))
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The form has more than %d fields.", PARAMS_MAX);
	method = params_find(&priv->form, "_method");
	if (method != NULL && req->method == WEB_POST)
		req->method = method_of(method->value) &
			      (WEB_PUT | WEB_PATCH | WEB_DELETE);
	return 0;
}

/* A form speaks for pages only: its hidden _method may change the route. */
int
request_read_body(struct req *req, struct err *e)
{
	struct req_private *priv = req->priv;
	const char	   *type = env_get(priv->input->env, "CONTENT_TYPE");

	if (decode_query(req, e) == -1 || read_all(req, e) == -1)
		return -1;
	if (priv->body_len > 0 && !req->is_api && type != NULL &&
	    is_media_type(type, "application/x-www-form-urlencoded"))
		return decode_form(req, e);
	return 0;
}

static json_t *
load_json(const char *body, size_t n, json_error_t *why)
{
	const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_t	    *value = json_loadb(body, n, flags, why);

	if (value == NULL &&
	    json_error_code(why) == json_error_numeric_overflow)
		value =
		    json_loadb(body, n, flags | JSON_DECODE_INT_AS_REAL, why);
	return value;
}

int
request_parse_json(struct req *req, struct err *e)
{
	struct req_private *priv = req->priv;
	const char	   *type = env_get(priv->input->env, "CONTENT_TYPE");
	json_error_t	    why;

	if (priv->body_len == 0 || priv->is_form)
		return 0;
	if (type != NULL && type[0] != '\0' &&
	    !is_media_type(type, "application/json"))
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The body must be application/json.");
	if (json_depth(priv->body, priv->body_len) > JSON_DEPTH_MAX)
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The JSON is nested more than %d deep.", JSON_DEPTH_MAX);
	priv->json = load_json(priv->body, priv->body_len, &why);
	if (priv->json == NULL)
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The body is not JSON: line %d, column %d.", why.line,
		    why.column);
	if (!json_is_object(priv->json))
		return err_set(e, ERR_MALFORMED, "malformed",
		    "The body is not a JSON object.");
	return 0;
}
