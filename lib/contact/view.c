/* SPDX-License-Identifier: MIT */
/*
 * view.c -- Requests, contacts and blocks as the contract shows them.
 *
 * A list of any length takes one query for the people in it and one round
 * trip for who is online.  Rows of people who have left are not shown.
 */
#include "contact/view.h"

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/str.h"
#include "data/app.h"
#include "presence/presence.h"
#include "web/web.h"

static const char *const STATUS[] = {
    "pending", "accepted", "rejected", "cancelled", "expired"};

int64_t
contact_request_life_ms(const struct app *app)
{
	enum { DAY_MS = 24 * 60 * 60 * 1000 };

	return config_int(app->config, "contact.request_days") * DAY_MS;
}

struct contact
contact_of(uint64_t user_id, const struct contact_bond *bond)
{
	return (struct contact){.user_id = user_id,
	    .remark = bond->remark,
	    .pinned = bond->pinned,
	    .hidden = bond->hidden,
	    .is_barred = contact_is_barred(bond),
	    .created_ms = bond->since_ms};
}

int
people_load(struct app *app, struct arena *a, const uint64_t *ids, size_t n,
    struct people *p, struct err *e)
{
	const char **chosen = arena_alloc(a, n * sizeof(*chosen));

	p->n = n;
	p->ids = ids;
	p->request_life_ms = contact_request_life_ms(app);
	p->users = arena_alloc(a, n * sizeof(*p->users));
	p->status = arena_alloc(a, n * sizeof(*p->status));
	if (n == 0)
		return 0;
	if (account_find_many(app, a, ids, n, p->users, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		chosen[i] = p->users[i].presence;
	presence_of(app, a, ids, chosen, n, p->status);
	return 0;
}

/* The user object, or NULL for who is not there. */
static json_t *
person_json(const struct people *p, uint64_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->ids[i] == id && p->users[i].id != 0)
			return user_json(&p->users[i], p->status[i], false);
	return NULL;
}

const char *
people_name(const struct people *p, uint64_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->ids[i] == id && p->users[i].id != 0)
			return p->users[i].display_name;
	return "";
}

static void
put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* Somebody to those who are no contact: who is there is not told. */
static json_t *
stranger_json(const struct people *p, uint64_t id)
{
	json_t *person = person_json(p, id);
	json_t *presence = json_object_get(person, "presence");

	if (presence != NULL) {
		put(presence, "status",
		    json_string(presence_shown(NULL, false)));
		put(presence, "last_active_at", json_null());
	}
	return person;
}

/* {"user": the person}, or NULL without the person. */
static json_t *
object_about(json_t *person)
{
	json_t *o = person != NULL ? json_object() : NULL;

	if (o != NULL)
		put(o, "user", person);
	return o;
}

json_t *
request_json(
    struct arena *a, const struct contact_request *r, const struct people *p)
{
	json_t *from = stranger_json(p, r->from_id);
	json_t *to = stranger_json(p, r->to_id);
	json_t *o;

	if (from == NULL || to == NULL) {
		json_decref(from);
		json_decref(to);
		return NULL;
	}
	o = json_object();
	put(o, "id", json_string(id_text(a, r->id)));
	put(o, "from", from);
	put(o, "to", to);
	put(o, "note", json_string(r->note));
	put(o, "status", json_string(STATUS[r->status]));
	put(o, "created_at", json_string(time_text(a, r->created_ms)));
	put(o, "expires_at",
	    json_string(time_text(a, r->created_ms + p->request_life_ms)));
	return o;
}

json_t *
contact_json(struct arena *a, const struct contact *c, const struct people *p)
{
	json_t *o = object_about(c->is_barred ? stranger_json(p, c->user_id)
					      : person_json(p, c->user_id));

	if (o == NULL)
		return NULL;
	put(o, "remark", json_string(c->remark));
	put(o, "pinned", json_boolean(c->pinned));
	put(o, "hidden", json_boolean(c->hidden));
	put(o, "labels", json_ids(c->labels, c->nlabels));
	put(o, "created_at", json_string(time_text(a, c->created_ms)));
	return o;
}

json_t *
contact_label_json(struct arena *a, const struct contact_label *label)
{
	json_t *o = json_object();

	put(o, "id", json_string(id_text(a, label->id)));
	put(o, "name", json_string(label->name));
	put(o, "created_at", json_string(time_text(a, label->created_ms)));
	return o;
}

json_t *
contact_link_json(struct arena *a, const struct contact_link *link)
{
	json_t *o = json_object();

	put(o, "token", json_string(link->token));
	put(o, "path", json_string(arena_printf(a, "/add/%s", link->token)));
	put(o, "created_at", json_string(time_text(a, link->created_ms)));
	return o;
}

/* The id and nothing else, in the shape of a user. */
static json_t *
nameless_json(uint64_t id)
{
	const struct user nobody = {
	    .id = id, .username = "", .display_name = "", .bio = ""};

	return user_json(&nobody, presence_shown(NULL, false), false);
}

json_t *
blocked_json(
    struct arena *a, const struct contact_blocked *b, const struct people *p)
{
	json_t *person = stranger_json(p, b->user_id), *o;

	if (person != NULL && !b->is_known) {
		json_decref(person);
		person = nameless_json(b->user_id);
	}
	o = object_about(person);

	if (o != NULL)
		put(o, "created_at", json_string(time_text(a, b->created_ms)));
	return o;
}

int
contact_json_many(struct app *app, struct arena *a, const struct contact *c,
    size_t n, json_t **array_r, struct err *e)
{
	uint64_t     *ids = arena_alloc(a, n * sizeof(*ids));
	struct people people;

	for (size_t i = 0; i < n; i++)
		ids[i] = c[i].user_id;
	if (people_load(app, a, ids, n, &people, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    *array_r, contact_json(a, &c[i], &people));
	return 0;
}

int
contact_request_json_many(struct app *app, struct arena *a,
    const struct contact_request *r, size_t n, json_t **array_r, struct err *e)
{
	uint64_t     *ids = arena_alloc(a, 2 * n * sizeof(*ids));
	struct people people;

	for (size_t i = 0; i < n; i++) {
		ids[2 * i] = r[i].from_id;
		ids[2 * i + 1] = r[i].to_id;
	}
	if (people_load(app, a, ids, 2 * n, &people, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    *array_r, request_json(a, &r[i], &people));
	return 0;
}

int
contact_blocked_json_many(struct app *app, struct arena *a,
    const struct contact_blocked *b, size_t n, json_t **array_r, struct err *e)
{
	uint64_t     *ids = arena_alloc(a, n * sizeof(*ids));
	struct people people;

	for (size_t i = 0; i < n; i++)
		ids[i] = b[i].user_id;
	if (people_load(app, a, ids, n, &people, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    *array_r, blocked_json(a, &b[i], &people));
	return 0;
}
