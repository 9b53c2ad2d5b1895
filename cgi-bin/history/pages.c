/* SPDX-License-Identifier: MIT */
/*
 * pages.c -- The pages /, /c/{id} and /c/{id}/info: see templates/README.md.
 *
 * Looking at a page changes nothing: without JavaScript the reader says "mark
 * read", with it the script does.
 */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "history.h"
#include "message/mention.h"

/* Messages of one sender within this time stand together. */
enum { GROUP_MS = 5 * 60 * 1000 };

/*
 * The list beside every page: of all, or as the reader chose; the choice goes
 * along from page to page, the search does not.
 */
static int
set_list(struct req *req, struct view *view,
    const struct conversation_page *page, struct conversations *c,
    struct err *e)
{
	if (conversations_load(req, page, c, e) == -1)
		return -1;
	view_set(view, "conversations", c->object);
	view_page(view, "filter", json_string(filter_name(page->filter)));
	return 0;
}

int
home_page(struct req *req, struct view *view, struct err *e)
{
	const struct conversation_page page = list_asked(req);
	struct conversations	       c;

	view_page(view, "query", json_text(page.query));
	return set_list(req, view, &page, &c, e);
}

/* -- what the shape of a chat adds to its messages ------------------------- */

/* The messages of a page, and the day of each where the reader is. */
struct shape {
	const struct req	  *req;
	const struct conversation *in;
	const struct message	  *list;
	size_t			   n;
	int			  *days;
};

static struct shape
shape_of(const struct req *req, const struct conversation *c,
    const struct message *list, size_t n)
{
	struct shape s = {req, c, list, n, NULL};

	s.days = arena_alloc(req->arena, n * sizeof(*s.days));
	for (size_t i = 0; i < n; i++)
		s.days[i] = req_day(req, list[i].created_ms);
	return s;
}

/* A system message is nobody's: it stands by itself. */
static bool
is_said(const struct message *m)
{
	return strcmp(m->type, "system") != 0;
}

/* Does a message stand together with the one before it? */
static bool
is_together(const struct shape *s, size_t i)
{
	const struct message *m = &s->list[i];

	return i > 0 && i < s->n && is_said(&m[-1]) && is_said(m) &&
	       m[-1].sender_id == m->sender_id &&
	       m->created_ms - m[-1].created_ms < GROUP_MS &&
	       s->days[i - 1] == s->days[i];
}

static bool
is_called(const struct req *req, const struct message *m)
{
	uint64_t ids[MENTIONS_MAX];
	size_t	 n = mention_ids(m->mentions, ids);

	while (n > 0 && ids[n - 1] != MENTION_ALL && ids[n - 1] != req->user.id)
		n--;
	return n > 0;
}

/* What is not there is false to a template. */
static void
mark(json_t *o, const char *name, bool is)
{
	if (is)
		json_object_set_new_nocheck(o, name, json_true());
}

static json_t *
shaped_json(const struct shape *s, size_t i)
{
	const struct conversation *c = s->in;
	const struct message	  *m = &s->list[i];
	uint64_t		   seen =
	      c->read_seq > c->cleared_seq ? c->read_seq : c->cleared_seq;
	bool	is_own = m->sender_id == s->req->user.id;
	json_t *o = message_json(s->req->arena, m);

	mark(o, "own", is_own);
	mark(o, "new_day", i == 0 || s->days[i - 1] != s->days[i]);
	mark(o, "first_of_group", !is_together(s, i));
	mark(o, "last_of_group", !is_together(s, i + 1));
	mark(o, "calls", !is_own && is_called(s->req, m));
	mark(o, "first_unread", !is_own && m->seq == seen + 1);
	return o;
}

/* A link to the page beyond, or "" where there is none. */
static json_t *
link_json(const struct req *req, bool is_there, uint64_t conv_id,
    const char *key, uint64_t seq)
{
	if (!is_there)
		return json_string("");
	return json_string(arena_printf(req->arena, "/c/%llu?%s=%llu",
	    (unsigned long long)conv_id, key, (unsigned long long)seq));
}

static int
set_messages(struct req *req, struct view *view, const struct conversation *c,
    const struct message_range *range, struct err *e)
{
	struct message *list;
	struct shape	shape;
	json_t	       *items;
	size_t		n;
	bool		has_more, has_older, has_newer;

	if (messages_load(req, range, &list, &n, &has_more, e) == -1)
		return -1;
	items = json_array();
	shape = shape_of(req, c, list, n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, shaped_json(&shape, i));
	has_older = n > 0 && list[0].seq > c->cleared_seq + 1;
	has_newer = n > 0 && list[n - 1].seq < c->last_seq;
	view_set(view, "messages",
	    json_pack("{s:o, s:o, s:o}", "items", items, "older",
		link_json(
		    req, has_older, c->id, "before", n > 0 ? list[0].seq : 0),
		"newer",
		link_json(req, has_newer, c->id, "after",
		    n > 0 ? list[n - 1].seq : 0)));
	return 0;
}

