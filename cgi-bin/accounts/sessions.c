/* SPDX-License-Identifier: MIT */
/* sessions.c -- Handlers of sessions: log in, refresh, list, end. */
#include "account/rules.h"
#include "account/session.h"
#include "accounts.h"
#include "base/str.h"

struct session_origin
origin_of(struct req *req)
{
	const char *device = req_str(req, "device");

	if (device == NULL || *device == '\0')
		device = device_of(req->arena, req->user_agent);
	return (struct session_origin){device, req->address, !req->is_api};
}

static json_t *
grant_json(const struct session_grant *grant)
{
	json_t *json = json_object();

	json_object_set_new(
	    json, "access_token", json_text(grant->access_token));
	json_object_set_new(json, "token_type", json_text("Bearer"));
	json_object_set_new(
	    json, "expires_in", json_integer(grant->expires_in_s));
	json_object_set_new(
	    json, "refresh_token", json_text(grant->refresh_token));
	json_object_set_new(json, "session_id", json_id(grant->session_id));
	json_object_set_new(json, "user", user_json(&grant->user, NULL, true));
	return json;
}

int
sessions_post(struct req *req, struct view *view, struct err *e)
{
	const struct session_origin origin = origin_of(req);
	struct session_grant	    grant;

	if (account_login(req->app, req->arena, req_str(req, "login"),
		req_str(req, "password"), &origin, &grant, e) == -1)
		return -1;
	view_header(view, "Cache-Control", "no-store");
	return view_created(view, grant_json(&grant), "/settings/sessions");
}

int
sessions_refresh(struct req *req, struct view *view, struct err *e)
{
	struct session_grant grant;

	if (account_refresh(req->app, req->arena, req_str(req, "refresh_token"),
		&grant, e) == -1)
		return -1;
	view_header(view, "Cache-Control", "no-store");
	view_root(view, grant_json(&grant));
	return 0;
}

static json_t *
session_json(const struct session *s, uint64_t current)
{
	json_t *json = json_object();

	json_object_set_new(json, "id", json_id(s->id));
	json_object_set_new(json, "device", json_text(s->device));
	json_object_set_new(json, "address", json_text(s->address));
	json_object_set_new(json, "created_at", json_time(s->created_ms));
	json_object_set_new(
	    json, "last_active_at", json_time(s->last_active_ms));
	json_object_set_new(json, "current", json_boolean(s->id == current));
	return json;
}

json_t *
sessions_json(struct req *req, uint64_t before, unsigned limit, struct err *e)
{
	struct session *list;
	json_t	       *items;
	size_t		n;

	/* One too many tells that there are more. */
	if (account_sessions(req->app, req->arena, req->user.id, before,
		limit + 1, &list, &n, e) == -1)
		return NULL;
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		json_array_append_new(
		    items, session_json(&list[i], req->user.session_id));
	return json_list(
	    items, n > limit ? id_text(req->arena, list[limit - 1].id) : NULL);
}

int
sessions_get(struct req *req, struct view *view, struct err *e)
{
	json_t *json =
	    sessions_json(req, req_u64(req, "cursor"), req_limit(req), e);

	if (json == NULL)
		return -1;
	view_root(view, json);
	return 0;
}

int
session_delete(struct req *req, struct view *view, struct err *e)
{
	if (account_session_end(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), e) == -1)
		return -1;
	return view_no_content(view, "/settings/sessions");
}

int
session_current_delete(struct req *req, struct view *view, struct err *e)
{
	if (account_session_end(req->app, req->arena, req->user.id,
		req->user.session_id, e) == -1)
		return -1;
	if (req->user.by_cookie)
		view_cookie(view, WEB_LOGIN_COOKIE, "", 0);
	return view_no_content(view, "/login");
}
