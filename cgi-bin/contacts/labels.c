/* SPDX-License-Identifier: MIT */
/* labels.c -- Handlers of labels. */
#include "contacts.h"

static int
labels_json(struct req *req, json_t **items_r, struct err *e)
{
	struct contact_label *list;
	size_t		      n;

	if (contact_labels(req->app, req->arena, req->user.id, &list, &n, e) ==
	    -1)
		return -1;
	*items_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    *items_r, contact_label_json(req->arena, &list[i]));
	return 0;
}

int
labels_get(struct req *req, struct view *view, struct err *e)
{
	json_t *items;

	if (labels_json(req, &items, e) == -1)
		return -1;
	view_list(view, items, NULL);
	return 0;
}

int
set_labels(struct req *req, struct view *view, struct err *e)
{
	json_t *items;

	if (labels_json(req, &items, e) == -1)
		return -1;
	view_set(view, "labels", json_list(items, NULL));
	return 0;
}

int
labels_post(struct req *req, struct view *view, struct err *e)
{
	struct contact_label label;

	if (contact_label_make(req->app, req->arena, req->user.id,
		req_str(req, "name"), &label, e) == -1)
		return -1;
	return view_created(
	    view, contact_label_json(req->arena, &label), "/contacts");
}

int
label_patch(struct req *req, struct view *view, struct err *e)
{
	uint64_t	     id = req_path_id(req, "label_id");
	struct contact_label label;

	if (contact_label_rename(req->app, req->arena, req->user.id, id,
		req_str(req, "name"), &label, e) == -1)
		return -1;
	view_root(view, contact_label_json(req->arena, &label));
	if (!req->is_api)
		return view_redirect(view, "/contacts");
	return 0;
}

int
label_remove(struct req *req, struct view *view, struct err *e)
{
	if (contact_label_delete(req->app, req->arena, req->user.id,
		req_path_id(req, "label_id"), e) == -1)
		return -1;
	return view_no_content(view, "/contacts");
}