/* -- the pages of one conversation ----------------------------------------- */

/*
 * The conversation, which mostly stands in the list beside it already: then
 * neither it nor who is in it is looked up again.
 */
static int
find_conversation(struct req *req, const struct conversations *beside,
    uint64_t id, struct conversation *c, json_t **object_r, struct err *e)
{
	const json_t *items = json_object_get(beside->object, "items");

	for (size_t i = 0; i < beside->n; i++)
		if (beside->list[i].id == id) {
			*c = beside->list[i];
			*object_r = json_incref(json_array_get(items, i));
			return 0;
		}
	return conversation_get_json(
	    req->app, req->arena, req->user.id, id, c, object_r, e);
}

/* List, conversation and whether one may write: what its pages share. */
static int
set_conversation(struct req *req, struct view *view, uint64_t id,
    struct conversation *c, struct err *e)
{
	const struct conversation_page page = {
	    .limit = LIST_SIZE, .filter = filter_asked(req)};
	struct err	     why_not = {0};
	struct conversations beside;
	unsigned	     pace_s, wait_s;
	json_t		    *object;

	if (set_list(req, view, &page, &beside, e) == -1 ||
	    find_conversation(req, &beside, id, c, &object, e) == -1)
		return -1;
	view_set(view, "conversation", object);
	(void)conversation_may_say(req->app, c, req->now_ms, &why_not);
	view_set(view, "can_send", json_boolean(why_not.code == NULL));
	view_set(view, "why_not", json_text(why_not.code));
	set_message_offers(req, view, c);
	pace_s = conversation_pace(req->app, c, req->now_ms, &wait_s);
	view_set(view, "pace_s", json_integer(pace_s));
	view_set(view, "wait_s", json_integer(wait_s));
	return 0;
}

static int
page_of(struct req *req, struct view *view, uint64_t conv_id, struct err *e)
{
	struct conversation	   c;
	const struct message_range range = {
	    .conv_id = conv_id,
	    .in = &c,
	    .has_since = req_has(req, "after"),
	    .has_before = req_has(req, "before"),
	    .since_seq = (uint64_t)req_int(req, "after", 0),
	    .before_seq = (uint64_t)req_int(req, "before", 0),
	    .limit = LIST_SIZE,
	};

	if (set_conversation(req, view, conv_id, &c, e) == -1)
		return -1;
	return set_messages(req, view, &c, &range, e);
}

int
chat_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_path_id(req, "id"), e);
}

/*
 * To the first unread message that mentions the reader, with some of what was
 * said before and after it; without one, to the chat.
 */
int
mention_page(struct req *req, struct view *view, struct err *e)
{
	enum { AFTER = LIST_SIZE / 2 };
	uint64_t	     id = req_path_id(req, "id"), seq, upto;
	struct conversation  c;
	struct message_range range = {.conv_id = id,
	    .in = &c,
	    .has_since = true,
	    .limit = 1,
	    .is_mentioned = true};
	struct message	    *list;
	size_t		     n;

	if (conversation_get(req->app, req->arena, req->user.id, id, &c, e) ==
	    -1)
		return -1;
	range.since_seq = c.last_seq - conversation_unread(&c);
	if (message_history(
		req->app, req->arena, req->user.id, &range, &list, &n, e) == -1)
		return -1;
	if (n == 0)
		return view_redirect(view, "/c/%llu", (unsigned long long)id);
	seq = list[0].seq;
	upto = seq + AFTER;
	if (c.last_seq < upto)
		return view_redirect(view, "/c/%llu#m%llu",
		    (unsigned long long)id, (unsigned long long)seq);
	return view_redirect(view, "/c/%llu?before=%llu#m%llu",
	    (unsigned long long)id, (unsigned long long)upto,
	    (unsigned long long)seq);
}

/* The chat again, after its form was refused. */
int
sent_chat_page(struct req *req, struct view *view, struct err *e)
{
	return page_of(req, view, req_u64(req, "conv_id"), e);
}

int
info_page(struct req *req, struct view *view, struct err *e)
{
	uint64_t	    id = req_path_id(req, "id");
	struct conversation c;
	json_t		   *peer;

	if (conversation_get(req->app, req->arena, req->user.id, id, &c, e) ==
	    -1)
		return -1;
	if (c.type != CONVERSATION_DIRECT)
		return group_view(req, view, id, e);
	if (set_conversation(req, view, id, &c, e) == -1)
		return -1;
	peer = json_object_get(
	    json_object_get(view->data, "conversation"), "peer");
	view_set(view, "user", peer != NULL ? json_incref(peer) : json_null());
	return 0;
}

/* The way out of a group; in any other conversation there is none. */
int
leave_page(struct req *req, struct view *view, struct err *e)
{
	return group_leave_view(req, view, req_path_id(req, "id"), e);
}
