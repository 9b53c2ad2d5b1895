/* SPDX-License-Identifier: MIT */
/*
 * deliver_up.c -- What the hubs say.
 *
 * Acknowledgements of a batch are stored together, and before anybody
 * connects or catches up in it, so that these see them.  Nothing here is
 * worth holding others up: what cannot be done for a reason of its own is
 * dropped, and the hub asks again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "contact/contact.h"
#include "conversation/conversation.h"
#include "conversation/delivery.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "delivery/positions.h"

/* Whom something is for; ascending. */
struct audience {
	const uint64_t *id;
	size_t		n;
};

/* Acknowledgements of a batch that are not stored yet. */
struct acks {
	struct pending_ack {
		uint64_t	user_id;
		struct position position;
		bool		is_again;
	} * ack;
	size_t n, cap;
};

static void
gather(struct deliver *d, struct acks *acks, const struct up *up, bool is_again)
{
	for (size_t i = 0; i < up->npairs; i++) {
		if (acks->n == acks->cap) {
			size_t		    cap = acks->cap * 2 + 64;
			struct pending_ack *more =
			    arena_alloc(d->arena, cap * sizeof(*more));

			if (acks->n > 0)
				memcpy(
				    more, acks->ack, acks->n * sizeof(*more));
			acks->ack = more;
			acks->cap = cap;
		}
		acks->ack[acks->n++] = (struct pending_ack){up->user_id,
		    {up->session_id, up->pairs[i].conv_id, up->pairs[i].seq},
		    is_again};
	}
}

/* By conversation, user, session; the furthest last. */
static int
compare(const void *a, const void *b)
{
	const struct pending_ack *x = a, *y = b;

	if (x->position.conv_id != y->position.conv_id)
		return x->position.conv_id < y->position.conv_id ? -1 : 1;
	if (x->user_id != y->user_id)
		return x->user_id < y->user_id ? -1 : 1;
	if (x->position.session_id != y->position.session_id)
		return x->position.session_id < y->position.session_id ? -1 : 1;
	if (x->position.acked_seq != y->position.acked_seq)
		return x->position.acked_seq < y->position.acked_seq ? -1 : 1;
	return 0;
}

/*
 * All in the conversation hear it, the user's own other devices, too; where
 * the others do not, as in a large one, only these.
 */
static int
receivers(struct deliver *d, const struct conversation_ack *ack,
    struct audience *to, struct err *e)
{
	const struct members *m;

	*to = (struct audience){&ack->user_id, 1};
	if (!ack->is_told)
		return 0;
	if (deliver_members(d, ack->conv_id, ack->members_version, &m, e) == -1)
		return -1;
	to->id = arena_memdup(d->arena, m->id, m->n * sizeof(m->id[0]));
	to->n = m->n;
	return 0;
}

static int
tell_receipt(struct deliver *d, const struct whereabouts *w,
    const struct conversation_ack *ack, const struct audience *to,
    struct err *e)
{
	struct wire_record r = {
	    .kind = WIRE_USERS, .targets = to->id, .ntargets = to->n};

	r.frame = arena_printf(d->arena,
	    "{\"event\":\"receipt\",\"data\":{\"conv_id\":\"%llu\","
	    "\"user_id\":\"%llu\",\"delivered_seq\":%llu}}\n",
	    (unsigned long long)ack->conv_id, (unsigned long long)ack->user_id,
	    (unsigned long long)ack->seq);
	r.frame_len = strlen(r.frame);
	deliver_speak_for_user(d, ack->user_id);
	return deliver_to_users(d, w, &r, e);
}

/* All of them: where everybody is takes one trip. */
static int
tell_receipts(struct deliver *d, const struct conversation_ack *acks, size_t n,
    struct err *e)
{
	struct audience	  *to = arena_alloc(d->arena, n * sizeof(*to));
	struct whereabouts w;
	uint64_t	  *all;
	size_t		   total = 0;

	for (size_t i = 0; i < n; i++) {
		if (receivers(d, &acks[i], &to[i], e) == -1)
			return -1;
		total += to[i].n;
	}
	all = arena_alloc(d->arena, total * sizeof(*all));
	total = 0;
	for (size_t i = 0; i < n; i++) {
		if (to[i].n > 0)
			memcpy(all + total, to[i].id, to[i].n * sizeof(*all));
		total += to[i].n;
	}
	if (n == 0 || deliver_locate(d, all, ids_sort(all, total), &w, e) == -1)
		return n == 0 ? 0 : -1;
	for (size_t i = 0; i < n; i++)
		if (tell_receipt(d, &w, &acks[i], &to[i], e) == -1)
			return -1;
	return 0;
}

/* One row a conversation and user: the furthest that any session says. */
static size_t
by_user(const struct acks *acks, struct conversation_ack *out, bool *is_again)
{
	size_t n = 0;

	for (size_t i = 0; i < acks->n; i++) {
		const struct pending_ack *a = &acks->ack[i];

		if (n == 0 || out[n - 1].conv_id != a->position.conv_id ||
		    out[n - 1].user_id != a->user_id) {
			out[n].conv_id = a->position.conv_id;
			out[n++].user_id = a->user_id;
		}
		if (a->position.acked_seq > out[n - 1].seq)
			out[n - 1].seq = a->position.acked_seq;
		is_again[n - 1] |= a->is_again;
	}
	return n;
}

