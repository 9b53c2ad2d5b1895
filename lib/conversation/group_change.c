/* SPDX-License-Identifier: MIT */
/*
 * group_change.c -- What every change of a group begins and ends with.
 *
 * A system message holds who did what to whom as an object, with the names of
 * that moment: each reader sees it in the own language.
 */
#include "conversation/group_change.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/str.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "message/message.h"
#include "sync/sync.h"
#include "web/web.h"

int
group_change_init(struct group_change *x, struct app *app, struct arena *a,
    uint64_t me, uint64_t conv_id, struct err *e)
{
	int found;

	x->app = app;
	x->arena = a;
	x->now_ms = clock_ms();
	x->conv_id = conv_id;
	found = account_find(app, a, me, &x->actor, e);
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such conversation.");
	return found == 1 ? 0 : -1;
}

/* What the group decides of everybody in it. */
static void
complete(const struct group_change *x, struct conversation_standing *s)
{
	s->type = x->g.type;
	s->status = x->g.status;
	s->join_policy = x->g.shared.join_policy;
	s->muted_all = x->g.shared.muted_all;
	s->slow_mode_s = x->g.shared.slow_mode_s;
}

int
group_people(struct db *db, const struct group_change *x, const uint64_t *ids,
    size_t n, struct group_person *people, struct err *e)
{
	if (group_store_people(db, x->arena, x->conv_id, ids, n, people, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		complete(x, &people[i].standing);
	return 0;
}

int
group_load(struct db *db, struct group_change *x, bool locks, struct err *e)
{
	int found = group_store_get(db, x->arena, x->conv_id, locks, &x->g, e);

	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "not_found",
		    "There is no such conversation.");
	if (found == -1 ||
	    group_people(db, x, &x->actor.id, 1, &x->me, e) == -1)
		return -1;
	x->me.standing.is_site_admin = x->actor.role == ROLE_ADMIN;
	return 0;
}

int
conversation_standings(struct db *db, struct arena *a,
    const struct conversation_seat *seats, size_t n,
    struct conversation_standing *standings, struct err *e)
{
	return group_store_standings(db, a, seats, n, standings, e);
}

int
group_lock(struct db *db, struct group_change *x,
    enum conversation_action action, struct err *e)
{
	if (group_load(db, x, true, e) == -1)
		return -1;
	return conversation_may(&x->me.standing, action, x->now_ms, e);
}

int
group_look(struct db *db, struct group_change *x,
    enum conversation_action action, struct err *e)
{
	if (group_load(db, x, false, e) == -1)
		return -1;
	return conversation_may(&x->me.standing, action, x->now_ms, e);
}

int
group_why_not(struct app *app, struct arena *a, uint64_t me, uint64_t conv_id,
    struct err *e)
{
	struct group_change x;

	if (group_change_init(&x, app, a, me, conv_id, e) == -1 ||
	    group_look(app->db, &x, ACTION_SEE, e) == -1)
		return -1;
	/* They came in between two looks: the next one will show it. */
	return err_set(
	    e, ERR_NOT_FOUND, "not_found", "There is no such conversation.");
}

int
group_member_load(struct db *db, const struct group_change *x, uint64_t user_id,
    struct group_person *p, struct err *e)
{
	if (group_people(db, x, &user_id, 1, p, e) == -1)
		return -1;
	if (p->member.role == MEMBER_NONE)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such member.");
	return 0;
}

int
group_run(struct group_change *x,
    int (*body)(struct db *, void *, struct err *), struct err *e)
{
	if (tx_run(x->app->db, body, x, e) == -1)
		return -1;
	outbox_nudge(x->app);
	return 0;
}

int
group_perform(struct group_change *x, struct app *app, struct arena *a,
    uint64_t me, uint64_t					conv_id,
    int (*body)(struct db *, void *, struct err *), struct err *e)
{
	if (group_change_init(x, app, a, me, conv_id, e) == -1)
		return -1;
	return group_run(x, body, e);
}

void
group_step(struct group_change *x, int by)
{
	x->g.shared.nmembers = (unsigned)((int)x->g.shared.nmembers + by);
	x->g.members_version++;
}

/* -- telling --------------------------------------------------------------- */

json_t *
group_name_json(struct arena *a, const struct user *user)
{
	return json_pack("{s:s, s:s}", "id", id_text(a, user->id),
	    "display_name", user->display_name);
}

/* Those who are there, at most cap of them. */
static int
names_json(struct group_change *x, const uint64_t *ids, size_t n, size_t cap,
    json_t **array_r, struct err *e)
{
	struct user *users;

	if (n > cap)
		n = cap;
	users = arena_alloc(x->arena, n * sizeof(*users));
	if (account_find_many(x->app, x->arena, ids, n, users, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		if (users[i].id != 0)
			json_array_append_new(
			    *array_r, group_name_json(x->arena, &users[i]));
	return 0;
}

int
group_say(struct db *db, struct group_change *x, const char *action,
    json_t *extra, struct err *e)
{
	json_t	      *content = json_object();
	struct message m = {
	    .conv_id = x->conv_id,
	    .sender_id = x->actor.id,
	    .sender_type = "system",
	    .sender_name = x->actor.display_name,
	    .type = "system",
	};

	json_object_set_new(content, "action", json_string(action));
	json_object_set_new(
	    content, "actor", group_name_json(x->arena, &x->actor));
	if (extra != NULL)
		json_object_update(content, extra);
	json_decref(extra);
	m.content = json_write_new(x->arena, content);
	return message_append(db, x->arena, &m, x->now_ms, e);
}

int
group_say_of(struct db *db, struct group_change *x, const char *action,
    uint64_t user_id, json_t *extra, struct err *e)
{
	json_t *content = extra != NULL ? extra : json_object(), *names;

	if (names_json(x, &user_id, user_id != 0 ? 1 : 0, 1, &names, e) == -1) {
		json_decref(content);
		return -1;
	}
	json_object_set_new(content, "users", names);
	return group_say(db, x, action, content, e);
}

static const char *
frame_of(struct group_change *x, const char *event, const char *action,
    json_t *extra)
{
	json_t *frame = json_object(), *data = json_object();

	json_object_set_new(data, "action", json_string(action));
	json_object_set_new(
	    data, "conv_id", json_string(id_text(x->arena, x->conv_id)));
	if (extra != NULL)
		json_object_update(data, extra);
	json_decref(extra);
	json_object_set_new(frame, "event", json_string(event));
	json_object_set_new(frame, "data", data);
	return json_write_new(x->arena, frame);
}

int
group_tell_members(struct db *db, struct group_change *x, const char *event,
    const char *action, json_t *extra, struct err *e)
{
	struct outbox_event o = {
	    .key = x->conv_id,
	    .audience = x->g.type == CONVERSATION_WORLD ? OUTBOX_EVERYBODY
							: OUTBOX_MEMBERS,
	    .conv_id = x->conv_id,
	    .members_version = x->g.members_version,
	    .frame = frame_of(x, event, action, extra),
	};

	o.frame_len = strlen(o.frame);
	return outbox_add(db, &o, 1, x->now_ms, e);
}

int
group_tell_users(struct db *db, struct group_change *x, const uint64_t *ids,
    size_t n, const char *event, const char *action, json_t *extra,
    struct err *e)
{
	enum {
		EACH = sizeof((struct outbox_event *)0)->users /
		       sizeof((struct outbox_event *)0)->users[0]
	};
	const char	    *frame = frame_of(x, event, action, extra);
	struct outbox_event *o;
	size_t		     rows = (n + EACH - 1) / EACH;

	o = arena_alloc(x->arena, rows * sizeof(*o));
	for (size_t r = 0; r < rows; r++) {
		o[r].key = x->conv_id;
		o[r].audience = OUTBOX_USERS;
		o[r].frame = frame;
		o[r].frame_len = strlen(frame);
		for (size_t i = 0; i < EACH && r * EACH + i < n; i++)
			o[r].users[i] = ids[r * EACH + i];
	}
	return outbox_add(db, o, rows, x->now_ms, e);
}

int
group_tell_user(struct db *db, struct group_change *x, uint64_t user_id,
    const char *event, const char *action, json_t *extra, struct err *e)
{
	return group_tell_users(db, x, &user_id, 1, event, action, extra, e);
}

int
group_tell_staff(struct db *db, struct group_change *x, const char *action,
    json_t *extra, struct err *e)
{
	const uint64_t *staff;
	size_t		n;

	if (group_store_staff(
		db, x->arena, x->conv_id, PERMIT_INVITE, &staff, &n, e) == -1)
		return -1;
	return group_tell_users(db, x, staff, n, "member", action, extra, e);
}

int
group_mark_member(
    struct db *db, struct group_change *x, uint64_t user_id, struct err *e)
{
	return sync_mark_members(db, x->arena, x->conv_id, &user_id, 1, e);
}

/* -- coming in ------------------------------------------------------------- */

/* So many of those who came are named in the history; the rest is a number. */
enum { NAMED_MAX = 20 };

int
group_hold(struct db *db, struct group_change *x, const uint64_t *ids, size_t n,
    struct err *e)
{
	int there = account_hold_many(db, x->arena, ids, n, e);

	if (there == 0)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	return there == 1 ? 0 : -1;
}

int
group_enter(struct db *db, struct group_change *x, const uint64_t *ids,
    size_t n, const char *action, struct err *e)
{
	struct group_member *m = arena_alloc(x->arena, n * sizeof(*m));
	json_t		    *names;

	if (x->g.shared.nmembers + n > x->g.shared.max_members)
		return err_set(e, ERR_CONFLICT, "full", "The group is full.");
	if (group_hold(db, x, ids, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		m[i] = (struct group_member){.user_id = ids[i],
		    .role = MEMBER_MEMBER,
		    .joined_ms = x->now_ms};
	group_step(x, (int)n);
	if (group_store_enter(db, x->arena, &x->g, m, n, e) == -1 ||
	    group_store_put(db, &x->g, e) == -1 ||
	    names_json(x, ids, n, NAMED_MAX, &names, e) == -1)
		return -1;
	if (group_say(db, x, action,
		json_pack("{s:o, s:I}", "users", names, "count", (json_int_t)n),
		e) == -1 ||
	    sync_mark_members(db, x->arena, x->conv_id, ids, n, e) == -1)
		return -1;
	return group_tell_members(db, x, "member", "added",
	    json_pack("{s:o, s:s}", "user_ids", json_ids(ids, n), "by",
		id_text(x->arena, x->actor.id)),
	    e);
}
