/* SPDX-License-Identifier: MIT */
/*
 * view.c -- Conversations as the contract shows them.
 *
 * A list of any length takes one query for the people, one for what the user
 * calls them, one for the last messages, one for who is mentioned, and one
 * round trip for who is online; which is nobody's business but contacts'.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "contact/contact.h"
#include "conversation/group.h"
#include "conversation/store.h"
#include "conversation/view.h"
#include "data/app.h"
#include "message/message.h"
#include "presence/presence.h"
#include "web/web.h"

/* What is shown beside the rows themselves; one element for each row. */
struct company {
	struct user    *peers; /* id 0: none */
	const char    **status;
	const char    **remarks;
	struct message *last; /* id 0: none that the user may see */
	unsigned       *mentions;
};

static const char *const TYPES[] = {"", "direct", "group", "system", "world"};

const char *
member_role_name(enum member_role role)
{
	static const char *const names[] = {"", "member", "admin", "owner"};

	return names[role];
}

/* What was said in groups is asked about alone: mostly that is little. */
static int
nicknames(struct app *app, struct arena *a, const struct conversation *c,
    size_t n, struct message *last, struct err *e)
{
	struct message *said = arena_alloc(a, n * sizeof(*said));
	size_t	       *of = arena_alloc(a, n * sizeof(*of)), nsaid = 0;

	for (size_t i = 0; i < n; i++)
		if (c[i].type == CONVERSATION_GROUP && last[i].id != 0) {
			of[nsaid] = i;
			said[nsaid++] = last[i];
		}
	if (message_nickname(app, a, said, nsaid, e) == -1)
		return -1;
	for (size_t i = 0; i < nsaid; i++)
		last[of[i]].sender_name = said[i].sender_name;
	return 0;
}

static int
last_messages(struct app *app, struct arena *a, const struct conversation *c,
    size_t n, struct message *last, struct err *e)
{
	struct message_place *places = arena_alloc(a, n * sizeof(*places));

	for (size_t i = 0; i < n; i++) {
		bool is_seen = c[i].last_seq > c[i].cleared_seq;

		places[i].conv_id = c[i].id;
		places[i].seq = is_seen ? c[i].last_seq : 0;
	}
	if (message_find_many(app, a, places, n, last, e) == -1)
		return -1;
	return nicknames(app, a, c, n, last, e);
}

/*
 * The people of the list.  The user is asked for with them: who said the last
 * messages, and who looks at the page, is then known without a query more.
 */
static int
peers_find(struct app *app, struct arena *a, uint64_t me, const uint64_t *ids,
    size_t n, struct user *peers_r, struct err *e)
{
	uint64_t    *all = arena_alloc(a, (n + 1) * sizeof(*all));
	struct user *found = arena_alloc(a, (n + 1) * sizeof(*found));

	memcpy(all, ids, n * sizeof(*all));
	all[n] = me;
	if (account_find_many(app, a, all, n + 1, found, e) == -1)
		return -1;
	memcpy(peers_r, found, n * sizeof(*found));
	return 0;
}

static int
company_load(struct app *app, struct arena *a, uint64_t me,
    const struct conversation *c, size_t n, struct company *with, struct err *e)
{
	uint64_t    *ids = arena_alloc(a, n * sizeof(*ids));
	const char **chosen = arena_alloc(a, n * sizeof(*chosen));

	with->peers = arena_alloc(a, n * sizeof(*with->peers));
	with->status = arena_alloc(a, n * sizeof(*with->status));
	with->remarks = arena_alloc(a, n * sizeof(*with->remarks));
	with->last = arena_alloc(a, n * sizeof(*with->last));
	with->mentions = arena_alloc(a, n * sizeof(*with->mentions));
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = c[i].peer_id;
	if (peers_find(app, a, me, ids, n, with->peers, e) == -1 ||
	    contact_remarks_get(app, a, me, ids, n, with->remarks, e) == -1 ||
	    last_messages(app, a, c, n, with->last, e) == -1 ||
	    conversation_store_mentions(
		app->db, a, me, c, n, with->mentions, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		chosen[i] = with->peers[i].presence;
	presence_of(app, a, ids, chosen, n, with->status);
	for (size_t i = 0; i < n; i++)
		if (!c[i].bond.is_contact || c[i].bond.is_blocked) {
			with->status[i] = presence_shown(chosen[i], false);
			with->peers[i].last_active_ms = 0;
		}
	return 0;
}

static void
put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, value);
}

/* The name a person goes by with the user: the remark, or their own. */
static const char *
title_of(const struct conversation *c, const struct company *with, size_t i)
{
	if (c->peer_id == 0)
		return c->title;
	if (with->remarks[i][0] != '\0')
		return with->remarks[i];
	return with->peers[i].id != 0 ? with->peers[i].display_name : "";
}

