/* SPDX-License-Identifier: MIT */
/* page_person.c -- The page /u/{id}: see templates/README.md. */
#include "account/account.h"
#include "contacts.h"
#include "conversation/conversation.h"

/* As POST /conversations would have it. */
static bool
may_write(const struct req *req, const struct user *them,
    const struct contact_bond *bond)
{
	const struct conversation_bond pair = {
	    .is_contact = bond->is_contact,
	    .is_blocked = contact_is_barred(bond),
	};
	struct err ignored = {0};

	return req->user.id != 0 && req->user.id != them->id &&
	       contact_may_find(bond, them->hidden) &&
	       conversation_may_write(
		   &pair, conversation_is_open_house(req->app), &ignored) == 0;
}

json_t *
bond_json(const struct req *req, const struct user *them,
    const struct contact_bond *bond)
{
	const char *direction = "";

	if (bond->request_id != 0)
		direction = bond->request_is_mine ? "out" : "in";
	return json_pack("{s:b, s:b, s:b, s:b, s:o, s:s, s:s, s:s, s:b, s:b}",
	    "self", req->user.id == them->id, "is_contact", bond->is_contact,
	    "may_write", may_write(req, them, bond), "blocked_by_me",
	    bond->blocked_by_me, "request_id",
	    bond->request_id != 0 ? json_id(bond->request_id) : json_null(),
	    "request_direction", direction, "request_note", bond->request_note,
	    "remark", bond->remark, "pinned", bond->pinned, "hidden",
	    bond->hidden);
}

/* All labels, and which of them the contact has. */
static int
set_label_choice(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	struct contact_label *all;
	struct contact	     *contact;
	json_t		     *items;
	size_t		      n, found;

	if (contact_labels(req->app, req->arena, req->user.id, &all, &n, e) ==
		-1 ||
	    contact_find_many(req->app, req->arena, req->user.id, &id, 1,
		&contact, &found, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *label = contact_label_json(req->arena, &all[i]);
		bool	has = false;

		for (size_t k = 0; found == 1 && k < contact->nlabels; k++)
			has = has || contact->labels[k] == all[i].id;
		json_object_set_new(label, "has", json_boolean(has));
		json_array_append_new(items, label);
	}
	view_set(view, "labels", json_list(items, NULL));
	return 0;
}

static int
page_of(struct req *req, struct view *view, uint64_t id, struct err *e)
{
	uint64_t	    me = req->user.id;
	struct contact_bond bond;
	struct user	    user;
	const char	   *status;

	if (account_get_visible(req->app, req->arena, me, id, &user, e) == -1 ||
	    contact_bond_get(req->app, req->arena, me, id, &bond, e) == -1)
		return -1;
	contact_look(req->app, req->arena, me, &user, &bond, 1, &status);
	view_set(view, "user", user_json(&user, status, false));
	view_set(view, "bond", bond_json(req, &user, &bond));
	return bond.is_contact ? set_label_choice(req, view, id, e) : 0;
}

int
user_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_path_id(req, "user_id"), e);
}

int
asked_user_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_u64(req, "user_id"), e);
}
