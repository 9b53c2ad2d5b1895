/* SPDX-License-Identifier: MIT */
/*
 * hub_rest.c -- How much the clients of one user may say in so long.
 *
 * One loop serves all sockets, and each line costs it about as much, be it an
 * acknowledgement or nonsense.  So who floods it is read no faster than any
 * client has a use for; the rest waits in the pipe, and when that is full in
 * websocketd, lighttpd and the client itself.  It counts by user, for sockets
 * are easily had.
 */
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "delivery/hub_private.h"

/* What has been paid off since; who owes nothing begins a turn of his own. */
static void
pay(struct hub *h, struct hub_user *u)
{
	int64_t	 now = loop_now_ms(h->loop);
	int64_t	 turns = (now - u->turn_ms) / HUB_TURN_MS;
	uint64_t paid = (uint64_t)turns * HUB_TURN_MAX;

	if (turns == 0)
		return;
	u->turn_ms += turns * HUB_TURN_MS;
	u->cost -= paid < u->cost ? (unsigned)paid : u->cost;
	if (u->cost == 0)
		u->turn_ms = now;
}

void
hub_charge(struct hub *h, struct hub_user *u, size_t lines, size_t bytes)
{
	pay(h, u);
	u->cost += (unsigned)(lines + bytes / HUB_UNIT);
}

static bool
is_spent(struct hub *h, struct hub_user *u)
{
	pay(h, u);
	return u->cost >= HUB_TURN_MAX;
}

/* Those whose user has paid; the others stay. */
static void
on_turn(void *ctx)
{
	struct hub	  *h = ctx;
	struct hub_socket *s, *next;

	for (s = TAILQ_FIRST(&h->resting); s != NULL; s = next) {
		struct err e = {0};

		next = TAILQ_NEXT(s, by_rest);
		if (is_spent(h, s->user))
			continue;
		hub_rest_over(h, s);
		if (hub_socket_listen(h, s, &e) == -1)
			log_err("hub.watch", &e);
	}
	if (TAILQ_EMPTY(&h->resting))
		loop_timer_cancel(h->loop, &h->turn_timer);
}

bool
hub_rests(struct hub *h, struct hub_socket *s)
{
	struct err e = {0};

	/* It has hung up: what it left is little, and its end stands behind. */
	if (s->is_resting)
		return false;
	if (!is_spent(h, s->user) || hub_socket_ignore(h, s, &e) == -1)
		return false;
	s->is_resting = true;
	TAILQ_INSERT_TAIL(&h->resting, s, by_rest);
	if (h->turn_timer == NULL)
		h->turn_timer =
		    loop_timer(h->loop, HUB_TURN_MS, HUB_TURN_MS, on_turn, h);
	return true;
}

void
hub_rest_over(struct hub *h, struct hub_socket *s)
{
	if (s->is_resting)
		TAILQ_REMOVE(&h->resting, s, by_rest);
	s->is_resting = false;
}
