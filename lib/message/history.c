/* SPDX-License-Identifier: MIT */
/*
 * history.c -- Use cases: somebody, or deliver, reads what was said.
 *
 * Pages are found by number: a range of the primary key, as fast at the
 * ten-millionth message as at the tenth.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "conversation/conversation.h"
#include "conversation/group.h"
#include "conversation/rights.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "message/people.h"
#include "message/store.h"

/* A place is asked for once, however often its owner speaks. */
static size_t
seats_of(const struct message *messages, size_t n,
    struct conversation_seat *seats, size_t *seat_of)
{
	size_t nseats = 0, k;

	for (size_t i = 0; i < n; i++) {
		const struct message *m = &messages[i];

		for (k = 0;
		     k < nseats && (seats[k].conv_id != m->conv_id ||
				       seats[k].user_id != m->sender_id);)
			k++;
		if (k == nseats)
			seats[nseats++] = (struct conversation_seat){
			    m->conv_id, m->sender_id};
		seat_of[i] = k;
	}
	return nseats;
}

int
message_nickname(struct app *app, struct arena *a, struct message *messages,
    size_t n, struct err *e)
{
	struct conversation_seat *seats = arena_alloc(a, n * sizeof(*seats));
	struct group_member	 *members;
	size_t *seat_of = arena_alloc(a, n * sizeof(*seat_of));
	size_t	nseats = seats_of(messages, n, seats, seat_of);

	if (nseats == 0)
		return 0;
	members = arena_alloc(a, nseats * sizeof(*members));
	if (conversation_members_at(app, a, seats, nseats, members, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (members[seat_of[i]].nickname[0] != '\0')
			messages[i].sender_name = members[seat_of[i]].nickname;
	return 0;
}

int
message_history(struct app *app, struct arena *a, uint64_t user_id,
    const struct message_range *range, struct message **messages_r, size_t *n_r,
    struct err *e)
{
	const struct conversation  *in = range->in;
	struct conversation	    found;
	struct message_slice_bounds bounds = {
	    .conv_id = range->conv_id,
	    .after = range->has_since ? range->since_seq : 0,
	    .before = range->before_seq,
	    .limit = range->limit,
	    .is_from_end = !range->has_since,
	    .mentioned = range->is_mentioned ? user_id : 0,
	};

	if (in == NULL) {
		if (conversation_get(
			app, a, user_id, range->conv_id, &found, e) == -1)
			return -1;
		in = &found;
	}
	*messages_r = NULL;
	*n_r = 0;
	if (range->has_before && range->before_seq == 0)
		return 0; /* the first is 1 */
	if (bounds.after < in->cleared_seq)
		bounds.after = in->cleared_seq;
	if (message_store_slice(app->db, a, &bounds, messages_r, n_r, e) ==
		-1 ||
	    message_name_people(app, a, *messages_r, *n_r, e) == -1 ||
	    (in->type == CONVERSATION_GROUP &&
		message_nickname(app, a, *messages_r, *n_r, e) == -1))
		return -1;
	for (size_t i = 0; i < *n_r; i++) {
		struct message *m = &(*messages_r)[i];

		m->status = message_status(in, user_id, m->sender_id, m->seq);
	}
	return 0;
}

int
message_slice(struct app *app, struct arena *a, uint64_t conv_id, uint64_t from,
    uint64_t to, unsigned limit, struct message **messages_r, size_t *n_r,
    struct err *e)
{
	const struct message_slice_bounds bounds = {
	    .conv_id = conv_id,
	    .after = from,
	    .before = to == UINT64_MAX ? 0 : to + 1,
	    .limit = limit,
	};

	if (message_store_slice(app->db, a, &bounds, messages_r, n_r, e) == -1)
		return -1;
	if (message_name_people(app, a, *messages_r, *n_r, e) == -1)
		return -1;
	return message_nickname(app, a, *messages_r, *n_r, e);
}

static int
by_place(const void *px, const void *py)
{
	const struct message *x = px, *y = py;

	if (x->conv_id != y->conv_id)
		return x->conv_id < y->conv_id ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* seq is dense, so a span is so many look-ups of the primary key. */
static struct message_place *
places_of(struct arena *a, const struct message_span *spans, size_t n,
    size_t *nplaces_r)
{
	struct message_place *places;
	size_t		      total = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		total += (size_t)(spans[i].upto - spans[i].after);
	places = arena_alloc(a, total * sizeof(*places));
	for (size_t i = 0; i < n; i++)
		for (uint64_t seq = spans[i].after; seq < spans[i].upto; seq++)
			places[at++] =
			    (struct message_place){spans[i].in->id, seq + 1};
	*nplaces_r = total;
	return places;
}

int
message_spans(struct app *app, struct arena *a, uint64_t user_id,
    const struct message_span *spans, size_t n, struct message **messages_r,
    size_t *n_r, struct err *e)
{
	size_t		      nplaces, k = 0;
	struct message_place *places = places_of(a, spans, n, &nplaces);
	struct message	     *list;

	*n_r = 0;
	if (nplaces == 0)
		return 0;
	if (message_store_at(app->db, a, places, nplaces, &list, n_r, e) ==
		-1 ||
	    message_name_people(app, a, list, *n_r, e) == -1 ||
	    message_nickname(app, a, list, *n_r, e) == -1)
		return -1;
	qsort(list, *n_r, sizeof(*list), by_place);
	for (size_t i = 0; i < *n_r; i++) {
		for (k = 0; k < n && spans[k].in->id != list[i].conv_id;)
			k++;
		if (k < n)
			list[i].status = message_status(spans[k].in, user_id,
			    list[i].sender_id, list[i].seq);
	}
	*messages_r = list;
	return 0;
}

int
message_bounds(struct app *app, struct arena *a, struct message_place *places,
    size_t n, int64_t since_ms, struct err *e)
{
	return message_store_bounds(app->db, a, places, n, since_ms, e);
}

int
message_first_since(struct app *app, struct arena *a, uint64_t conv_id,
    uint64_t after, uint64_t upto, int64_t since_ms, uint64_t *seq_r,
    struct err *e)
{
	return message_store_first_since(
	    app->db, a, conv_id, after, upto, since_ms, seq_r, e);
}

int
message_find_many(struct app *app, struct arena *a,
    const struct message_place *places, size_t n, struct message *messages_r,
    struct err *e)
{
	struct message_place *there = arena_alloc(a, n * sizeof(*there));
	struct message	     *found;
	size_t		      nthere = 0, nfound;

	memset(messages_r, 0, n * sizeof(*messages_r));
	for (size_t i = 0; i < n; i++)
		if (places[i].seq != 0)
			there[nthere++] = places[i];
	if (nthere == 0)
		return 0;
	if (message_store_at(app->db, a, there, nthere, &found, &nfound, e) ==
		-1 ||
	    message_name_people(app, a, found, nfound, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nfound; k++)
			if (found[k].conv_id == places[i].conv_id &&
			    found[k].seq == places[i].seq)
				messages_r[i] = found[k];
	return 0;
}
