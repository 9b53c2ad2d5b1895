/* SPDX-License-Identifier: MIT */
/*
 * hub_auth.c -- The credentials in a request's headers.
 *
 * A bearer token comes as ?access_token= or as the subprotocol pair
 * "parley.v1, bearer.TOKEN"; a browser sends its log-in cookie, which counts
 * only if the page is ours: the Origin's host must be the one asked for, or
 * that of site.url.  websocketd keeps the Host to itself; X-Host is the one
 * that lighttpd was asked for, and always sets.
 */
#include <string.h>
#include <strings.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "delivery/hub_private.h"

/* The value of name= among parts divided by sep; NULL if it is not there. */
static const char *
part(struct arena *a, const char *text, char sep, const char *name)
{
	char   seps[2] = {sep, '\0'};
	size_t nname = strlen(name);

	while (*text != '\0') {
		size_t n;

		text += strspn(text, " ");
		n = strcspn(text, seps);
		if (n >= nname && strncmp(text, name, nname) == 0)
			return arena_strndup(a, text + nname, n - nname);
		text += n + (text[n] != '\0');
	}
	return NULL;
}

static const char *
host_of(const char *url)
{
	const char *at = strstr(url, "://");

	return at == NULL ? "" : at + 3;
}

static bool
is_our_origin(struct hub *h, const char *headers, size_t len)
{
	const char *origin = hub_header(headers, len, "HTTP_ORIGIN");
	const char *host = hub_header(headers, len, "HTTP_X_HOST");
	const char *site = config_str(h->config, "site.url");
	size_t	    n = strlen(origin);

	if (n == 0)
		return false;
	if (*host != '\0' && strcasecmp(host_of(origin), host) == 0)
		return true;
	return strncasecmp(site, origin, n) == 0 &&
	       (site[n] == '\0' || site[n] == '/');
}

static const char *
cookie_of(struct arena *a, const char *cookies)
{
	const char *value = part(a, cookies, ';', "__Host-parley=");

	return value != NULL ? value : part(a, cookies, ';', "parley=");
}

int
hub_authenticate(struct hub *h, const char *headers, size_t len,
    struct token *token_r, struct err *e)
{
	enum token_use use = TOKEN_ACCESS;
	const char    *text;

	text = part(h->arena, hub_header(headers, len, "QUERY_STRING"), '&',
	    "access_token=");
	if (text == NULL)
		text = part(h->arena,
		    hub_header(headers, len, "HTTP_SEC_WEBSOCKET_PROTOCOL"),
		    ',', "bearer.");
	if (text == NULL && is_our_origin(h, headers, len)) {
		use = TOKEN_COOKIE;
		text = cookie_of(
		    h->arena, hub_header(headers, len, "HTTP_COOKIE"));
	}
	if (text == NULL)
		return err_set(
		    e, ERR_UNAUTHORIZED, "unauthorized", "No credentials.");
	if (token_verify(h->keys, text, clock_ms(), token_r, e) == -1)
		return -1;
	if (token_r->use != use)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized",
		    "A token of another kind.");
	return 0;
}
