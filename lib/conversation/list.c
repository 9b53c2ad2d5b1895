/* SPDX-License-Identifier: MIT */
/*
 * list.c -- Use cases: somebody looks at their conversations.
 *
 * A page is found by key, never by number: the cursor is the place of the last
 * row, so that what moves to the top meanwhile is not shown twice below.
 */
#include <inttypes.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "conversation/group_change.h"
#include "conversation/store.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "web/web.h"

int
conversation_viewer_get(struct app *app, struct arena *a, uint64_t user_id,
    struct conversation_viewer *v, struct err *e)
{
	struct user user;

	if (account_find(app, a, user_id, &user, e) == -1)
		return -1;
	*v = (struct conversation_viewer){
	    user_id, user.world_seq, user.id != 0 && user.role == ROLE_ADMIN};
	return 0;
}

int
conversation_world_seq(
    struct app *app, struct arena *a, uint64_t *seq_r, struct err *e)
{
	uint64_t id;

	return conversation_store_world(app->db, a, &id, seq_r, e);
}

int
conversation_world_enter(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, int64_t now_ms, struct err *e)
{
	struct conversation_viewer v;

	if (conversation_viewer_get(app, a, user_id, &v, e) == -1)
		return -1;
	return conversation_store_world_row(app->db, conv_id, &v, now_ms, e);
}

int
conversation_get(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, struct conversation *c, struct err *e)
{
	struct conversation_viewer v;
	int			   found;

	if (conversation_viewer_get(app, a, user_id, &v, e) == -1)
		return -1;
	found = conversation_store_find(app->db, a, &v, conv_id, c, e);
	if (found == 0)
		return group_why_not(app, a, user_id, conv_id, e);
	return found == -1 ? -1 : 0;
}

int
conversation_find_many(struct app *app, struct arena *a, uint64_t user_id,
    const uint64_t *conv_ids, size_t n, struct conversation **list_r,
    size_t *n_r, struct err *e)
{
	struct conversation_viewer v;

	if (conversation_viewer_get(app, a, user_id, &v, e) == -1)
		return -1;
	return conversation_store_find_many(
	    app->db, a, &v, conv_ids, n, list_r, n_r, e);
}

int
conversation_direct_find(struct app *app, struct arena *a, uint64_t x,
    uint64_t y, uint64_t *conv_id_r, struct err *e)
{
	return conversation_store_direct(
	    app->db, a, x < y ? x : y, x < y ? y : x, conv_id_r, e);
}

int
conversation_have_met(
    struct app *app, struct arena *a, uint64_t x, uint64_t y, struct err *e)
{
	return conversation_store_have_met(app->db, a, x, y, e);
}

static int
mark_parse(const char *cursor, struct conversation_mark *mark, struct err *e)
{
	int64_t key[3];

	if (cursor_parse(cursor, key, 3, e) == -1)
		return -1;
	*mark = (struct conversation_mark){
	    .pinned = key[0] != 0,
	    .last_at_ms = key[1],
	    .conv_id = (uint64_t)key[2],
	};
	return 0;
}

/* What a filter lets through. */
static struct conversation_choice
choice_of(const struct conversation_page *page, bool is_search)
{
	static const unsigned types[] = {
	    [CONVERSATIONS_GROUPS] =
		1 << CONVERSATION_GROUP | 1 << CONVERSATION_WORLD,
	    [CONVERSATIONS_DIRECT] = 1 << CONVERSATION_DIRECT,
	    [CONVERSATIONS_HIDDEN] = 0,
	};
	bool is_hidden = page->filter == CONVERSATIONS_HIDDEN;

	return (struct conversation_choice){
	    /* One more than asked for tells whether there is a next page. */
	    .limit = page->limit + 1,
	    .shown = !is_hidden,
	    .hidden = is_hidden || page->with_hidden || is_search,
	    .is_unread = page->filter == CONVERSATIONS_UNREAD,
	    .types = types[page->filter] != 0 ? types[page->filter] : ~0U,
	};
}

/* Stands for the viewer's world_seq until that is known; no seq is so large. */
#define NOT_KNOWN_YET UINT64_MAX

/*
 * Completes a page by who looks at it.  They are asked for together with whom
 * they talk with, whom the page will show: one query less.
 */
static int
complete(struct app *app, struct arena *a, uint64_t user_id,
    struct conversation *list, size_t n, struct err *e)
{
	uint64_t    *ids = arena_alloc(a, (n + 1) * sizeof(*ids));
	struct user *users = arena_alloc(a, (n + 1) * sizeof(*users));
	struct conversation_viewer v;

	ids[n] = user_id;
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i].peer_id;
	if (account_find_many(app, a, ids, n + 1, users, e) == -1 ||
	    conversation_viewer_get(app, a, user_id, &v, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct conversation *c = &list[i];

		c->is_site_admin = v.is_site_admin;
		if (c->read_seq == NOT_KNOWN_YET)
			c->read_seq = v.world_seq;
		if (c->delivered_seq == NOT_KNOWN_YET)
			c->delivered_seq = v.world_seq;
	}
	return 0;
}

int
conversation_list(struct app *app, struct arena *a, uint64_t user_id,
    const struct conversation_page *page, struct conversation **list_r,
    size_t *n_r, const char **next_r, struct err *e)
{
	bool is_search = page->query != NULL && page->query[0] != '\0';
	struct conversation_choice choice = choice_of(page, is_search);
	struct conversation_viewer v = {user_id, NOT_KNOWN_YET, false};
	struct conversation_mark   mark;
	const struct conversation *last;

	/* What is unread in the world channel begins where they came. */
	if (choice.is_unread &&
	    conversation_viewer_get(app, a, user_id, &v, e) == -1)
		return -1;
	if (page->cursor != NULL) {
		if (mark_parse(page->cursor, &mark, e) == -1)
			return -1;
		choice.after = &mark;
	}
	if (is_search && conversation_search(app, a, user_id, page->query,
			     &choice.among, &choice.namong, e) == -1)
		return -1;
	if (conversation_store_page(app->db, a, &v, &choice, list_r, n_r, e) ==
		-1 ||
	    complete(app, a, user_id, *list_r, *n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		last = &(*list_r)[*n_r - 1];
		*next_r = arena_printf(a, "%d.%" PRId64 ".%" PRIu64,
		    last->pinned, last->last_at_ms, last->id);
	}
	return 0;
}

int
conversation_member_ids(struct app *app, struct arena *a, uint64_t conv_id,
    uint64_t *version_r, const uint64_t **ids_r, const uint64_t **after_r,
    size_t *n_r, struct err *e)
{
	return conversation_store_members(
	    app->db, a, conv_id, version_r, ids_r, after_r, n_r, e);
}

int
conversation_members_version(struct app *app, struct arena *a, uint64_t conv_id,
    uint64_t *version_r, struct err *e)
{
	return conversation_store_version(app->db, a, conv_id, version_r, e);
}
