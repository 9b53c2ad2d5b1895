/* SPDX-License-Identifier: MIT */
/*
 * deliver_replay.c -- Connecting, and catching up.
 *
 * A replay goes through the user's conversations in the order of their ids, a
 * bounded piece at a time: the hub asks for the next when the socket has
 * taken the last.  It is made of what is stored, and all that is committed
 * before the piece is made is in it; so the hub holds live messages of a
 * conversation back until its turn has come, and no order is lost.
 *
 * It begins where the device stands, which is what all of its sockets together
 * have acknowledged.  What is said while several are open is for each of them:
 * one that has missed it, or was just catching up, is given it even if another
 * tab of the session got and acknowledged it meanwhile.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/metrics.h"
#include "conversation/delivery.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "delivery/positions.h"
#include "message/message.h"

enum {
	PIECE_MESSAGES = 100,
	PIECE_BYTES = 65536, /* then no further message is added */
	PIECE_SLICES = 32,   /* conversations with something to replay */
	PAGE = 200,	     /* conversations looked at in one query */
	ROUGHLY = 4,	     /* message_bounds() looks so much further back */
	/* How long what was said may be on its way live, but for an outage. */
	FRESH_MS = 60000
};

struct piece {
	struct deliver	*d;
	const struct up *up;
	struct node	*node;
	unsigned	 messages, slices;
	size_t		 bytes;
	struct up_pair	 cursor; /* how far it got */
	int64_t		 lacks_ms;
	bool		 is_full;
};

static int
answer(struct piece *p, enum wire_kind kind, struct up_pair at,
    const char *frame, size_t len, struct err *e)
{
	struct wire_record r = {.kind = kind,
	    .conv_id = at.conv_id,
	    .seq = at.seq,
	    .arg = p->up->request,
	    .targets = &p->up->socket,
	    .ntargets = 1,
	    .frame = frame,
	    .frame_len = len};

	return deliver_to_node(p->d, p->node, &r, e);
}

/* One frame stands for what is too much: (from, to] of a conversation. */
static int
gap(struct piece *p, uint64_t conv_id, uint64_t from, uint64_t to,
    struct err *e)
{
	const char *frame = arena_printf(p->d->arena,
	    "{\"event\":\"gap\",\"data\":{\"conv_id\":\"%llu\","
	    "\"from_seq\":%llu,\"to_seq\":%llu}}\n",
	    (unsigned long long)conv_id, (unsigned long long)from + 1,
	    (unsigned long long)to);

	return answer(p, WIRE_SOCKET, (struct up_pair){conv_id, to}, frame,
	    strlen(frame), e);
}

/*
 * What the device has.  A message that it got by a replay of its last socket
 * may come live only now.
 */
static int
stand(struct piece *p, uint64_t conv_id, uint64_t at, struct err *e)
{
	return answer(p, WIRE_STAND, (struct up_pair){conv_id, at}, "", 0, e);
}

/* Where a socket begins in a conversation. */
struct start {
	uint64_t seq;
	uint64_t had; /* up to here only what was said while it was open */
};

/*
 * From when on a socket lacks what it was not given itself: since it is open,
 * but not from long before something was lost, for the hub remembers only so
 * many conversations of one.
 */
static int64_t
lacks_since(const struct up *up)
{
	int64_t lost_ms =
	    up->since_ms != 0 ? (int64_t)up->since_ms : clock_ms();
	int64_t opened_ms = (int64_t)up->opened_ms;

	return opened_ms > lost_ms - FRESH_MS ? opened_ms : lost_ms - FRESH_MS;
}

static bool
has_room(const struct piece *p)
{
	return p->messages < PIECE_MESSAGES && p->bytes < PIECE_BYTES;
}

/* What it lacks of these, as far as the piece has room; *at_r: the last. */
static int
give(struct piece *p, const struct message *m, size_t n,
    const struct start *start, uint64_t *at_r, struct err *e)
{
	const char *frame;
	size_t	    len;

	for (size_t i = 0; i < n && has_room(p); i++) {
		*at_r = m[i].seq;
		if (m[i].seq <= start->had && m[i].created_ms < p->lacks_ms)
			continue;
		frame = message_frame(p->d->arena, &m[i], &len);
		if (answer(p, WIRE_SOCKET,
			(struct up_pair){m[i].conv_id, m[i].seq}, frame, len,
			e) == -1)
			return -1;
		p->messages++;
		p->bytes += len;
		metric_add(METRIC_DELIVER_REPLAYED, 1);
	}
	return 0;
}

