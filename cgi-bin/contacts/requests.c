/* SPDX-License-Identifier: MIT */
/* requests.c -- Handlers of contact requests. */
#include <string.h>

#include "contacts.h"

int
requests_get(struct req *req, struct view *view, struct err *e)
{
	const struct contact_page page = page_asked(req);
	const char		 *direction = req_str(req, "direction");
	const char		 *status = req_str(req, "status");
	struct contact_request	 *list;
	const char		 *next;
	json_t			 *items;
	size_t			  n;

	if (contact_requests_expire(req->app, req->arena, req->user.id, e) ==
		-1 ||
	    contact_request_list(req->app, req->arena, req->user.id,
		direction == NULL || strcmp(direction, "in") == 0,
		status != NULL && strcmp(status, "expired") == 0
		    ? CONTACT_EXPIRED
		    : CONTACT_PENDING,
		&page, &list, &n, &next, e) == -1 ||
	    contact_request_json_many(
		req->app, req->arena, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, next);
	return 0;
}

int
request_object(struct req *req, const struct contact_request *r,
    json_t **object_r, struct err *e)
{
	json_t *items;

	if (contact_request_json_many(req->app, req->arena, r, 1, &items, e) ==
	    -1)
		return -1;
	*object_r = json_incref(json_array_get(items, 0));
	json_decref(items);
	return 0;
}

void
asking_judge(struct req *req, struct err *e)
{
	if (req_u64(req, "user_id") == req->user.id)
		(void)err_field(
		    e, "user_id", "self", "You cannot ask yourself.");
}

int
requests_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t	       them = req_u64(req, "user_id");
	struct contact_request r;
	json_t		      *object;

	if (contact_request_send(req->app, req->arena, req->user.id, them,
		req_str(req, "note"), req_str(req, "greeting"), &r, e) == -1 ||
	    request_object(req, &r, &object, e) == -1)
		return -1;
	return view_created(view, object, "/u/%llu", (unsigned long long)them);
}

typedef int (*decision)(struct app *, struct arena *, uint64_t me, uint64_t id,
    struct contact_request *, struct err *);

static int
decide(struct req *req, struct view *view, decision decide_fn, struct err *e)
{
	struct contact_request r;
	json_t		      *object;

	if (decide_fn(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &r, e) == -1 ||
	    request_object(req, &r, &object, e) == -1)
		return -1;
	view_root(view, object);
	view->location = "/contacts";
	return 0;
}

int
request_accept_post(struct req *req, struct view *view, struct err *e)
{
	return decide(req, view, contact_request_accept, e);
}

int
request_reject_post(struct req *req, struct view *view, struct err *e)
{
	return decide(req, view, contact_request_reject, e);
}

int
request_remove(struct req *req, struct view *view, struct err *e)
{
	if (contact_request_cancel(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), e) == -1)
		return -1;
	return view_no_content(view, "/contacts");
}
