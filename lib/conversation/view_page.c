/* SPDX-License-Identifier: MIT */
/*
 * view_page.c -- All that the page of a group, or of the world channel, shows.
 *
 * The page is one for everybody: what somebody may do is in "can", by the
 * table of rights, and a list that they may not see is not asked for.  A form
 * that was refused shows it again, from whichever program refused it.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/group.h"
#include "conversation/rights.h"
#include "data/app.h"
#include "web/web.h"

static const struct {
	const char		*name;
	enum conversation_action action;
} offers[] = {
    {"see_members", ACTION_SEE_MEMBERS},
    {"nickname", ACTION_SET_NICKNAME},
    {"leave", ACTION_LEAVE},
    {"edit", ACTION_EDIT},
    {"hush", ACTION_HUSH},
    {"invite", ACTION_INVITE},
    {"remove", ACTION_REMOVE},
    {"mute", ACTION_MUTE},
    {"appoint", ACTION_APPOINT},
    {"transfer", ACTION_TRANSFER},
    {"dissolve", ACTION_DISSOLVE},
    {"switch", ACTION_SWITCH},
};

static json_t *
offers_json(const struct req *req, const struct conversation *c)
{
	const struct conversation_standing s =
	    conversation_standing_of(req->app, c);
	json_t *can = json_object();

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct err why = {0};
		bool	   may = conversation_may(
				     &s, offers[i].action, req->now_ms, &why) == 0;

		json_object_set_new(can, offers[i].name, json_boolean(may));
	}
	return can;
}

struct group_page
group_page_of(const struct req *req, const char *first, const char *key)
{
	const char *list = req_str(req, "list");

	if (strcmp(list != NULL ? list : first, key) != 0)
		return (struct group_page){NULL, LIST_SIZE};
	return (struct group_page){req_str(req, "cursor"), req_limit(req)};
}

static struct group_page
page_asked(const struct req *req, const char *key)
{
	return group_page_of(req, "members", key);
}

static bool
is_among(uint64_t id, const struct group_member *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].user_id == id)
			return true;
	return false;
}

/* Whom one could add: contacts, but for those who are seen to be in it. */
static int
set_contacts(struct req *req, struct view *view, const struct group_member *m,
    size_t nmembers, struct err *e)
{
	const struct contact_page part = {
	    .cursor = page_asked(req, "contacts").cursor, .limit = LIST_MAX};
	struct contact *list;
	const char     *next;
	json_t	       *items;
	size_t		n, left = 0;

	if (contact_list(req->app, req->arena, req->user.id, &part, &list, &n,
		&next, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!is_among(list[i].user_id, m, nmembers))
			list[left++] = list[i];
	if (contact_json_many(req->app, req->arena, list, left, &items, e) ==
	    -1)
		return -1;
	view_set(view, "contacts", json_list(items, next));
	return 0;
}

static int
set_members(struct req *req, struct view *view, uint64_t id,
    struct group_member **m_r, size_t *n_r, struct err *e)
{
	const struct group_page page = page_asked(req, "members");
	const char	       *next;
	json_t		       *items;

	if (group_members(req->app, req->arena, req->user.id, id, &page, m_r,
		n_r, &next, e) == -1 ||
	    group_members_json(req->app, req->arena, req->user.id, *m_r, *n_r,
		&items, e) == -1)
		return -1;
	view_set(view, "members", json_list(items, next));
	return 0;
}

/*
 * In the world channel nobody reads through the list of those who are known
 * there: people are found by name, whether they have a row there or not.
 */
static int
set_found(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	const struct contact_query    q = {.text = req_str(req, "find"),
	       .me = req->user.id,
	       .cursor = page_asked(req, "members").cursor,
	       .limit = LIST_SIZE};
	struct contact_found	      found;
	struct conversation_seat     *seats;
	struct conversation_standing *s;
	struct group_member	     *m;
	json_t			     *items;

	if (contact_search(req->app, req->arena, &q, &found, e) == -1)
		return -1;
	seats = arena_alloc(req->arena, found.n * sizeof(*seats));
	s = arena_alloc(req->arena, found.n * sizeof(*s));
	m = arena_alloc(req->arena, found.n * sizeof(*m));
	for (size_t i = 0; i < found.n; i++)
		seats[i] = (struct conversation_seat){id, found.users[i].id};
	if (conversation_standings(
		req->app->db, req->arena, seats, found.n, s, e) == -1)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		m[i] = (struct group_member){.user_id = seats[i].user_id,
		    .role = MEMBER_MEMBER,
		    .nickname = "",
		    .muted_until_ms = s[i].muted_until_ms,
		    .joined_ms = req->now_ms};
	if (group_members_json(req->app, req->arena, req->user.id, m, found.n,
		&items, e) == -1)
		return -1;
	view_set(view, "members", json_list(items, found.next));
	return 0;
}

/* -- the ways in ----------------------------------------------------------- */

int
group_askings_json(struct req *req, uint64_t conv_id,
    const struct group_page *page, group_asking_list get,
    group_asking_show show, json_t **list_r, struct err *e)
{
	struct group_asking *list;
	const char	    *next;
	json_t		    *items;
	size_t		     n;

	if (get(req->app, req->arena, req->user.id, conv_id, page, &list, &n,
		&next, e) == -1 ||
	    show(req->app, req->arena, req->user.id, list, n, &items, e) == -1)
		return -1;
	*list_r = json_list(items, next);
	return 0;
}

static int
set_asking(struct req *req, struct view *view, uint64_t id, const char *key,
    group_asking_list get, group_asking_show show, struct err *e)
{
	const struct group_page page = page_asked(req, key);
	json_t		       *list;

	if (group_askings_json(req, id, &page, get, show, &list, e) == -1)
		return -1;
	view_set(view, key, list);
	return 0;
}

static int
set_links(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	const struct group_page page = page_asked(req, "links");
	struct group_link      *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_links(req->app, req->arena, req->user.id, id, &page, &list,
		&n, &next, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    items, group_link_json(req->arena, &list[i]));
	view_set(view, "links", json_list(items, next));
	return 0;
}

static int
set_bans(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	const struct group_page page = page_asked(req, "bans");
	struct group_ban       *list;
	const char	       *next;
	json_t		       *items;
	size_t			n;

	if (group_bans(req->app, req->arena, req->user.id, id, &page, &list, &n,
		&next, e) == -1 ||
	    group_bans_json(
		req->app, req->arena, req->user.id, list, n, &items, e) == -1)
		return -1;
	view_set(view, "bans", json_list(items, next));
	return 0;
}

static bool
may(const json_t *can, const char *what)
{
	return json_is_true(json_object_get(can, what));
}

static int
set_lists(struct req *req, struct view *view, uint64_t id, const json_t *can,
    struct err *e)
{
	struct group_member *m = NULL;
	size_t		     n = 0;

	if (may(can, "switch") && req_str(req, "find") != NULL)
		return set_found(req, view, id, e);
	if (may(can, "see_members") &&
	    set_members(req, view, id, &m, &n, e) == -1)
		return -1;
	if (may(can, "remove") && set_bans(req, view, id, e) == -1)
		return -1;
	if (!may(can, "invite"))
		return 0;
	if (set_contacts(req, view, m, n, e) == -1 ||
	    set_asking(req, view, id, "requests", group_requests,
		group_requests_json, e) == -1 ||
	    set_asking(req, view, id, "invitations", group_invitations,
		group_invitations_json, e) == -1)
		return -1;
	return set_links(req, view, id, e);
}

/* The group, and what the caller may do there; *can_r stays the view's. */
static int
set_group(struct req *req, struct view *view, uint64_t conv_id, json_t **can_r,
    struct err *e)
{
	struct conversation c;
	json_t		   *object;

	if (conversation_get_json(req->app, req->arena, req->user.id, conv_id,
		&c, &object, e) == -1)
		return -1;
	*can_r = offers_json(req, &c);
	view_set(view, "conversation", object);
	view_set(view, "can", *can_r);
	return 0;
}

int
group_view(struct req *req, struct view *view, uint64_t conv_id, struct err *e)
{
	json_t *can;

	if (set_group(req, view, conv_id, &can, e) == -1)
		return -1;
	view->templ = "group";
	view_set(view, "list", json_text(req_str(req, "list")));
	view_set(view, "find", json_text(req_str(req, "find")));
	return set_lists(req, view, conv_id, can, e);
}

int
group_leave_view(
    struct req *req, struct view *view, uint64_t conv_id, struct err *e)
{
	struct group_member *m;
	json_t		    *can;
	size_t		     n;

	if (set_group(req, view, conv_id, &can, e) == -1)
		return -1;
	if (!may(can, "leave") && !may(can, "transfer"))
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "Nobody leaves this conversation.");
	view->templ = "leave";
	if (!may(can, "transfer"))
		return 0;
	return set_members(req, view, conv_id, &m, &n, e);
}

int
group_new_view(struct req *req, struct view *view, struct err *e)
{
	view->templ = "group_new";
	return set_contacts(req, view, NULL, 0, e);
}
