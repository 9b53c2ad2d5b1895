/* SPDX-License-Identifier: MIT */
/*
 * part_talks.c -- Messages, and how far they have come with whom.
 *
 * What the cursor noted of a conversation is compared number by number; of one
 * that it did not note, everything since its window is new, for whatever had
 * moved there before would have been noted.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conversation/sync.h"
#include "message/message.h"
#include "sync/page.h"

/* One conversation that moved, and what of it is to be told. */
struct talk {
	const struct conversation_move *move;
	struct sync_talk		known;	     /* conv_id 0: not noted */
	const struct conversation      *in;	     /* NULL: gone meanwhile */
	uint64_t			after, upto; /* messages */
	bool is_whole; /* all of it is on this page */
};

static bool
is_told(const struct talk *t)
{
	const struct conversation_move *m = t->move;

	return t->known.conv_id != 0 && t->known.last_seq == m->last_seq &&
	       t->known.read == m->read_seq &&
	       t->known.delivered == m->delivered_seq &&
	       t->known.peer_read == m->peer_read_seq &&
	       t->known.peer_delivered == m->peer_delivered_seq;
}

/* -- which messages -------------------------------------------------------- */

/* Of those not noted: where may what is new begin? */
static int
find_bounds(struct sync_page *p, struct talk *talk, size_t n, struct err *e)
{
	struct message_place *places =
	    arena_alloc(p->arena, n * sizeof(*places));
	size_t nplaces = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		const struct conversation_move *m = talk[i].move;

		if (talk[i].known.conv_id == 0 && talk[i].after == 0 &&
		    m->last_at_ms >= p->since_ms)
			places[nplaces++] =
			    (struct message_place){m->conv_id, m->last_seq};
	}
	if (message_bounds(p->app, p->arena, places, nplaces, p->since_ms, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct conversation_move *m = talk[i].move;

		if (at < nplaces && places[at].conv_id == m->conv_id)
			talk[i].after = places[at++].seq;
		else if (talk[i].known.conv_id != 0 && talk[i].after == 0)
			talk[i].after = talk[i].known.last_seq;
		else if (talk[i].after == 0)
			talk[i].after = m->last_seq;
		if (talk[i].after < m->floor_seq)
			talk[i].after = m->floor_seq;
		talk[i].upto = m->last_seq;
	}
	return 0;
}

/*
 * seq is dense, so the page is measured before anything is read: the number
 * of conversations on it, the last of them perhaps in part.
 */
static size_t
fit(struct talk *talk, size_t n)
{
	uint64_t room = SYNC_MESSAGES_PAGE;

	for (size_t i = 0; i < n; i++) {
		uint64_t wants = talk[i].upto > talk[i].after
				     ? talk[i].upto - talk[i].after
				     : 0;

		if (wants > 0 && room == 0)
			return i;
		talk[i].is_whole = wants <= room;
		if (!talk[i].is_whole) {
			talk[i].upto = talk[i].after + room;
			return i + 1;
		}
		room -= wants;
	}
	return n;
}

/* -- telling --------------------------------------------------------------- */

static int
tell_messages(
    struct sync_page *p, const struct talk *talk, size_t n, struct err *e)
{
	struct message_span *spans = arena_alloc(p->arena, n * sizeof(*spans));
	struct message	    *list;
	size_t		     nspans = 0, nlist, k = 0;

	for (size_t i = 0; i < n; i++)
		if (talk[i].in != NULL && talk[i].upto > talk[i].after)
			spans[nspans++] = (struct message_span){
			    talk[i].in, talk[i].after, talk[i].upto};
	if (message_spans(p->app, p->arena, p->user_id, spans, nspans, &list,
		&nlist, e) == -1)
		return -1;
	for (size_t i = 0; i < nlist; i++) {
		while (talk[k].move->conv_id != list[i].conv_id)
			k++;
		/* The bound was a guess on the safe side. */
		if (talk[k].known.conv_id != 0 ||
		    list[i].created_ms >= p->since_ms)
			json_array_append_new(
			    p->messages, message_json(p->arena, &list[i]));
	}
	return 0;
}

static void
tell_receipt(struct sync_page *p, uint64_t conv_id, uint64_t user_id,
    uint64_t read, uint64_t delivered)
{
	json_t *o = json_object();

	json_object_set_new(
	    o, "conv_id", json_string(id_text(p->arena, conv_id)));
	json_object_set_new(
	    o, "user_id", json_string(id_text(p->arena, user_id)));
	json_object_set_new(o, "read_seq", json_integer((json_int_t)read));
	json_object_set_new(
	    o, "delivered_seq", json_integer((json_int_t)delivered));
	json_array_append_new(p->receipts, o);
}

