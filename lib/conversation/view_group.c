/* SPDX-License-Identifier: MIT */
/*
 * view_group.c -- Members, bans, and the ways in, as the contract shows them.
 *
 * A list of any length takes one query for the people, one for what stands
 * between them and the caller, and one round trip for who is online.  Rows of
 * people who have left Parley are not shown.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "contact/contact.h"
#include "conversation/store_directory.h"
#include "conversation/view.h"
#include "data/app.h"
#include "web/web.h"

struct people {
	size_t	     n;
	struct user *users; /* id 0: not there */
	const char **status;
};

/* The people whom n rows are about: ids are `stride` bytes apart. */
static int
people_load(struct app *app, struct arena *a, uint64_t me,
    const uint64_t *first, size_t stride, size_t n, struct people *p,
    struct err *e)
{
	uint64_t *ids = arena_alloc(a, n * sizeof(*ids));

	p->n = n;
	p->users = arena_alloc(a, n * sizeof(*p->users));
	p->status = arena_alloc(a, n * sizeof(*p->status));
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		memcpy(
		    &ids[i], (const char *)first + i * stride, sizeof(ids[i]));
	if (account_find_many(app, a, ids, n, p->users, e) == -1)
		return -1;
	return contact_look_up(app, a, me, p->users, n, p->status, e);
}

static json_t *
person_json(const struct people *p, size_t i)
{
	return p->users[i].id == 0
		   ? NULL
		   : user_json(&p->users[i], p->status[i], false);
}

static void
put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

