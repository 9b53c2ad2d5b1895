/* SPDX-License-Identifier: MIT */
/* entry.c -- Handlers of the ways into a group: joining, asking, invited. */
#include "groups.h"

int
join_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");
	bool	 asked;

	if (group_join(req->app, req->arena, req->user.id, id,
		req_str(req, "note"), &asked, e) == -1)
		return -1;
	if (!req->is_api)
		return asked ? view_redirect(view, "/groups")
			     : view_redirect(
				   view, "/c/%llu", (unsigned long long)id);
	if (!asked)
		return set_conversation(req, view, id, e);
	view->status = 202;
	view_set(view, "id", json_id(id));
	view_set(view, "status", json_string("requested"));
	return 0;
}

/* -- requests -------------------------------------------------------------- */

/* A page of those who ask, or were asked: of a group, or (0) the caller's. */
static int
askings(struct req *req, struct view *view, uint64_t id, group_asking_list get,
    group_asking_show show, struct err *e)
{
	const struct group_page page = page_asked(req);
	json_t		       *list;

	if (group_askings_json(req, id, &page, get, show, &list, e) == -1)
		return -1;
	view_root(view, list);
	return 0;
}

int
requests_get(struct req *req, struct view *view, struct err *e)
{
	return askings(req, view, req_path_id(req, "id"), group_requests,
	    group_requests_json, e);
}

int
own_requests_get(struct req *req, struct view *view, struct err *e)
{
	return askings(
	    req, view, 0, group_requests_of, group_own_requests_json, e);
}

int
requests_post(struct req *req, struct view *view, struct err *e)
{
	struct group_asking asking;
	json_t		   *items, *object;

	if (group_ask(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_str(req, "note"), &asking,
		e) == -1 ||
	    group_requests_json(req->app, req->arena, req->user.id, &asking, 1,
		&items, e) == -1)
		return -1;
	object = json_incref(json_array_get(items, 0));
	json_decref(items);
	return view_created(view, object, "/groups");
}

static int
to_members(struct req *req, struct view *view)
{
	return view_no_content(
	    view, "/c/%llu/info", (unsigned long long)req_path_id(req, "id"));
}

int
request_accept_post(struct req *req, struct view *view, struct err *e)
{
	if (group_request_accept(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_path_id(req, "user_id"), e) == -1)
		return -1;
	return to_members(req, view);
}

int
request_reject_post(struct req *req, struct view *view, struct err *e)
{
	return request_remove(req, view, e);
}

int
request_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t user_id = req_path_id(req, "user_id");

	if (group_request_end(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), user_id, e) == -1)
		return -1;
	if (user_id == req->user.id)
		return view_no_content(view, "/groups");
	return to_members(req, view);
}

/* -- invitations ----------------------------------------------------------- */

int
invitations_get(struct req *req, struct view *view, struct err *e)
{
	return askings(req, view, req_path_id(req, "id"), group_invitations,
	    group_invitations_json, e);
}

int
invitation_withdraw(struct req *req, struct view *view, struct err *e)
{
	if (group_invitation_end(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_path_id(req, "user_id"), e) == -1)
		return -1;
	return to_members(req, view);
}

int
own_invitations_get(struct req *req, struct view *view, struct err *e)
{
	return askings(
	    req, view, 0, group_invitations_of, group_invitations_json, e);
}

int
invitation_accept_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (group_invitation_accept(
		req->app, req->arena, req->user.id, id, e) == -1)
		return -1;
	if (!req->is_api)
		return view_redirect(view, "/c/%llu", (unsigned long long)id);
	return set_conversation(req, view, id, e);
}

int
invitation_decline_post(struct req *req, struct view *view, struct err *e)
{
	if (group_invitation_end(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req->user.id, e) == -1)
		return -1;
	return view_no_content(view, "/groups");
}