/*
 * Where it began to lack some is known roughly: at least a quarter of what
 * stands behind that.  Before a gap is told for it, it is found out.
 */
static int
begin_exactly(struct piece *p, uint64_t conv_id, const struct start *start,
    uint64_t to, uint64_t *from, struct err *e)
{
	uint64_t first;
	int	 found;

	if (to - *from <= p->d->replay_max ||
	    to - *from > ROUGHLY * p->d->replay_max || *from >= start->had)
		return 0;
	found = message_first_since(p->d->app, p->d->arena, conv_id, *from,
	    start->had, p->lacks_ms, &first, e);
	if (found != -1)
		*from = found == 1 ? first - 1 : start->had;
	return found == -1 ? -1 : 0;
}

/*
 * The messages (start, to] of a conversation, as far as the piece has room.  It
 * may have many of the first: see begin_exactly().
 */
static int
slice(struct piece *p, uint64_t conv_id, const struct start *start, uint64_t to,
    struct err *e)
{
	struct message *m;
	uint64_t	from = start->seq;
	size_t		n;

	if (begin_exactly(p, conv_id, start, to, &from, e) == -1)
		return -1;
	if (to - from > p->d->replay_max) {
		uint64_t upto = to - p->d->replay_newest;

		if (gap(p, conv_id, from, upto, e) == -1)
			return -1;
		from = upto;
	}
	p->slices++;
	do {
		unsigned room = PIECE_MESSAGES - p->messages;

		if (message_slice(p->d->app, p->d->arena, conv_id, from, to,
			from < start->had ? PIECE_MESSAGES : room, &m, &n,
			e) == -1 ||
		    give(p, m, n, start, &from, e) == -1)
			return -1;
	} while (n > 0 && from < to && has_room(p));
	/*
	 * At its end what follows is live, even where the piece is full: while
	 * its next piece is waited for, a busy one would never be caught up.
	 */
	p->cursor = (struct up_pair){conv_id, from == to ? UINT64_MAX : from};
	p->is_full = !has_room(p) || p->slices >= PIECE_SLICES;
	return 0;
}

static uint64_t
position_in(const struct position *list, size_t n, uint64_t conv_id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].conv_id == conv_id)
			return list[i].acked_seq;
	return 0;
}

static const struct up_pair *
given(const struct up *up, uint64_t conv_id)
{
	for (size_t i = 0; i < up->npairs; i++)
		if (up->pairs[i].conv_id == conv_id)
			return &up->pairs[i];
	return NULL;
}

/* One page of conversations. */
struct page {
	struct conversation_extent *c;
	struct start		   *start;
	struct position		   *acked;
	size_t			    n, nacked;
};

/*
 * Where the socket stands: what it was given if it was given anything, else
 * what its device has acknowledged; never before the user joined.
 */
static uint64_t
start_of(const struct piece *p, const struct page *g, size_t i)
{
	const struct conversation_extent *c = &g->c[i];
	const struct up_pair		 *told = given(p->up, c->conv_id);
	uint64_t			  start;

	start = told != NULL ? told->seq
			     : position_in(g->acked, g->nacked, c->conv_id);
	if (p->up->at.conv_id == c->conv_id && start < p->up->at.seq)
		start = p->up->at.seq;
	return start > c->floor_seq ? start : c->floor_seq;
}

/* May it have missed what another socket of the session acknowledged? */
static bool
may_lack(const struct piece *p, const struct page *g, size_t i)
{
	const struct conversation_extent *c = &g->c[i];

	return c->last_at >= p->lacks_ms && g->start[i].seq > c->floor_seq &&
	       c->conv_id != p->up->at.conv_id &&
	       given(p->up, c->conv_id) == NULL;
}

static int
look_back(struct piece *p, struct page *g, struct err *e)
{
	struct message_place *at = arena_alloc(p->d->arena, g->n * sizeof(*at));
	size_t		     *of = arena_alloc(p->d->arena, g->n * sizeof(*of));
	size_t		      n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (may_lack(p, g, i)) {
			of[n] = i;
			at[n++] = (struct message_place){
			    g->c[i].conv_id, g->c[i].last_seq};
		}
	if (n == 0)
		return 0;
	if (message_bounds(p->d->app, p->d->arena, at, n, p->lacks_ms, e) == -1)
		return -1;
	for (size_t k = 0; k < n; k++) {
		struct start *start = &g->start[of[k]];
		uint64_t      floor = g->c[of[k]].floor_seq;
		uint64_t      from = at[k].seq > floor ? at[k].seq : floor;

		if (from < start->seq)
			*start = (struct start){from, start->seq};
	}
	return 0;
}