int
group_members_json(struct app *app, struct arena *a, uint64_t me,
    const struct group_member *m, size_t n, json_t **array_r, struct err *e)
{
	struct people p;

	if (people_load(app, a, me, &m->user_id, sizeof(*m), n, &p, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *user = person_json(&p, i), *o;

		if (user == NULL)
			continue;
		o = json_object();
		put(o, "user", user);
		put(o, "role", json_string(member_role_name(m[i].role)));
		put(o, "permissions",
		    permissions_json(m[i].role == MEMBER_OWNER
					 ? PERMIT_ALL
					 : m[i].permissions));
		put(o, "nickname", json_string(m[i].nickname));
		put(o, "muted_until", json_time(m[i].muted_until_ms));
		put(o, "joined_at", json_string(time_text(a, m[i].joined_ms)));
		json_array_append_new(*array_r, o);
	}
	return 0;
}

int
group_bans_json(struct app *app, struct arena *a, uint64_t me,
    const struct group_ban *b, size_t n, json_t **array_r, struct err *e)
{
	struct people p;

	if (people_load(app, a, me, &b->user_id, sizeof(*b), n, &p, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *user = person_json(&p, i);

		if (user != NULL)
			json_array_append_new(*array_r,
			    json_pack("{s:o, s:o}", "user", user, "created_at",
				json_time(b[i].created_ms)));
	}
	return 0;
}

/* A request goes by who asks, an invitation by the group it is to. */
int
group_requests_json(struct app *app, struct arena *a, uint64_t me,
    const struct group_asking *r, size_t n, json_t **array_r, struct err *e)
{
	struct people p;

	if (people_load(app, a, me, &r->user_id, sizeof(*r), n, &p, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *user = person_json(&p, i);

		if (user != NULL)
			json_array_append_new(*array_r,
			    json_pack("{s:o, s:o, s:o, s:s, s:o}", "id",
				json_id(r[i].user_id), "conv_id",
				json_id(r[i].conv_id), "user", user, "note",
				r[i].note != NULL ? r[i].note : "",
				"created_at", json_time(r[i].created_ms)));
	}
	return 0;
}

json_t *
group_card_json(struct arena *a, const struct group_card *card)
{
	return json_pack("{s:o, s:s, s:n, s:s, s:I, s:I, s:s, s:b, s:b, s:s}",
	    "id", json_id(card->id), "title", card->title, "avatar",
	    "description", card->shared.description, "members",
	    (json_int_t)card->shared.nmembers, "max_members",
	    (json_int_t)card->shared.max_members, "join_policy",
	    join_policy_name(card->shared.join_policy), "is_member",
	    card->is_member, "is_requested", card->is_requested, "created_at",
	    time_text(a, card->created_ms));
}

/* The groups that n rows are about. */
struct cards {
	struct group_card *card;
	size_t		   n;
};

static int
cards_load(struct app *app, struct arena *a, uint64_t me,
    const struct group_asking *r, size_t n, struct cards *c, struct err *e)
{
	uint64_t *ids = arena_alloc(a, n * sizeof(*ids));

	for (size_t i = 0; i < n; i++)
		ids[i] = r[i].conv_id;
	return directory_store_cards(
	    app->db, a, me, ids, n, &c->card, &c->n, e);
}

static json_t *
card_by_id(struct arena *a, const struct cards *c, uint64_t id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->card[i].id == id)
			return group_card_json(a, &c->card[i]);
	return json_null();
}

int
group_own_requests_json(struct app *app, struct arena *a, uint64_t me,
    const struct group_asking *r, size_t n, json_t **array_r, struct err *e)
{
	struct cards cards;

	if (cards_load(app, a, me, r, n, &cards, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(*array_r,
		    json_pack("{s:o, s:o, s:s, s:o}", "id",
			json_id(r[i].conv_id), "group",
			card_by_id(a, &cards, r[i].conv_id), "note", r[i].note,
			"created_at", json_time(r[i].created_ms)));
	return 0;
}

int
group_invitations_json(struct app *app, struct arena *a, uint64_t me,
    const struct group_asking *r, size_t n, json_t **array_r, struct err *e)
{
	struct cards  cards;
	struct people asked, by;

	if (people_load(app, a, me, &r->user_id, sizeof(*r), n, &asked, e) ==
		-1 ||
	    people_load(app, a, me, &r->by_id, sizeof(*r), n, &by, e) == -1 ||
	    cards_load(app, a, me, r, n, &cards, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *user = person_json(&asked, i), *who, *o;

		if (user == NULL)
			continue;
		who = person_json(&by, i);
		o = json_object();
		put(o, "id", json_id(r[i].conv_id));
		put(o, "group", card_by_id(a, &cards, r[i].conv_id));
		put(o, "user", user);
		put(o, "by", who != NULL ? who : json_null());
		put(o, "created_at", json_time(r[i].created_ms));
		json_array_append_new(*array_r, o);
	}
	return 0;
}

json_t *
group_link_json(struct arena *a, const struct group_link *link)
{
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:I, s:o}", "id",
	    json_id(link->id), "token", link->token, "path",
	    arena_printf(a, "/join/%s", link->token), "expires_at",
	    json_time(link->expires_ms), "max_uses",
	    link->max_uses != 0 ? json_integer((json_int_t)link->max_uses)
				: json_null(),
	    "uses", (json_int_t)link->uses, "created_at",
	    json_time(link->created_ms));
}

static const char *const fates[] = {"added", "invited", "conflict", "not_found",
    "blocked", "banned", "full", "rate_limited"};

/* {"added": [id], "invited": [id], "refused": [{"user_id", "code"}]} */
json_t *
group_additions_json(struct arena *a, const struct group_additions *add)
{
	json_t *added = json_array(), *invited = json_array(),
	       *refused = json_array();

	for (size_t i = 0; i < add->n; i++) {
		json_t *id = json_string(id_text(a, add->ids[i]));

		if (add->fate[i] == ADDITION_ADDED)
			json_array_append_new(added, id);
		else if (add->fate[i] == ADDITION_INVITED)
			json_array_append_new(invited, id);
		else
			json_array_append_new(
			    refused, json_pack("{s:o, s:s}", "user_id", id,
					 "code", fates[add->fate[i]]));
	}
	return json_pack("{s:o, s:o, s:o}", "added", added, "invited", invited,
	    "refused", refused);
}
