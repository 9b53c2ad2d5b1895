/* SPDX-License-Identifier: MIT */
/*
 * group_link.c -- Use cases: invite links, and the directory of open groups.
 *
 * A link's token is its number and a code over it by a secret of the instance:
 * nothing that opens a group is kept, and who may invite can see it again.  It
 * opens what an invitation opens, so neither a ban nor a full group.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/group_change.h"
#include "conversation/store_directory.h"
#include "conversation/store_entry.h"
#include "data/app.h"
#include "data/db.h"
#include "policy/token.h"

static int
no_link(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "not_found",
	    "This link does not work (any more).");
}

/* -- by who may invite ----------------------------------------------------- */

int
group_links(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const struct group_page *page, struct group_link **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	struct group_change x;
	int64_t		    before = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &before, 1, e) == -1)
		return -1;
	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_INVITE, e) == -1 ||
	    entry_store_links(app->db, a, conv_id, (uint64_t)before, x.now_ms,
		page->limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		*next_r = id_text(a, (*list_r)[*n_r - 1].id);
	}
	for (size_t i = 0; i < *n_r; i++)
		(*list_r)[i].token =
		    policy_token(app, a, "invite", (*list_r)[i].id);
	return 0;
}

struct linking {
	struct group_change x; /* first: see group_run() */
	struct group_link  *link;
	uint64_t	    link_id;
};

enum { LINKS_MAX = 100 }; /* that work, of a group */

static int
make_body(struct db *db, void *ctx, struct err *e)
{
	struct linking	  *l = ctx;
	struct group_link *others;
	size_t		   n;

	if (group_lock(db, &l->x, ACTION_INVITE, e) == -1 ||
	    entry_store_links(db, l->x.arena, l->x.conv_id, 0, l->x.now_ms,
		LINKS_MAX, &others, &n, e) == -1)
		return -1;
	if (n == LINKS_MAX)
		return err_set(e, ERR_CONFLICT, "full",
		    "There are %d links already: revoke one.", LINKS_MAX);
	return entry_store_link_add(db, l->link, l->x.now_ms, e);
}

int
group_link_make(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    int64_t expires_ms, unsigned max_uses, struct group_link *link,
    struct err *e)
{
	struct linking l = {.link = link};

	*link = (struct group_link){.conv_id = conv_id,
	    .by_id = me,
	    .expires_ms = expires_ms,
	    .max_uses = max_uses};
	if (group_change_init(&l.x, app, a, me, conv_id, e) == -1)
		return -1;
	if (expires_ms != 0 && expires_ms <= l.x.now_ms)
		return err_field(
		    e, "expires_at", "too_small", "That is in the past.");
	if (group_run(&l.x, make_body, e) == -1)
		return -1;
	link->token = policy_token(app, a, "invite", link->id);
	return 0;
}

static int
revoke_body(struct db *db, void *ctx, struct err *e)
{
	struct linking *l = ctx;
	int		gone;

	if (group_lock(db, &l->x, ACTION_INVITE, e) == -1)
		return -1;
	gone = entry_store_link_revoke(
	    db, l->x.conv_id, l->link_id, l->x.now_ms, e);
	if (gone == 0)
		return no_link(e);
	return gone == 1 ? 0 : -1;
}

int
group_link_revoke(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t link_id, struct err *e)
{
	struct linking l = {.link_id = link_id};

	if (group_change_init(&l.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&l.x, revoke_body, e);
}

/* -- by who has one -------------------------------------------------------- */

static int
link_find(struct db *db, struct app *app, struct arena *a, const char *token,
    int64_t now_ms, struct group_link *link, struct err *e)
{
	uint64_t id;
	int	 found;

	if (!policy_token_check(app, a, "invite", token, &id))
		return no_link(e);
	found = entry_store_link(db, a, id, now_ms, link, e);
	if (found == 0)
		return no_link(e);
	return found == 1 ? 0 : -1;
}

static void
card_of(const struct group_change *x, struct group_card *card)
{
	*card = (struct group_card){
	    .id = x->g.id,
	    .title = x->g.title,
	    .shared = x->g.shared,
	    .is_member = x->me.member.role != MEMBER_NONE,
	    .is_requested = x->me.has_asked,
	    .created_ms = x->g.created_ms,
	};
}

/*
 * May the actor come in by a link?  Whoever is in did so, perhaps by this very
 * one, and asks again because the answer was lost.
 */
static int
may_enter(struct group_change *x, const struct group_link *link, struct err *e)
{
	bool must_ask;

	if (x->g.status != CONVERSATION_ALIVE ||
	    (!link->works && x->me.member.role == MEMBER_NONE))
		return no_link(e);
	return conversation_way_in(
	    &x->me.standing, true, x->now_ms, &must_ask, e);
}

int
group_link_look(struct app *app, struct arena *a, uint64_t me,
    const char *token, struct group_card *card, struct err *e)
{
	struct group_change x;
	struct group_link   link = {0};

	if (group_change_init(&x, app, a, me, 0, e) == -1 ||
	    link_find(app->db, app, a, token, x.now_ms, &link, e) == -1)
		return -1;
	x.conv_id = link.conv_id;
	if (group_load(app->db, &x, false, e) == -1 ||
	    may_enter(&x, &link, e) == -1)
		return -1;
	card_of(&x, card);
	return 0;
}

static int
link_join_body(struct db *db, void *ctx, struct err *e)
{
	struct linking	    *l = ctx;
	struct group_change *x = &l->x;
	int		     used;

	if (group_load(db, x, true, e) == -1 || may_enter(x, l->link, e) == -1)
		return -1;
	if (x->me.member.role != MEMBER_NONE)
		return 0;
	used = entry_store_link_use(db, l->link->id, x->now_ms, e);
	if (used != 1)
		return used == 0 ? no_link(e) : -1;
	return group_enter(db, x, &x->actor.id, 1, "joined_by_link", e);
}

int
group_link_join(struct app *app, struct arena *a, uint64_t me,
    const char *token, uint64_t *conv_id_r, struct err *e)
{
	struct group_link link = {0};
	struct linking	  l = {.link = &link};

	if (group_change_init(&l.x, app, a, me, 0, e) == -1 ||
	    link_find(app->db, app, a, token, l.x.now_ms, &link, e) == -1)
		return -1;
	l.x.conv_id = link.conv_id;
	if (group_run(&l.x, link_join_body, e) == -1)
		return -1;
	*conv_id_r = link.conv_id;
	return 0;
}

/* -- the directory --------------------------------------------------------- */

int
group_card_get(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    struct group_card *card, struct err *e)
{
	struct group_change x;

	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_LOOK, e) == -1)
		return -1;
	card_of(&x, card);
	return 0;
}

int
group_directory(struct app *app, struct arena *a, uint64_t me,
    const char *query, const struct group_page *page,
    struct group_card **list_r, size_t *n_r, const char **next_r, struct err *e)
{
	int64_t after = 0;
	bool	is_lost = false;
	int	rc;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &after, 1, e) == -1)
		return -1;
	if (query == NULL || *query == '\0')
		rc = directory_store_newest(app->db, a, me, (uint64_t)after,
		    page->limit + 1, list_r, n_r, e);
	else
		rc = directory_store_search(app->db, a, me, query,
		    (uint64_t)after, page->limit + 1, list_r, n_r, &is_lost, e);
	if (rc == -1)
		return -1;
	if (is_lost)
		return err_field(
		    e, "cursor", "unknown", "This list has changed.");
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		*next_r = id_text(a, (*list_r)[*n_r - 1].id);
	}
	return 0;
}
