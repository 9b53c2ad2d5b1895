/* SPDX-License-Identifier: MIT */
/*
 * relay_share.c -- A key's rows go out no faster than its share of the window.
 *
 * The window is all keys', so none may fill it: who has as many rows in it as
 * there is room left waits with his others until some are handled.  Of one
 * such key that leaves half of the window, of two a third, of a thousand a
 * thousandth: however many storm, there is room for who does not.
 *
 * Only the first id of what waits is kept; the rows stay where they are, and
 * are read from there in their order, those of many keys with one look.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "data/app.h"
#include "delivery/relay_private.h"
#include "delivery/store.h"

enum {
	TOGETHER_MAX = 64, /* keys that are looked for in one go */
	SPAN = 65536,	   /* ids that are looked through for them */
	ROUNDS = 16	   /* of that, before leases are seen to */
};

int
relay_admit(struct relay *r, uint64_t id, uint64_t key)
{
	bool is_new;

	if (held_from(&r->held, key) == 0 && window_admits(&r->window, key)) {
		window_promise(&r->window, key);
		return 1;
	}
	if (!held_back(&r->held, key, id, &is_new))
		return -1;
	if (is_new)
		log_warn("relay.held", LOG_INT("key", (int64_t)key));
	return 0;
}

/* -- what waits ------------------------------------------------------------ */

/* A key that follows: [0, from) of it is out. */
struct follower {
	uint64_t key, from;
	bool	 is_cut; /* it has its share again */
};

struct followers {
	struct follower one[TOGETHER_MAX];
	size_t		n;
	uint64_t	from; /* the least of theirs */
};

/* Not for a few rows: a look for them costs the same as for many. */
static bool
is_worth_a_look(const struct relay *r, uint64_t key)
{
	return 2 * window_of(&r->window, key) < window_room(&r->window);
}

/* The next in turn. */
static void
gather(struct relay *r, struct followers *f)
{
	size_t	 left = map_size(r->held.from);
	uint64_t key;

	f->n = 0;
	f->from = UINT64_MAX;
	while (f->n < TOGETHER_MAX && held_next(&r->held, &left, &key)) {
		uint64_t from = held_from(&r->held, key);

		if (!is_worth_a_look(r, key))
			continue;
		f->one[f->n++] = (struct follower){key, from, false};
		if (from < f->from)
			f->from = from;
	}
}

static struct follower *
follower_of(struct followers *f, uint64_t key)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->one[i].key == key)
			return &f->one[i];
	return NULL;
}

/* Of these rows what may go out; returns how many. */
static size_t
sift(
    struct relay *r, struct followers *f, struct delivery_event *rows, size_t n)
{
	size_t chosen = 0;

	for (size_t i = 0; i < n; i++) {
		struct follower *one = follower_of(f, rows[i].event.key);

		if (one == NULL || one->is_cut || rows[i].id < one->from)
			continue;
		one->is_cut = !window_admits(&r->window, one->key);
		one->from = rows[i].id + !one->is_cut;
		if (one->is_cut)
			continue;
		window_promise(&r->window, one->key);
		rows[chosen++] = rows[i];
	}
	return chosen;
}

/* All up to this id was looked through. */
static void
move_on(struct relay *r, struct followers *f, uint64_t upto)
{
	for (size_t i = 0; i < f->n; i++) {
		struct follower *one = &f->one[i];

		if (!one->is_cut && one->from <= upto)
			one->from = upto + 1;
		if (one->from > r->high) {
			log_info(
			    "relay.follows", LOG_INT("key", (int64_t)one->key));
			one->from = 0;
		}
		held_move(&r->held, one->key, one->from);
	}
}

/* One batch of theirs. */
static int
follow_once(struct relay *r, struct followers *f, struct err *e)
{
	size_t	 room = window_room(&r->window), n;
	unsigned limit = room < r->batch ? (unsigned)room : r->batch;
	uint64_t keys[TOGETHER_MAX], upto = r->high;
	struct delivery_event *rows;
	int		       rc;

	if (upto - f->from >= SPAN)
		upto = f->from + SPAN - 1;
	for (size_t i = 0; i < f->n; i++)
		keys[i] = f->one[i].key;
	if (store_outbox_of(r->app->db, r->arena, f->from, upto, keys, f->n,
		limit, &rows, &n, e) == -1)
		return -1;
	if (n == limit)
		upto = rows[n - 1].id;
	rc = relay_publish(r, rows, sift(r, f, rows, n), e);
	window_settle(&r->window);
	if (rc == 0)
		move_on(r, f, upto);
	return rc;
}

int
relay_follow(struct relay *r, struct err *e)
{
	struct followers f;

	for (int i = 0; i < ROUNDS; i++) {
		gather(r, &f);
		if (f.n == 0)
			return 0;
		if (follow_once(r, &f, e) == -1)
			return -1;
		arena_reset(r->arena);
	}
	return 0;
}

void
relay_let_go(struct relay *r)
{
	size_t	 at = 0;
	uint64_t key;
	void	*from;

	while (map_next(r->held.from, &at, &key, &from))
		if (!relay_works_on(r, relay_shard(r, key)))
			held_move(&r->held, key, 0);
}
