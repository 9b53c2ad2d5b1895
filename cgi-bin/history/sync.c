/* SPDX-License-Identifier: MIT */
/* sync.c -- Handler of what changed since the caller last asked. */
#include "sync/sync.h"

#include "history.h"

int
sync_get(struct req *req, struct view *view, struct err *e)
{
	json_t *object;

	if (sync_changes(req->app, req->arena, req->user.id,
		req_str(req, "cursor"), &object, e) == -1)
		return -1;
	view_root(view, object);
	return 0;
}
