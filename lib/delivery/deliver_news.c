/* SPDX-License-Identifier: MIT */
/*
 * deliver_news.c -- What is no message, for a socket that may have missed it.
 *
 * Receipts, presence and changes carry no numbers, so nobody can tell which of
 * them was lost with a message on the channel.  What moved since is told as it
 * is now: positions by receipts, which only grow, all else by "changed", upon
 * which the client reads it again.
 */
#include <string.h>

#include "base/arena.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "sync/sync.h"

enum { PAGE = 200 };

struct news {
	struct deliver	*d;
	struct node	*node;
	const struct up *up;
	int64_t		 since_ms;
};

static int
tell(struct news *w, const char *frame, struct err *e)
{
	const struct wire_record r = {.kind = WIRE_SOCKET,
	    .arg = w->up->request,
	    .targets = &w->up->socket,
	    .ntargets = 1,
	    .frame = frame,
	    .frame_len = strlen(frame)};

	return deliver_to_node(w->d, w->node, &r, e);
}

static int
tell_position(struct news *w, uint64_t conv_id, uint64_t user_id,
    uint64_t read_seq, uint64_t delivered_seq, struct err *e)
{
	return tell(w,
	    arena_printf(w->d->arena,
		"{\"event\":\"receipt\",\"data\":{\"conv_id\":\"%llu\","
		"\"user_id\":\"%llu\",\"read_seq\":%llu,"
		"\"delivered_seq\":%llu}}",
		(unsigned long long)conv_id, (unsigned long long)user_id,
		(unsigned long long)read_seq,
		(unsigned long long)delivered_seq),
	    e);
}

static int
tell_changed(struct news *w, uint64_t conv_id, struct err *e)
{
	return tell(w,
	    arena_printf(w->d->arena,
		"{\"event\":\"conversation\",\"data\":"
		"{\"action\":\"changed\",\"conv_id\":\"%llu\"}}",
		(unsigned long long)conv_id),
	    e);
}

/* Of a conversation of many its members' positions are read with it. */
static int
tell_move(struct news *w, const struct conversation_move *m, struct err *e)
{
	if (m->peer_id == 0)
		return tell_changed(w, m->conv_id, e);
	if (m->own_moved_ms >= w->since_ms &&
	    tell_position(w, m->conv_id, w->up->user_id, m->read_seq,
		m->delivered_seq, e) == -1)
		return -1;
	if (m->peer_moved_ms < w->since_ms)
		return 0;
	return tell_position(w, m->conv_id, m->peer_id, m->peer_read_seq,
	    m->peer_delivered_seq, e);
}

static int
tell_moves(struct news *w, struct err *e)
{
	struct conversation_move *moves;
	uint64_t		  after = 0;
	size_t			  n = PAGE;

	while (n == PAGE) {
		if (conversation_moves(w->d->app, w->d->arena, w->up->user_id,
			after, w->since_ms, PAGE, &moves, &n, e) == -1)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (tell_move(w, &moves[i], e) == -1)
				return -1;
		after = n > 0 ? moves[n - 1].conv_id : after;
	}
	return 0;
}

static int
tell_marks(struct news *w, struct err *e)
{
	struct sync_place *marks;
	size_t		   n;
	bool		   is_about_people = false;

	if (sync_recent(w->d->app, w->d->arena, w->up->user_id, w->since_ms,
		&marks, &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (marks[i].kind != SYNC_CONVERSATION)
			is_about_people = true;
		else if (tell_changed(w, marks[i].ref, e) == -1)
			return -1;
	}
	return is_about_people ? tell(w,
				     "{\"event\":\"contact\",\"data\":"
				     "{\"action\":\"changed\"}}",
				     e)
			       : 0;
}

int
deliver_news(
    struct deliver *d, struct node *node, const struct up *up, struct err *e)
{
	struct news w = {d, node, up, (int64_t)up->since_ms - SYNC_SLACK_MS};

	if (tell_moves(&w, e) == -1 || tell_marks(&w, e) == -1)
		return -1;
	return deliver_snapshot(d, node, up, e);
}
