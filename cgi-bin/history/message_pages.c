/* SPDX-License-Identifier: MIT */
/*
 * message_pages.c -- The pages of one message, and of what is pinned: see
 * templates/README.md.
 */
#include "conversation/rights.h"
#include "history.h"

static bool
may(const struct req *req, const struct conversation *c,
    enum conversation_action action)
{
	const struct conversation_standing s =
	    conversation_standing_of(req->app, c);
	struct err why = {0};

	return conversation_may(&s, action, req->now_ms, &why) == 0;
}

void
set_message_offers(
    struct req *req, struct view *view, const struct conversation *c)
{
	bool pins = may(req, c, ACTION_PIN);
	bool deletes = may(req, c, ACTION_DELETE_MESSAGES);

	view_set(view, "may",
	    json_pack("{s:b, s:b, s:b}", "pin", pins, "delete", deletes, "act",
		pins || deletes));
}

/* A message that stands alone. */
static json_t *
alone_json(const struct req *req, const struct message *m)
{
	json_t *o = message_json(req->arena, m);

	json_object_set_new(
	    o, "own", json_boolean(m->sender_id == req->user.id));
	json_object_set_new(o, "first_of_group", json_true());
	json_object_set_new(o, "last_of_group", json_true());
	return o;
}

static int
set_conversation(struct req *req, struct view *view, uint64_t id,
    struct conversation *c, struct err *e)
{
	json_t *object;

	if (conversation_get_json(
		req->app, req->arena, req->user.id, id, c, &object, e) == -1)
		return -1;
	view_set(view, "conversation", object);
	set_message_offers(req, view, c);
	return 0;
}

/* All there are: they are few. */
static int
pins_load(struct req *req, uint64_t id, struct message_pin **list, size_t *n_r,
    struct err *e)
{
	const char *next;

	return message_pins(req->app, req->arena, req->user.id, id, NULL,
	    MESSAGE_PINS_MAX, list, n_r, &next, e);
}

int
pins_page(struct req *req, struct view *view, struct err *e)
{
	uint64_t	    id = req_path_id(req, "id");
	struct conversation c;
	struct message_pin *list;
	json_t		   *items;
	size_t		    n;

	if (set_conversation(req, view, id, &c, e) == -1 ||
	    pins_load(req, id, &list, &n, e) == -1)
		return -1;
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, alone_json(req, &list[i].message));
	view_set(view, "pins", json_pack("{s:o}", "items", items));
	return 0;
}

static int
page_of(
    struct req *req, struct view *view, struct message_place at, struct err *e)
{
	struct conversation  c;
	struct message_range range = {.conv_id = at.conv_id,
	    .has_since = true,
	    .since_seq = at.seq - 1,
	    .limit = 1};
	struct message	    *m;
	struct message_pin  *pins;
	size_t		     n, npins;
	bool		     is_pinned = false;

	if (set_conversation(req, view, at.conv_id, &c, e) == -1)
		return -1;
	range.in = &c;
	if (message_history(
		req->app, req->arena, req->user.id, &range, &m, &n, e) == -1 ||
	    pins_load(req, at.conv_id, &pins, &npins, e) == -1)
		return -1;
	if (n == 0 || m[0].seq != at.seq)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such message.");
	for (size_t i = 0; i < npins; i++)
		is_pinned = is_pinned || pins[i].message.seq == at.seq;
	view_set(view, "message", alone_json(req, &m[0]));
	view_set(view, "is_pinned", json_boolean(is_pinned));
	return 0;
}

int
message_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view,
	    (struct message_place){
		req_path_id(req, "id"), req_path_id(req, "seq")},
	    e);
}

/* The page of a message again, after its form was refused. */
int
refused_message_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, message_place(req_path_id(req, "id")), e);
}
