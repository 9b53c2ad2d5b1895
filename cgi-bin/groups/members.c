/* SPDX-License-Identifier: MIT */
/* members.c -- Handlers of who is in a group, and what they may do there. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "groups.h"

struct group_page
page_asked(const struct req *req)
{
	return (struct group_page){req_str(req, "cursor"), req_limit(req)};
}

int
set_conversation(
    struct req *req, struct view *view, uint64_t conv_id, struct err *e)
{
	struct conversation c;
	json_t		   *object;

	if (conversation_get_json(req->app, req->arena, req->user.id, conv_id,
		&c, &object, e) == -1)
		return -1;
	view_root(view, object);
	return 0;
}

/* Where a browser goes after a change of the members. */
static int
to_members(struct req *req, struct view *view)
{
	return view_redirect(
	    view, "/c/%llu/info", (unsigned long long)req_path_id(req, "id"));
}

int
members_get(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_asked(req);
	struct group_member    *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_members(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &page, &list, &n, &next, e) == -1 ||
	    group_members_json(
		req->app, req->arena, req->user.id, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, next);
	return 0;
}

/* One by user_id, many by user_ids; both together are all of them. */
static size_t
people_asked(struct req *req, const uint64_t **ids_r, uint64_t *one)
{
	size_t n = req_ids(req, "user_ids", ids_r);

	*one = req_u64(req, "user_id");
	if (n > 0 || *one == 0)
		return n;
	*ids_r = one;
	return 1;
}

int
members_post(struct req *req, struct view *view, struct err *e)
{
	struct group_additions add;
	const uint64_t	      *ids;
	uint64_t	       one;
	json_t		      *object;
	size_t		       n = people_asked(req, &ids, &one);

	if (n == 0)
		return err_field(e, "user_id", "required", "Whom?");
	if (group_add(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), ids, n, &add, e) == -1)
		return -1;
	if (!req->is_api)
		return to_members(req, view);
	object = group_additions_json(req->arena, &add);
	view->status = 201;
	view_root(view, object);
	return 0;
}

/*
 * Until when they are to be muted: a time, or null for no longer; in a form a
 * span, too, where no end is for good.  1, 0 if nothing is to change, -1.
 */
static int
until_of(const struct req *req, int64_t *until_r, struct err *e)
{
	int given;

	if (req_has(req, "muted_until")) {
		*until_r = 0;
		if (!req_is_null(req, "muted_until") &&
		    !time_parse(req_str(req, "muted_until"), until_r))
			return err_field(e, "muted_until", "format",
			    "A time as in RFC 3339.");
		return 1;
	}
	given = req_moment(req, "muted_for", "muted_at", until_r, e);
	if (given == 1 && *until_r == 0)
		*until_r = GROUP_FOREVER_MS;
	return given;
}

static int
show_member(struct req *req, struct view *view, const struct group_member *m,
    struct err *e)
{
	json_t *items;

	if (group_members_json(
		req->app, req->arena, req->user.id, m, 1, &items, e) == -1)
		return -1;
	view_root(view, json_incref(json_array_get(items, 0)));
	json_decref(items);
	return 0;
}

void
member_judge(struct req *req, struct err *e)
{
	int64_t until;

	(void)until_of(req, &until, e);
}

int
member_patch(struct req *req, struct view *view, struct err *e)
{
	const char		    *role_name = req_str(req, "role");
	enum member_role	     role = MEMBER_MEMBER;
	unsigned		     permissions;
	int64_t			     until;
	int			     mutes = until_of(req, &until, e);
	struct group_member	     m;
	struct group_member_settings want = {
	    .role = role_name != NULL ? &role : NULL,
	    .nickname =
		req_is_null(req, "nickname") ? "" : req_str(req, "nickname"),
	    .muted_until_ms = mutes == 1 ? &until : NULL,
	};

	if (mutes == -1)
		return -1;
	if (role_name != NULL && strcmp(role_name, "admin") == 0)
		role = MEMBER_ADMIN;
	permissions = permissions_of(req_str(req, "permissions"));
	if (req_has(req, "permissions"))
		want.permissions = &permissions;
	if (group_member_change(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), req_path_id(req, "user_id"), &want, &m,
		e) == -1)
		return -1;
	return req->is_api ? show_member(req, view, &m, e)
			   : to_members(req, view);
}

int
member_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");
	uint64_t them = req_path_id(req, "user_id");

	if (group_remove(req->app, req->arena, req->user.id, id, them,
		req_bool(req, "ban"), e) == -1)
		return -1;
	if (them == req->user.id)
		return view_no_content(view, "/");
	return view_no_content(view, "/c/%llu/info", (unsigned long long)id);
}

int
bans_get(struct req *req, struct view *view, struct err *e)
{
	const struct group_page page = page_asked(req);
	struct group_ban       *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_bans(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &page, &list, &n, &next, e) == -1 ||
	    group_bans_json(
		req->app, req->arena, req->user.id, list, n, &items, e) == -1)
		return -1;
	view_list(view, items, next);
	return 0;
}

int
ban_remove(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (group_unban(req->app, req->arena, req->user.id, id,
		req_path_id(req, "user_id"), e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu/info", (unsigned long long)id);
}

int
transfer_post(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (group_transfer(req->app, req->arena, req->user.id, id,
		req_u64(req, "user_id"), e) == -1)
		return -1;
	if (req->is_api)
		return set_conversation(req, view, id, e);
	return view_redirect(view, "%s",
	    req_local_path(req, "next",
		arena_printf(
		    req->arena, "/c/%llu/info", (unsigned long long)id)));
}

/* The group again, after a form of its page was refused; or its way out. */
int
group_page(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (req->method == WEB_DELETE &&
	    req_path_id(req, "user_id") == req->user.id)
		return group_leave_view(req, view, id, e);
	return group_view(req, view, id, e);
}
