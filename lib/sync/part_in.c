/* SPDX-License-Identifier: MIT */
/*
 * part_in.c -- What marks in the user's conversations tell: members who
 * changed, came or went, messages that are not what they were, and the
 * conversations themselves.
 *
 * Whatever leaves such a mark changes the conversation's row, so only those
 * that moved are asked about.
 */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "conversation/group.h"
#include "conversation/rights.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "message/message.h"
#include "sync/page.h"

/* The user's conversations that moved, and the marks in those of many. */
struct moved {
	const struct conversation_move *move;
	size_t				n;
	struct sync_seen	       *mark;
	size_t				nmarks;
};

static int
load(struct sync_page *p, struct moved *m, struct err *e)
{
	const uint64_t	*at = p->cursor->at;
	bool		 is_within = at[1] != 0;
	struct sync_seen after = {0};
	uint64_t	*ids;
	size_t		 n = 0;

	if (is_within)
		after = (struct sync_seen){at[0], 0, at[2], (int64_t)at[1]};
	if (sync_page_moves(p, is_within ? at[0] - 1 : at[0], SYNC_MOVES_MAX,
		&m->move, &m->n, e) == -1)
		return -1;
	ids = arena_alloc(p->arena, m->n * sizeof(*ids));
	for (size_t i = 0; i < m->n; i++)
		if (m->move[i].type != CONVERSATION_DIRECT)
			ids[n++] = m->move[i].conv_id;
	return sync_store_marks_in(p->app->db, p->arena, ids, n, p->since_ms,
	    &after, SYNC_MARKS_PAGE, &m->mark, &m->nmarks, e);
}

/* Of a group that is over nobody is told any more. */
static bool
is_over(const struct moved *m, uint64_t conv_id)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->move[i].conv_id == conv_id)
			return m->move[i].is_over;
	return true;
}

static void
tell_gone(struct sync_page *p, const struct conversation_seat *seat)
{
	json_t *o = sync_page_remove(p, "member", seat->user_id);

	json_object_set_new(
	    o, "conv_id", json_string(id_text(p->arena, seat->conv_id)));
}

/* People who left Parley are not among the items: then ids do not fit. */
static void
tell_there(struct sync_page *p, const struct conversation_seat *seats, size_t n,
    json_t *items)
{
	size_t	at = 0;
	json_t *item;

	for (size_t i = 0; i < n; i++) {
		const char *id;

		item = json_array_get(items, at);
		id = json_string_value(
		    json_object_get(json_object_get(item, "user"), "id"));
		if (id == NULL ||
		    strcmp(id, id_text(p->arena, seats[i].user_id)) != 0)
			continue;
		json_object_set_new(item, "conv_id",
		    json_string(id_text(p->arena, seats[i].conv_id)));
		json_array_append(p->members, item);
		at++;
	}
}

static int
tell_members(struct sync_page *p, struct conversation_seat *seats, size_t n,
    struct err *e)
{
	struct group_member *members =
	    arena_alloc(p->arena, n * sizeof(*members));
	size_t	there = 0;
	json_t *items;

	if (n == 0)
		return 0;
	if (conversation_members_at(p->app, p->arena, seats, n, members, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (members[i].role == MEMBER_NONE)
			tell_gone(p, &seats[i]);
		else {
			seats[there] = seats[i];
			members[there++] = members[i];
		}
	if (group_members_json(
		p->app, p->arena, p->user_id, members, there, &items, e) == -1)
		return -1;
	tell_there(p, seats, there, items);
	json_decref(items);
	return 0;
}

/* Messages that are not what they were, as far as the user sees them. */
static int
tell_messages(struct sync_page *p, const struct message_place *places, size_t n,
    struct err *e)
{
	uint64_t	    *ids = arena_alloc(p->arena, n * sizeof(*ids));
	struct message_span *spans = arena_alloc(p->arena, n * sizeof(*spans));
	struct conversation *in;
	struct message	    *list;
	size_t		     nin, nspans = 0, nlist;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		ids[i] = places[i].conv_id;
	if (conversation_find_many(
		p->app, p->arena, p->user_id, ids, n, &in, &nin, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nin; k++)
			if (in[k].id == places[i].conv_id &&
			    places[i].seq > in[k].cleared_seq)
				spans[nspans++] = (struct message_span){
				    &in[k], places[i].seq - 1, places[i].seq};
	if (message_spans(p->app, p->arena, p->user_id, spans, nspans, &list,
		&nlist, e) == -1)
		return -1;
	for (size_t i = 0; i < nlist; i++)
		json_array_append_new(
		    p->messages, message_json(p->arena, &list[i]));
	return 0;
}

/* What the marks of a page are about. */
struct subjects {
	struct conversation_seat *seat;
	struct message_place	 *message;
	size_t			  nseats, nmessages;
};

static void
sort_out(struct sync_page *p, const struct moved *m, struct subjects *s)
{
	for (size_t i = 0; i < m->nmarks; i++) {
		const struct sync_seen *mark = &m->mark[i];

		if (!sync_page_take(p, mark))
			continue;
		if (mark->kind == SYNC_CONVERSATION)
			sync_page_show(p, mark->scope_id);
		else if (mark->kind == SYNC_MESSAGE) {
			/* The last one is shown with the conversation. */
			sync_page_show(p, mark->scope_id);
			s->message[s->nmessages++] = (struct message_place){
			    mark->scope_id, mark->ref & ~SYNC_MESSAGE_REF};
		} else if (!is_over(m, mark->scope_id))
			s->seat[s->nseats++] = (struct conversation_seat){
			    mark->scope_id, mark->ref};
	}
}

int
sync_part_in(struct sync_page *p, struct err *e)
{
	uint64_t       *at = p->cursor->at;
	struct subjects s = {0};
	struct moved	m;

	if (load(p, &m, e) == -1)
		return -1;
	s.seat = arena_alloc(p->arena, m.nmarks * sizeof(*s.seat));
	s.message = arena_alloc(p->arena, m.nmarks * sizeof(*s.message));
	sort_out(p, &m, &s);
	if (tell_members(p, s.seat, s.nseats, e) == -1 ||
	    tell_messages(p, s.message, s.nmessages, e) == -1)
		return -1;
	if (m.nmarks == SYNC_MARKS_PAGE) {
		at[0] = m.mark[m.nmarks - 1].scope_id;
		at[1] = (uint64_t)m.mark[m.nmarks - 1].changed_ms;
		at[2] = m.mark[m.nmarks - 1].ref;
		return 0;
	}
	at[0] = m.n > 0 ? m.move[m.n - 1].conv_id : 0;
	at[1] = at[2] = 0;
	return m.n < SYNC_MOVES_MAX;
}
