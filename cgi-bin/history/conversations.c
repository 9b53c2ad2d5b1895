/* SPDX-License-Identifier: MIT */
/* conversations.c -- Handlers of conversations. */
#include <string.h>

#include "base/clock.h"
#include "history.h"

int
conversations_load(struct req *req, const struct conversation_page *page,
    struct conversations *c, struct err *e)
{
	const char *next;
	json_t	   *items;

	if (conversation_list(req->app, req->arena, req->user.id, page,
		&c->list, &c->n, &next, e) == -1 ||
	    conversation_json_many(req->app, req->arena, req->user.id, c->list,
		c->n, &items, e) == -1)
		return -1;
	c->object = json_list(items, next);
	return 0;
}

static const char *const filters[] = {[CONVERSATIONS_ALL] = "all",
    [CONVERSATIONS_UNREAD] = "unread",
    [CONVERSATIONS_GROUPS] = "groups",
    [CONVERSATIONS_DIRECT] = "direct",
    [CONVERSATIONS_HIDDEN] = "hidden"};

const char *
filter_name(enum conversation_filter filter)
{
	return filters[filter];
}

enum conversation_filter
filter_asked(const struct req *req)
{
	const char *name = req_str(req, "filter");
	size_t	    i = sizeof(filters) / sizeof(filters[0]);

	while (i > 0 && (name == NULL || strcmp(name, filters[i - 1]) != 0))
		i--;
	return i == 0 ? CONVERSATIONS_ALL : (enum conversation_filter)(i - 1);
}

struct conversation_page
list_asked(const struct req *req)
{
	return (struct conversation_page){
	    .cursor = req_str(req, "cursor"),
	    .limit = req_limit(req),
	    .with_hidden = req_bool(req, "hidden"),
	    .filter = filter_asked(req),
	    .query = req_str(req, "query"),
	};
}

int
conversations_get(struct req *req, struct view *view, struct err *e)
{
	const struct conversation_page page = list_asked(req);
	struct conversations	       c;

	if (conversations_load(req, &page, &c, e) == -1)
		return -1;
	view_root(view, c.object);
	return 0;
}

static int
set_conversation(struct req *req, struct view *view,
    const struct conversation *c, struct err *e)
{
	json_t *object;

	if (conversation_json(
		req->app, req->arena, req->user.id, c, &object, e) == -1)
		return -1;
	view_root(view, object);
	return 0;
}

static bool
is_group(const struct req *req)
{
	const char *type = req_str(req, "type");

	return type != NULL && strcmp(type, "group") == 0;
}

/* The page that a refused form of POST /conversations stands on. */
int
opening_page(struct req *req, struct view *view, struct err *e)
{
	return is_group(req) ? group_new_view(req, view, e)
			     : home_page(req, view, e);
}

void
opening_judge(struct req *req, struct err *e)
{
	if (is_group(req))
		(void)group_check(
		    req_str(req, "title"), req_str(req, "description"), e);
	else if (!req_has(req, "user_id"))
		(void)err_field(e, "user_id", "required", "With whom?");
}

/* A group, and what became of those who were to be in it. */
static int
open_group(struct req *req, json_t **additions_r, uint64_t *id_r, struct err *e)
{
	struct group_additions additions;
	struct group_draft     draft = {
		.title = req_str(req, "title"),
		.description = req_str(req, "description"),
		.join_policy = join_policy_of(req_str(req, "join_policy")),
		.from_start = req_bool(req, "from_start"),
		.max_members = (unsigned)req_int(req, "max_members", 0),
	    };

	draft.nusers = req_ids(req, "members", &draft.user_ids);
	if (group_create(req->app, req->arena, req->user.id, &draft, id_r,
		&additions, e) == -1)
		return -1;
	*additions_r = group_additions_json(req->arena, &additions);
	return 0;
}

int
conversations_post(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;
	json_t		   *additions = NULL;
	uint64_t	    id;
	bool		    is_new = true;

	opening_judge(req, e);
	if (e->kind != ERR_NONE)
		return -1;
	if (is_group(req)) {
		if (open_group(req, &additions, &id, e) == -1)
			return -1;
	} else if (conversation_open(req->app, req->arena, req->user.id,
		       req_u64(req, "user_id"), &id, &is_new, e) == -1)
		return -1;
	if (conversation_get(req->app, req->arena, req->user.id, id, &c, e) ==
		-1 ||
	    set_conversation(req, view, &c, e) == -1) {
		json_decref(additions);
		return -1;
	}
	if (additions != NULL)
		view_set(view, "additions", additions);
	if (!req->is_api)
		return view_redirect(view, "/c/%llu", (unsigned long long)id);
	view->status = is_new ? 201 : 200;
	return 0;
}

int
conversation_get_one(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;

	if (conversation_get(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), &c, e) == -1)
		return -1;
	return set_conversation(req, view, &c, e);
}