/* Positions within what exists; of no member nothing is stored. */
static size_t
capped(const struct acks *acks, const struct conversation_ack *limit,
    size_t nlimits, struct position *out)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < acks->n; i++) {
		const struct pending_ack *a = &acks->ack[i];

		while (
		    at < nlimits && (limit[at].conv_id != a->position.conv_id ||
					limit[at].user_id != a->user_id))
			at++;
		if (at == nlimits || limit[at].seq == 0)
			continue;
		out[n] = a->position;
		if (out[n].acked_seq > limit[at].seq)
			out[n].acked_seq = limit[at].seq;
		n++;
	}
	return n;
}

static int
store(struct deliver *d, struct acks *acks, struct err *e)
{
	size_t		 n = acks->n, ntold = 0;
	struct position *positions =
	    arena_alloc(d->arena, n * sizeof(*positions));
	bool *is_again = arena_alloc(d->arena, n * sizeof(*is_again));
	struct conversation_ack *users =
	    arena_alloc(d->arena, n * sizeof(*users));

	if (n == 0)
		return 0;
	qsort(acks->ack, n, sizeof(*acks->ack), compare);
	n = by_user(acks, users, is_again);
	if (conversation_delivered(d->app, d->arena, users, n, e) == -1 ||
	    positions_set(d->app->db, d->arena, positions,
		capped(acks, users, n, positions), e) == -1)
		return -1;
	acks->n = 0;
	for (size_t i = 0; i < n; i++)
		if (users[i].seq > 0 && (users[i].is_further || is_again[i]))
			users[ntold++] = users[i];
	return tell_receipts(d, users, ntold, e);
}

/* -- typing ---------------------------------------------------------------- */

/* Those who see it: the others, but for whom a block stands in between. */
static int
onlookers(struct deliver *d, const struct members *m, uint64_t user_id,
    struct audience *to, struct err *e)
{
	uint64_t	    *ids = arena_alloc(d->arena, m->n * sizeof(*ids));
	struct contact_bond *bonds =
	    arena_alloc(d->arena, m->n * sizeof(*bonds));
	size_t n = 0, left = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->id[i] != user_id)
			ids[n++] = m->id[i];
	if (contact_bonds_get(d->app, d->arena, user_id, ids, n, bonds, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!contact_is_barred(&bonds[i]))
			ids[left++] = ids[i];
	*to = (struct audience){ids, left};
	return 0;
}

static int
typing(struct deliver *d, const struct up *up, struct err *e)
{
	const struct members *m;
	struct audience	      to;
	const char	     *frame;

	if (deliver_members(d, up->at.conv_id, MEMBERS_NOW, &m, e) == -1)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	/* A crowd is not told: as with receipts, it would drown the talk. */
	if (!members_has(m, up->user_id) || m->n > CONVERSATION_RECEIPTS_MAX)
		return 0;
	if (onlookers(d, m, up->user_id, &to, e) == -1)
		return -1;
	frame = arena_printf(d->arena,
	    "{\"event\":\"typing\",\"data\":{\"conv_id\":\"%llu\","
	    "\"user_id\":\"%llu\"}}\n",
	    (unsigned long long)up->at.conv_id,
	    (unsigned long long)up->user_id);
	return deliver_to(d, to.id, to.n, frame, strlen(frame), e);
}

/* -- dispatch -------------------------------------------------------------- */

static int
handle(struct deliver *d, struct acks *acks, const struct up *up,
    const struct bus_entry *entry, bool *is_kept_r, struct err *e)
{
	int alive;

	/* What a replay shows includes what was acknowledged before it. */
	if ((up->kind == UP_CONNECT || up->kind == UP_REPLAY) &&
	    store(d, acks, e) == -1)
		return -1;
	deliver_speak_for(d, BUS_UP, entry->shard);
	switch (up->kind) {
	case UP_STARTED:
		return deliver_node_started(d, up->node, e);
	case UP_CONNECT:
		alive = deliver_connect(d, up, e);
		if (alive != 1)
			return alive;
		*is_kept_r = true;
		return deliver_ask(d, up, entry, e);
	case UP_REPLAY:
		*is_kept_r = true;
		return deliver_ask(d, up, entry, e);
	case UP_OFFLINE:
		*is_kept_r = true; /* until its time has come */
		deliver_left(d, up->user_id, entry);
		return 0;
	case UP_ACK:
		gather(d, acks, up, entry->is_again);
		return 0;
	case UP_TYPING:
		return entry->is_again ? 0 : typing(d, up, e);
	}
	return 0;
}

/* An engine that is gone, and a lock that was not had in time, pass. */
static int
tolerate(const char *what, struct err *e)
{
	if (e->kind == ERR_UNAVAILABLE || e->is_retryable)
		return -1;
	log_err(what, e);
	err_clear(e);
	return 0;
}

int
deliver_ups(
    struct deliver *d, const struct bus_entry *entries, size_t n, struct err *e)
{
	struct acks acks = {0};

	for (size_t i = 0; i < n; i++) {
		bool	  is_kept = false; /* it is done later */
		struct up up;

		if (up_decode(d->arena, entries[i].data, &up) == -1) {
			if (entries[i].len > 0)
				log_error("deliver.up.foreign",
				    LOG_INT("bytes", entries[i].len));
		} else if (handle(d, &acks, &up, &entries[i], &is_kept, e) ==
			       -1 &&
			   tolerate("deliver.up", e) == -1)
			return -1;
		if (!is_kept)
			deliver_done(d, &entries[i]);
	}
	if (store(d, &acks, e) == -1 && tolerate("deliver.ack", e) == -1)
		return -1;
	return deliver_flush(d, e);
}