static int
page_read(struct piece *p, uint64_t from_conv, struct page *g, struct err *e)
{
	*g = (struct page){0};
	if (conversation_extents(p->d->app, p->d->arena, p->up->user_id,
		from_conv, PAGE, &g->c, &g->n, e) == -1)
		return -1;
	if (g->n == 0)
		return 0;
	if (positions_get(p->d->app->db, p->d->arena, p->up->session_id,
		g->c[0].conv_id, g->c[g->n - 1].conv_id, &g->acked, &g->nacked,
		e) == -1)
		return -1;
	g->start = arena_alloc(p->d->arena, g->n * sizeof(*g->start));
	for (size_t i = 0; i < g->n; i++)
		g->start[i].seq = start_of(p, g, i);
	return look_back(p, g, e);
}

/* *next_r: where the page after it begins. */
static int
page(struct piece *p, uint64_t from_conv, size_t *n_r, uint64_t *next_r,
    struct err *e)
{
	int64_t	    fresh_ms = clock_ms() - FRESH_MS;
	struct page g;

	if (page_read(p, from_conv, &g, e) == -1)
		return -1;
	for (size_t i = 0; i < g.n && !p->is_full; i++) {
		const struct conversation_extent *c = &g.c[i];
		const struct start		 *start = &g.start[i];

		if ((c->last_seq > start->seq || c->last_at > fresh_ms) &&
		    stand(p, c->conv_id, start->seq, e) == -1)
			return -1;
		if (c->last_seq > start->seq &&
		    slice(p, c->conv_id, start, c->last_seq, e) == -1)
			return -1;
		if (!p->is_full)
			p->cursor = (struct up_pair){c->conv_id, UINT64_MAX};
	}
	*n_r = g.n;
	*next_r = g.n > 0 ? g.c[g.n - 1].conv_id + 1 : 0;
	return 0;
}

static int
replay(struct piece *p, struct err *e)
{
	uint64_t from = p->up->at.conv_id;
	size_t	 n = PAGE;

	if (p->up->at.seq == UINT64_MAX)
		from++;
	while (n == PAGE && !p->is_full)
		if (page(p, from, &n, &from, e) == -1)
			return -1;
	if (p->is_full)
		return answer(p, WIRE_CURSOR, p->cursor, "", 0, e);
	if (p->up->since_ms != 0 && deliver_news(p->d, p->node, p->up, e) == -1)
		return -1;
	return answer(p, WIRE_END, p->cursor, "", 0, e);
}

static int
begin(struct piece *p, struct deliver *d, const struct up *up, struct err *e)
{
	int alive =
	    account_session_alive(d->app, up->session_id, up->user_id, e);

	memset(p, 0, sizeof(*p));
	p->d = d;
	p->up = up;
	p->cursor = up->at;
	p->lacks_ms = lacks_since(up);
	p->node = deliver_node(d, up->node);
	if (alive == -1)
		return -1;
	if (p->node == NULL)
		return err_set(e, ERR_INTERNAL, "internal", "too many nodes");
	if (alive == 0)
		return answer(p, WIRE_REFUSED, up->at, "", 0, e) == -1 ? -1 : 0;
	return 1;
}

int
deliver_connect(struct deliver *d, const struct up *up, struct err *e)
{
	struct piece p;
	int	     alive = begin(&p, d, up, e);

	if (alive != 1)
		return alive;
	if (answer(&p, WIRE_WELCOME, up->at, "", 0, e) == -1 ||
	    (up->is_first && deliver_arrived(d, up->user_id, e) == -1))
		return -1;
	return 1;
}

int
deliver_catch_up(
    struct deliver *d, const struct up *up, bool is_new, struct err *e)
{
	struct piece p;
	int	     alive = begin(&p, d, up, e);

	if (alive != 1)
		return alive;
	if (is_new && deliver_snapshot(d, p.node, up, e) == -1)
		return -1;
	return replay(&p, e);
}
