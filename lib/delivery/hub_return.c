/* SPDX-License-Identifier: MIT */
/*
 * hub_return.c -- A device connects while a socket of its session is here.
 *
 * It may be another window, or the same that has closed its last socket and
 * is back before we have heard of that.  What it acknowledged there counts
 * before the new one is told what it has missed; but that comes by another
 * pipe, which websocketd fills a moment after it has told the client that the
 * socket is closed.  So the new one is asked for a moment later, when the old
 * ones have been read to the end.
 */
#include <stddef.h>

#include "base/arena.h"
#include "base/loop.h"
#include "delivery/hub_private.h"

/* What it said by now, of which its end may be a part. */
static void
hear_out(struct hub *h, const struct hub_socket *s)
{
	struct hub_socket *old, *next;

	for (old = LIST_FIRST(&s->user->sockets); old != NULL; old = next) {
		next = LIST_NEXT(old, of_user);
		if (old->session_id == s->session_id &&
		    old->state != HUB_PENDING)
			hub_socket_read(h, old);
	}
}

static void
on_return_timer(void *ctx)
{
	struct hub	  *h = ctx;
	struct hub_socket *s;

	h->return_timer = NULL;
	TAILQ_FOREACH(s, &h->waiting[HUB_PENDING], by_wait)
	if (s->request == 0) {
		hear_out(h, s);
		hub_ask_connect(h, s);
	}
	arena_reset(h->arena);
}

static bool
is_back(const struct hub_socket *s)
{
	const struct hub_socket *old;

	LIST_FOREACH(old, &s->user->sockets, of_user)
	if (old != s && old->session_id == s->session_id &&
	    old->state != HUB_PENDING)
		return true;
	return false;
}

void
hub_connect(struct hub *h, struct hub_socket *s)
{
	if (!is_back(s))
		hub_ask_connect(h, s);
	else if (h->return_timer == NULL)
		h->return_timer =
		    loop_timer(h->loop, HUB_RETURN_MS, 0, on_return_timer, h);
}