/* What all of them see; 0 also when nothing of it is to change. */
static int
change_shared(struct req *req, uint64_t id, struct err *e)
{
	enum join_policy policy = join_policy_of(req_str(req, "join_policy"));
	bool		 from_start = req_bool(req, "from_start");
	bool		 muted_all = req_bool(req, "muted_all");
	bool		 is_on = req_bool(req, "enabled");
	unsigned	 slow = (unsigned)req_int(req, "slow_mode_s", 0);
	unsigned	 max = (unsigned)req_int(req, "max_members", 0);
	const struct group_settings want = {
	    .title = req_str(req, "title"),
	    .description = req_str(req, "description"),
	    .join_policy = policy != JOIN_NONE ? &policy : NULL,
	    .from_start = req_has(req, "from_start") ? &from_start : NULL,
	    .muted_all = req_has(req, "muted_all") ? &muted_all : NULL,
	    .is_on = req_has(req, "enabled") ? &is_on : NULL,
	    .slow_mode_s = req_has(req, "slow_mode_s") ? &slow : NULL,
	    .max_members = req_has(req, "max_members") ? &max : NULL,
	    .no_avatar = req_has(req, "avatar"),
	};

	if (!want.no_avatar && want.title == NULL && want.description == NULL &&
	    want.join_policy == NULL && want.from_start == NULL &&
	    want.muted_all == NULL && want.is_on == NULL &&
	    want.slow_mode_s == NULL && want.max_members == NULL)
		return 0;
	return group_change_settings(
	    req->app, req->arena, req->user.id, id, &want, e);
}

/* A time, or null: for good.  False if it is no time. */
static bool
silence_of(const struct req *req, int64_t *until_r)
{
	*until_r = 0;
	return !req_has(req, "silent_until") ||
	       req_is_null(req, "silent_until") ||
	       time_parse(req_str(req, "silent_until"), until_r);
}

/* The settings asked for; their values are where the struct points. */
struct own_view {
	struct conversation_settings settings;
	bool			     pinned, muted, hidden, marked;
	int64_t			     until_ms;
};

/* A form gives a span or a moment of the reader's clock, and mutes by it. */
static int
form_silence(const struct req *req, struct own_view *own, struct err *e)
{
	int64_t until_ms;
	int given = req_moment(req, "silent_for", "silent_at", &until_ms, e);

	if (given == 1) {
		own->until_ms = until_ms;
		own->muted = true;
		own->settings.muted = &own->muted;
		own->settings.silent_until_ms = &own->until_ms;
	}
	return given == -1 ? -1 : 0;
}

static int
own_view_read(const struct req *req, struct own_view *own, struct err *e)
{
	*own = (struct own_view){
	    .pinned = req_bool(req, "pinned"),
	    .muted = req_bool(req, "muted"),
	    .hidden = req_bool(req, "hidden"),
	    .marked = req_bool(req, "marked_unread"),
	};
	own->settings = (struct conversation_settings){
	    .pinned = req_has(req, "pinned") ? &own->pinned : NULL,
	    .muted = req_has(req, "muted") ? &own->muted : NULL,
	    .hidden = req_has(req, "hidden") ? &own->hidden : NULL,
	    .marked = req_has(req, "marked_unread") ? &own->marked : NULL,
	    .silent_until_ms =
		req_has(req, "silent_until") ? &own->until_ms : NULL,
	};
	if (!silence_of(req, &own->until_ms))
		return err_field(
		    e, "silent_until", "format", "This is no time.");
	if (form_silence(req, own, e) == -1)
		return -1;
	return conversation_settings_check(&own->settings, req->now_ms, e);
}

/* Files are not there yet: a group shows its initials. */
static void
avatar_judge(const char *avatar, struct err *e)
{
	if (avatar != NULL && *avatar != '\0')
		(void)err_field(e, "avatar", "unsupported",
		    "There are no pictures yet: initials are shown.");
}

void
settings_judge(struct req *req, struct err *e)
{
	struct own_view own;

	(void)own_view_read(req, &own, e);
	avatar_judge(req_str(req, "avatar"), e);
}

int
conversation_patch(struct req *req, struct view *view, struct err *e)
{
	uint64_t	    id = req_path_id(req, "id");
	struct own_view	    own;
	struct conversation c;

	(void)own_view_read(req, &own, e);
	avatar_judge(req_str(req, "avatar"), e);
	if (e->kind != ERR_NONE || change_shared(req, id, e) == -1 ||
	    conversation_configure(req->app, req->arena, req->user.id, id,
		&own.settings, &c, e) == -1)
		return -1;
	if (req->is_api)
		return set_conversation(req, view, &c, e);
	/* Back to the list: in the chat it would be read again at once. */
	if (own.marked)
		return view_redirect(view, "/");
	return view_redirect(view, "/c/%llu/info", (unsigned long long)id);
}

static int
put_draft(
    struct req *req, const char *text, struct conversation *c, struct err *e)
{
	uint64_t version = (uint64_t)req_int(req, "version", 0);

	return conversation_draft_put(req->app, req->arena, req->user.id,
	    req_path_id(req, "id"), text,
	    req_has(req, "version") ? &version : NULL, c, e);
}

int
conversation_draft_save(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;

	if (put_draft(req, req_str(req, "content"), &c, e) == -1)
		return -1;
	if (!req->is_api)
		return view_redirect(
		    view, "/c/%llu?ok=draft", (unsigned long long)c.id);
	return set_conversation(req, view, &c, e);
}

int
conversation_draft_drop(struct req *req, struct view *view, struct err *e)
{
	struct conversation c;

	if (put_draft(req, NULL, &c, e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu", (unsigned long long)c.id);
}

int
conversation_remove(struct req *req, struct view *view, struct err *e)
{
	if (group_dissolve(req->app, req->arena, req->user.id,
		req_path_id(req, "id"), e) == -1)
		return -1;
	return view_no_content(view, "/");
}

int
conversation_read_put(struct req *req, struct view *view, struct err *e)
{
	uint64_t id = req_path_id(req, "id");

	if (conversation_mark_read(req->app, req->arena, req->user.id, id,
		(uint64_t)req_int(req, "seq", 0), e) == -1)
		return -1;
	return view_no_content(view, "/c/%llu", (unsigned long long)id);
}