/* Does a position differ from what was known, or may it? */
static bool
has_moved(const struct sync_page *p, const struct talk *t, int64_t moved_ms,
    const uint64_t now[2], const uint64_t known[2])
{
	if (t->known.conv_id != 0)
		return now[0] != known[0] || now[1] != known[1];
	return moved_ms >= p->since_ms && now[1] > 0;
}

static void
tell_positions(struct sync_page *p, const struct talk *t)
{
	const struct conversation_move *m = t->move;
	const struct sync_talk	       *k = &t->known;
	const uint64_t			own[] = {m->read_seq, m->delivered_seq};
	const uint64_t			own_known[] = {k->read, k->delivered};
	const uint64_t peer[] = {m->peer_read_seq, m->peer_delivered_seq};
	const uint64_t peer_known[] = {k->peer_read, k->peer_delivered};

	if (has_moved(p, t, m->own_moved_ms, own, own_known))
		tell_receipt(p, m->conv_id, p->user_id, own[0], own[1]);
	if (m->peer_id != 0 &&
	    has_moved(p, t, m->peer_moved_ms, peer, peer_known))
		tell_receipt(p, m->conv_id, m->peer_id, peer[0], peer[1]);
}

static void
note(struct sync_page *p, const struct conversation_move *m)
{
	const struct sync_talk talk = {m->conv_id, m->last_seq, m->read_seq,
	    m->delivered_seq, m->peer_read_seq, m->peer_delivered_seq};

	if (sync_page_is_recent(p, m->moved_ms) ||
	    sync_page_is_recent(p, m->own_moved_ms) ||
	    sync_page_is_recent(p, m->peer_moved_ms) ||
	    sync_page_is_recent(p, m->last_at_ms))
		sync_cursor_note_talk(p->cursor, &talk);
}

/* -- the part -------------------------------------------------------------- */

/* Those that are not as they were told; what was noted of each. */
static size_t
pick(struct sync_page *p, const struct conversation_move *moves, size_t n,
    struct talk *talk)
{
	const uint64_t *at = p->cursor->at;
	size_t		ntalk = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sync_talk *known =
		    sync_cursor_talk(p->cursor, moves[i].conv_id);
		struct talk *t = &talk[ntalk];

		*t = (struct talk){.move = &moves[i]};
		if (known != NULL)
			t->known = *known;
		if (moves[i].conv_id == at[0])
			t->after = at[1];
		if (!is_told(t) || t->after != 0)
			ntalk++;
	}
	return ntalk;
}

/* The conversations themselves, for what messages look like in them. */
static int
load(struct sync_page *p, struct talk *talk, size_t n, struct err *e)
{
	uint64_t	    *ids = arena_alloc(p->arena, n * sizeof(*ids));
	struct conversation *list;
	size_t		     nlist;

	for (size_t i = 0; i < n; i++)
		ids[i] = talk[i].move->conv_id;
	if (conversation_find_many(
		p->app, p->arena, p->user_id, ids, n, &list, &nlist, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nlist; k++)
			if (list[k].id == ids[i])
				talk[i].in = &list[k];
	return 0;
}

static int
tell(struct sync_page *p, struct talk *talk, size_t n, struct err *e)
{
	if (load(p, talk, n, e) == -1 || tell_messages(p, talk, n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (talk[i].is_whole) {
			tell_positions(p, &talk[i]);
			sync_page_show(p, talk[i].move->conv_id);
		}
	return 0;
}

int
sync_part_talks(struct sync_page *p, struct err *e)
{
	uint64_t		       *at = p->cursor->at;
	uint64_t			from = at[1] != 0 ? at[0] - 1 : at[0];
	const struct conversation_move *moves;
	struct talk		       *talk;
	size_t				n, ntalk, nfit, done = 0;
	uint64_t			end = UINT64_MAX;

	if (sync_page_moves(p, from, SYNC_TALKS_PAGE, &moves, &n, e) == -1)
		return -1;
	talk = arena_alloc(p->arena, n * sizeof(*talk));
	ntalk = p->is_quiet ? 0 : pick(p, moves, n, talk);
	if (find_bounds(p, talk, ntalk, e) == -1)
		return -1;
	nfit = fit(talk, ntalk);
	if (tell(p, talk, nfit, e) == -1)
		return -1;
	/* Up to where is everything told? */
	if (nfit > 0 && !talk[nfit - 1].is_whole) {
		at[0] = talk[nfit - 1].move->conv_id;
		at[1] = talk[nfit - 1].upto;
		end = at[0] - 1;
	} else if (nfit < ntalk) {
		at[0] = end = talk[nfit].move->conv_id - 1;
		at[1] = 0;
	} else if (n == SYNC_TALKS_PAGE) {
		at[0] = end = moves[n - 1].conv_id;
		at[1] = 0;
	}
	sync_cursor_forget(p->cursor, from, end);
	for (; done < n && moves[done].conv_id <= end; done++)
		note(p, &moves[done]);
	return end == UINT64_MAX;
}
