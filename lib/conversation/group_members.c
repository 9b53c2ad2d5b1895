/* SPDX-License-Identifier: MIT */
/*
 * group_members.c -- Use cases: who is in a group, and what each may do there.
 */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/clock.h"
#include "base/str.h"
#include "conversation/group_change.h"
#include "conversation/store.h"
#include "conversation/view.h"
#include "data/app.h"
#include "data/db.h"
#include "web/web.h"

const char *const permission_names[] = {
    "invite", "remove", "mute", "edit", "pin", "delete_messages", NULL};

unsigned
permissions_of(const char *words)
{
	unsigned bits = 0;

	for (unsigned i = 0; permission_names[i] != NULL; i++) {
		size_t n = strlen(permission_names[i]);

		for (const char *w = words; w != NULL && *w != '\0';
		     w += strspn(w, " ")) {
			size_t len = strcspn(w, " ");

			if (len == n && memcmp(w, permission_names[i], n) == 0)
				bits |= 1u << i;
			w += len;
		}
	}
	return bits;
}

json_t *
permissions_json(unsigned permissions)
{
	json_t *array = json_array();

	for (unsigned i = 0; permission_names[i] != NULL; i++)
		if (permissions & 1u << i)
			json_array_append_new(
			    array, json_string(permission_names[i]));
	return array;
}

int
group_members(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    const struct group_page *page, struct group_member **list_r, size_t *n_r,
    const char **next_r, struct err *e)
{
	struct group_change	   x;
	struct group_member	   mark = {0};
	const struct group_member *last;
	int64_t			   key[2];

	if (page->cursor != NULL) {
		if (cursor_parse(page->cursor, key, 2, e) == -1)
			return -1;
		mark.role = (enum member_role)(key[0] & 3);
		mark.user_id = (uint64_t)key[1];
	}
	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_SEE_MEMBERS, e) == -1 ||
	    group_store_members(app->db, a, conv_id, &mark, page->limit + 1,
		list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		last = &(*list_r)[*n_r - 1];
		*next_r = arena_printf(
		    a, "%d.%" PRIu64, (int)last->role, last->user_id);
	}
	return 0;
}

/* One of them; -1 "not_found" if they are none. */
static int
member_get(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    uint64_t user_id, struct group_member *m, struct err *e)
{
	struct group_change x;
	struct group_person p;

	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_SEE_MEMBERS, e) == -1 ||
	    group_member_load(app->db, &x, user_id, &p, e) == -1)
		return -1;
	*m = p.member;
	return 0;
}

/* -- what one of them is --------------------------------------------------- */

struct arranging {
	struct group_change		    x; /* first: see group_run() */
	uint64_t			    user_id;
	const struct group_member_settings *want;
	struct group_member		   *out;
};

/* May the actor change such a thing here, of whomever? */
static int
may_arrange(const struct arranging *r, struct err *e)
{
	const struct conversation_standing *me = &r->x.me.standing;
	const struct group_member_settings *want = r->want;
	int64_t				    now = r->x.now_ms;

	if ((want->role != NULL || want->permissions != NULL) &&
	    conversation_may(me, ACTION_APPOINT, now, e) == -1)
		return -1;
	if (want->muted_until_ms != NULL &&
	    conversation_may(me, ACTION_MUTE, now, e) == -1)
		return -1;
	if (want->nickname == NULL)
		return 0;
	if (conversation_may(me, ACTION_SET_NICKNAME, now, e) == -1)
		return -1;
	if (r->user_id != r->x.actor.id)
		return err_set(e, ERR_FORBIDDEN, "forbidden",
		    "Everybody chooses their own nickname.");
	return 0;
}

/* And of that member? */
static int
may_govern(
    const struct arranging *r, const struct group_member *m, struct err *e)
{
	const struct group_member_settings *want = r->want;

	if (want->role == NULL && want->permissions == NULL &&
	    want->muted_until_ms == NULL)
		return 0;
	return conversation_may_govern(&r->x.me.standing, m->role, e);
}

static void
apply(const struct group_member_settings *want, struct group_member *m)
{
	if (want->role != NULL) {
		if (*want->role == MEMBER_ADMIN && m->role != MEMBER_ADMIN)
			m->permissions = PERMIT_ALL;
		m->role = *want->role;
	}
	if (want->permissions != NULL)
		m->permissions = *want->permissions;
	if (m->role != MEMBER_ADMIN)
		m->permissions = 0;
	if (want->nickname != NULL)
		m->nickname = want->nickname;
	if (want->muted_until_ms != NULL)
		m->muted_until_ms = *want->muted_until_ms;
}

