/* SPDX-License-Identifier: MIT */
/*
 * request.c -- The head of a request: who asks for what, in which language.
 *
 * Everything here comes from outside and is bounded by lighttpd (its headers
 * have a cap); nothing here can fail, for a head that makes no sense names a
 * path that there is not.
 */
#include "web/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"
#include "web/language.h"
#include "web/web_private.h"

enum { REQUEST_ID_MAX = 64, USER_AGENT_MAX = 200, REQUEST_ID_BYTES = 12 };

static const char API[] = "/api/v1";

const char *
env_get(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

const char *
req_header(const struct req *req, const char *name)
{
	char   variable[64] = "HTTP_";
	size_t n = 5;

	for (; *name != '\0' && n < sizeof(variable) - 1; name++) {
		if (*name == '-')
			variable[n++] = '_';
		else if (*name >= 'a' && *name <= 'z')
			variable[n++] = (char)(*name - 'a' + 'A');
		else
			variable[n++] = *name;
	}
	return env_get(req->priv->input->env, variable);
}

/* On TLS the prefix keeps others from planting a cookie of ours. */
const char *
req_cookie(const struct req *req, const char *name)
{
	const struct param *p;

	if (req->is_tls)
		name = arena_printf(req->arena, "__Host-%s", name);
	p = params_find(&req->priv->cookies, name);
	return p == NULL ? NULL : p->value;
}

const char *
request_preference(const struct req *req, const char *name)
{
	const struct param *p;
	const char	   *own = req_cookie(req, name);

	if (own != NULL)
		return own;
	p = params_find(&req->priv->cookies, name);
	return p == NULL ? NULL : p->value;
}

static const char *
request_id(const struct req *req)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._-";
	const char *id = req_header(req, "X-Request-Id");
	size_t	    n = id == NULL ? 0 : strlen(id);

	if (n >= 1 && n <= REQUEST_ID_MAX && strspn(id, allowed) == n)
		return id;
	return random_token(req->arena, REQUEST_ID_BYTES);
}

/* An IPv4 address may come dressed as IPv6: ::ffff:192.0.2.1. */
static const char *
client_address(char *const *env)
{
	const char *address = env_get(env, "REMOTE_ADDR");

	if (address == NULL)
		return "";
	if (strncasecmp(address, "::ffff:", 7) == 0 &&
	    strchr(address, '.') != NULL)
		return address + 7;
	return address;
}

/* Shown in lists of sessions: a line of valid text, whatever was sent. */
static const char *
user_agent(const struct req *req)
{
	const char *sent = req_header(req, "User-Agent");
	char	   *text;
	size_t	    n;

	if (sent == NULL)
		return "";
	text = arena_strndup(req->arena, sent, USER_AGENT_MAX);
	for (n = strlen(text);
	     n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80; n--)
		;
	if (!utf8_valid(text, strlen(text)) && n > 0)
		text[n - 1] = '\0'; /* the cut went through a character */
	if (!utf8_valid(text, strlen(text)) ||
	    utf8_has_control(text, strlen(text), ""))
		return "";
	return text;
}

static void
read_path(struct req *req)
{
	const char *uri = env_get(req->priv->input->env, "REQUEST_URI");
	const char *query;
	char	   *path;
	size_t	    n;

	if (uri == NULL || uri[0] != '/')
		uri = "/";
	query = strchr(uri, '?');
	n = query == NULL ? strlen(uri) : (size_t)(query - uri);
	path = arena_alloc(req->arena, n + 1);
	n = percent_decode(path, uri, n, false);
	req->is_api =
	    strncmp(path, API, sizeof(API) - 1) == 0 &&
	    (path[sizeof(API) - 1] == '/' || path[sizeof(API) - 1] == '\0');
	req->path = req->is_api ? path + sizeof(API) - 1 : path;
	if (strlen(path) != n || !utf8_valid(path, n))
		req->path = ""; /* no route has such a path */
	req->uri = req->is_api ? uri + sizeof(API) - 1 : uri;
}

static bool
is_tls(char *const *env)
{
	const char *https = env_get(env, "HTTPS");
	const char *scheme = env_get(env, "REQUEST_SCHEME");

	return (https != NULL && strcmp(https, "on") == 0) ||
	       (scheme != NULL && strcmp(scheme, "https") == 0);
}

void
request_read_head(struct req *req)
{
	struct req_private *priv = req->priv;
	char *const	   *env = priv->input->env;
	const char	   *method = env_get(env, "REQUEST_METHOD");

	priv->method_name = method == NULL ? "" : method;
	priv->is_head = strcmp(priv->method_name, "HEAD") == 0;
	req->method = method_of(priv->is_head ? "GET" : priv->method_name);
	req->now_ms = clock_ms();
	req->id = request_id(req);
	req->is_tls = is_tls(env);
	req->address = client_address(env);
	req->user_agent = user_agent(req);
	params_cookies(&priv->cookies, req->arena, req_header(req, "Cookie"));
	req->lang = language_choose(request_preference(req, "lang"),
	    req_header(req, "Accept-Language"), priv->web->language);
	read_path(req);
}

/* The host and port of a URL; 0 bytes when it has none. */
static const char *
host_of(const char *url, size_t *n_r)
{
	const char *at = strstr(url, "://");

	at = at == NULL ? "" : at + 3;
	*n_r = strcspn(at, "/?#");
	return at;
}

static bool
is_host(const char *host, const char *other, size_t n)
{
	return n > 0 && strlen(other) == n && strncasecmp(host, other, n) == 0;
}

bool
request_is_own_url(const struct req *req, const char *url)
{
	const char *asked = req_header(req, "Host");
	size_t	    n, nsite;
	const char *host = host_of(url, &n);
	const char *site = host_of(req->priv->web->site_url, &nsite);

	return (asked != NULL && is_host(host, asked, n)) ||
	       (n == nsite &&
		   is_host(host, arena_strndup(req->arena, site, nsite), n));
}

const char *
request_referer(const struct req *req)
{
	const char *url = req_header(req, "Referer");
	const char *path;

	if (url == NULL || !request_is_own_url(req, url))
		return NULL;
	path = strstr(url, "://") + 3;
	path += strcspn(path, "/?#");
	return path[0] == '/' ? path : "/";
}

/*
 * A page that stands in for a form that failed may ask for a name that the
 * form's own path does not have.
 */
static const struct route_arg *
path_arg(const struct req *req, const char *name)
{
	static const struct route_arg absent;
	const struct route_match     *match = &req->priv->match;

	for (size_t i = 0; i < match->nargs; i++)
		if (strlen(name) == match->args[i].name_len &&
		    memcmp(name, match->args[i].name,
			match->args[i].name_len) == 0)
			return &match->args[i];
	return &absent;
}

uint64_t
req_path_id(const struct req *req, const char *name)
{
	return path_arg(req, name)->id;
}

const char *
req_path_text(const struct req *req, const char *name)
{
	return path_arg(req, name)->text;
}

const char *
req_site_url(const struct req *req)
{
	const char *site = req->priv->web->site_url;
	const char *host = req_header(req, "Host");
	size_t	    n = strlen(site);

	while (n > 0 && site[n - 1] == '/')
		n--;
	if (n > 0 || host == NULL)
		return arena_strndup(req->arena, site, n);
	return arena_printf(
	    req->arena, "%s://%s", req->is_tls ? "https" : "http", host);
}