/* Administrators of the site are those of the world channel. */
static enum member_role
role_of(const struct conversation *c)
{
	return c->type == CONVERSATION_WORLD && c->is_site_admin ? MEMBER_ADMIN
								 : c->role;
}

static void
put_group(json_t *o, const struct conversation *c)
{
	const struct conversation_shared *s = &c->shared;

	put(o, "join_policy", json_string(join_policy_name(s->join_policy)));
	put(o, "from_start", json_boolean(s->from_start));
	put(o, "members", json_integer((json_int_t)s->nmembers));
	put(o, "max_members", json_integer((json_int_t)s->max_members));
	put(o, "permissions",
	    permissions_json(
		c->role == MEMBER_OWNER ? PERMIT_ALL : c->permissions));
	put(o, "nickname", json_string(c->nickname));
}

static void
put_shared(json_t *o, const struct conversation *c)
{
	const struct conversation_shared *s = &c->shared;

	put(o, "description", json_string(s->description));
	put(o, "muted_all", json_boolean(s->muted_all));
	put(o, "slow_mode_s", json_integer((json_int_t)s->slow_mode_s));
	put(o, "muted_until", json_time(c->muted_until_ms));
	if (c->type == CONVERSATION_WORLD)
		put(o, "enabled",
		    json_boolean(c->status == CONVERSATION_ALIVE));
}

/* What the user has made of it. */
static void
put_own(json_t *o, const struct conversation *c)
{
	bool is_muted = conversation_is_muted(c, clock_ms());

	put(o, "marked_unread", json_boolean(c->marked));
	put(o, "pinned", json_boolean(c->pinned));
	put(o, "muted", json_boolean(is_muted));
	put(o, "silent_until", json_time(is_muted ? c->silent_until_ms : 0));
	put(o, "hidden", json_boolean(c->hidden));
	put(o, "draft",
	    c->draft == NULL ? json_null()
			     : json_pack("{s:s, s:o}", "content", c->draft,
				   "updated_at", json_time(c->draft_at_ms)));
	put(o, "draft_version", json_integer((json_int_t)c->draft_version));
}

static json_t *
row_json(struct arena *a, uint64_t me, const struct conversation *c,
    const struct company *with, size_t i)
{
	json_t *o = json_object();

	put(o, "id", json_id(c->id));
	put(o, "type", json_string(TYPES[c->type]));
	put(o, "title", json_string(title_of(c, with, i)));
	put(o, "avatar", json_null());
	if (with->last[i].id != 0) {
		with->last[i].status =
		    message_status(c, me, with->last[i].sender_id, c->last_seq);
		put(o, "last_message", message_json(a, &with->last[i]));
	} else
		put(o, "last_message", json_null());
	put(o, "last_seq", json_integer((json_int_t)c->last_seq));
	put(o, "last_read_seq", json_integer((json_int_t)c->read_seq));
	put(o, "last_delivered_seq",
	    json_integer((json_int_t)c->delivered_seq));
	put(o, "unread", json_integer((json_int_t)conversation_unread(c)));
	put(o, "mentions", json_integer((json_int_t)with->mentions[i]));
	put_own(o, c);
	if (c->peer_id != 0) {
		if (with->peers[i].id != 0) /* whose account is not deleted */
			put(o, "peer",
			    user_json(&with->peers[i], with->status[i], false));
		put(o, "peer_read_seq",
		    json_integer((json_int_t)c->peer_read_seq));
		put(o, "peer_delivered_seq",
		    json_integer((json_int_t)c->peer_delivered_seq));
	}
	put(o, "role", json_string(member_role_name(role_of(c))));
	if (c->type == CONVERSATION_GROUP)
		put_group(o, c);
	if (c->type == CONVERSATION_GROUP || c->type == CONVERSATION_WORLD)
		put_shared(o, c);
	put(o, "created_at", json_time(c->created_ms));
	return o;
}

int
conversation_json_many(struct app *app, struct arena *a, uint64_t user_id,
    const struct conversation *c, size_t n, json_t **array_r, struct err *e)
{
	struct company with;

	if (company_load(app, a, user_id, c, n, &with, e) == -1)
		return -1;
	*array_r = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		    *array_r, row_json(a, user_id, &c[i], &with, i));
	return 0;
}

int
conversation_json(struct app *app, struct arena *a, uint64_t user_id,
    const struct conversation *c, json_t **object_r, struct err *e)
{
	json_t *array;

	if (conversation_json_many(app, a, user_id, c, 1, &array, e) == -1)
		return -1;
	*object_r = json_incref(json_array_get(array, 0));
	json_decref(array);
	return 0;
}

int
conversation_get_json(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t conv_id, struct conversation *c, json_t **object_r, struct err *e)
{
	if (conversation_get(app, a, user_id, conv_id, c, e) == -1)
		return -1;
	return conversation_json(app, a, user_id, c, object_r, e);
}