static int
say_changes(struct db *db, struct arranging *r, const struct group_member *was,
    const struct group_member *m, struct err *e)
{
	struct group_change *x = &r->x;

	if (was->role != m->role) {
		if (group_say_of(db, x,
			m->role == MEMBER_ADMIN ? "promoted" : "demoted",
			m->user_id, NULL, e) == -1)
			return -1;
	} else if (was->permissions != m->permissions) {
		if (group_say_of(db, x, "permitted", m->user_id,
			json_pack("{s:o}", "permissions",
			    permissions_json(m->permissions)),
			e) == -1)
			return -1;
	}
	if (was->muted_until_ms != m->muted_until_ms)
		return group_say_of(db, x,
		    m->muted_until_ms > x->now_ms ? "muted" : "unmuted",
		    m->user_id,
		    json_pack("{s:o}", "until", json_time(m->muted_until_ms)),
		    e);
	return 0;
}

static json_t *
member_json(struct arena *a, const struct group_member *m)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:o}", "user_id",
	    id_text(a, m->user_id), "role", member_role_name(m->role),
	    "permissions",
	    permissions_json(
		m->role == MEMBER_OWNER ? PERMIT_ALL : m->permissions),
	    "nickname", m->nickname, "muted_until",
	    json_time(m->muted_until_ms));
}

/* Whoever is not known to the world yet gets a row there, to be muted in. */
static int
person_get(
    struct db *db, struct arranging *r, struct group_person *p, struct err *e)
{
	struct conversation_viewer v;

	if (r->x.g.type == CONVERSATION_WORLD) {
		struct user user;
		int	    found =
		    account_find(r->x.app, r->x.arena, r->user_id, &user, e);

		if (found == -1)
			return -1;
		if (found == 0)
			return err_set(e, ERR_NOT_FOUND, "not_found",
			    "There is no such member.");
		v = (struct conversation_viewer){
		    r->user_id, user.world_seq, false};
		if (conversation_store_world_row(
			db, r->x.conv_id, &v, r->x.now_ms, e) == -1)
			return -1;
	}
	return group_member_load(db, &r->x, r->user_id, p, e);
}

static bool
is_same(const struct group_member *x, const struct group_member *y)
{
	/* Who has none has an empty one; clang-tidy cannot know. */
	if (x->nickname == NULL || y->nickname == NULL)
		return false;
	return x->role == y->role && x->permissions == y->permissions &&
	       x->muted_until_ms == y->muted_until_ms &&
	       strcmp(x->nickname, y->nickname) == 0;
}

static int
change_body(struct db *db, void *ctx, struct err *e)
{
	struct arranging    *r = ctx;
	struct group_change *x = &r->x;
	struct group_person  p = {0};
	struct group_member  was;

	if (group_lock(db, x, ACTION_SEE_MEMBERS, e) == -1 ||
	    may_arrange(r, e) == -1 || person_get(db, r, &p, e) == -1 ||
	    may_govern(r, &p.member, e) == -1)
		return -1;
	was = p.member;
	apply(r->want, &p.member);
	*r->out = p.member;
	if (is_same(&was, &p.member))
		return 0;
	if (group_store_member_put(db, x->conv_id, &p.member, e) == -1 ||
	    say_changes(db, r, &was, &p.member, e) == -1 ||
	    group_mark_member(db, x, r->user_id, e) == -1)
		return -1;
	return group_tell_members(
	    db, x, "member", "changed", member_json(x->arena, &p.member), e);
}

int
group_member_change(struct app *app, struct arena *a, uint64_t me,
    uint64_t conv_id, uint64_t user_id,
    const struct group_member_settings *want, struct group_member *m,
    struct err *e)
{
	struct arranging r = {.user_id = user_id, .want = want, .out = m};

	if (want->role == NULL && want->permissions == NULL &&
	    want->nickname == NULL && want->muted_until_ms == NULL)
		return member_get(app, a, me, conv_id, user_id, m, e);
	if (group_change_init(&r.x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(&r.x, change_body, e);
}
