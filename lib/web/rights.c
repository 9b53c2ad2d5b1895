/* SPDX-License-Identifier: MIT */
/* rights.c -- May this request be served at all? */
#include "web/rights.h"

#include <string.h>

#include "base/crypto.h"
#include "base/err.h"
#include "web/address.h"
#include "web/request.h"
#include "web/web_private.h"

static const struct web_user NOBODY;

/*
 * A stale cookie is no fault where nobody needs to be logged in: the log-in
 * page itself would be out of reach.
 */
static int
authenticate(struct req *req, bool needed, struct err *e)
{
	const struct web_guard *guard = req->priv->web->program->guard;

	if (guard == NULL || guard->authenticate == NULL ||
	    guard->authenticate(req, e) == 0)
		return 0;
	if (needed || e->kind != ERR_UNAUTHORIZED ||
	    req_header(req, "Authorization") != NULL)
		return -1;
	req->user = NOBODY;
	err_clear(e);
	return 0;
}

static int
require_user(struct req *req, struct err *e)
{
	if (authenticate(req, true, e) == -1)
		return -1;
	if (req->user.id == 0)
		return err_set(
		    e, ERR_UNAUTHORIZED, "unauthorized", "Log in first.");
	return 0;
}

bool
req_is_operator(const struct req *req)
{
	return address_in_list(req->address, req->priv->web->operators);
}

void
rights_recognize(struct req *req)
{
	struct err e = {0};

	if (authenticate(req, false, &e) == -1)
		req->user = NOBODY;
}

int
rights_check(struct req *req, struct err *e)
{
	switch (req->route->right) {
	case RIGHT_PUBLIC:
		return 0;
	case RIGHT_OPTIONAL:
		return authenticate(req, false, e);
	case RIGHT_USER:
		return require_user(req, e);
	case RIGHT_ADMIN:
		if (require_user(req, e) == -1)
			return -1;
		if (req->user.role != ROLE_ADMIN)
			return err_set(e, ERR_FORBIDDEN, "forbidden",
			    "Only administrators may do this.");
		return 0;
	case RIGHT_OPERATOR:
		if (!req_is_operator(req))
			return err_set(e, ERR_NOT_FOUND, "not_found",
			    "There is nothing here.");
		return 0;
	case RIGHT_UNSET:
		break; /* routes_check() lets none start */
	}
	return err_set(e, ERR_INTERNAL, "internal", "a route without a right");
}

/* What a browser says of where a request was made, if it says anything. */
static bool
is_from_elsewhere(const struct req *req)
{
	const char *site = req_header(req, "Sec-Fetch-Site");
	const char *origin = req_header(req, "Origin");

	if (site != NULL && strcmp(site, "same-origin") == 0)
		return false;
	if (site != NULL &&
	    (strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0))
		return true;
	return origin != NULL && !request_is_own_url(req, origin);
}

static const char *
sent_token(const struct req *req)
{
	const char	   *header = req_header(req, "X-CSRF-Token");
	const struct param *field;

	if (header != NULL)
		return header;
	field = params_find(&req->priv->form, "csrf_token");
	if (field != NULL)
		return field->value;
	return json_string_value(
	    json_object_get(req->priv->json, "csrf_token"));
}

static bool
has_token(const struct req *req)
{
	const char *sent = sent_token(req), *own = req->user.csrf_token;

	return sent != NULL && own != NULL && strlen(sent) == strlen(own) &&
	       secret_equal(sent, own, strlen(own));
}

int
rights_check_origin(const struct req *req, struct err *e)
{
	bool by_cookie = req->user.id != 0 && req->user.by_cookie;

	if (req->method == WEB_GET || (req->is_api && !by_cookie))
		return 0;
	if (is_from_elsewhere(req))
		return err_set(e, ERR_FORBIDDEN, "csrf",
		    "The request was made by a page of another site.");
	if (by_cookie && !has_token(req))
		return err_set(e, ERR_FORBIDDEN, "csrf",
		    "The request lacks the token of the page.");
	return 0;
}
