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

/* One of the same session that has been welcomed. */
static bool
is_other(const struct hub_socket *old, const struct hub_socket *s)
{
	return old != s && old->session_id == s->session_id &&
	       old->state != HUB_PENDING;
}

/*
 * What it said by now, of which its end may be a part.  Who floods is not read
 * sooner for coming once more: see hub_rest.c.
 */
static void
hear_out(struct hub *h, const struct hub_socket *s)
{
	struct hub_socket *old, *next;

	for (old = LIST_FIRST(&s->user->sockets); old != NULL; old = next) {
		next = LIST_NEXT(old, of_user);
		if (is_other(old, s) && !old->is_resting)
			hub_socket_read(h, old);
	}
}

static void
on_return_timer(void *ctx)
{
	struct hub	  *h = ctx;
	struct hub_socket *s;
	uint64_t	   heard = 0; /* many of one session may come at once */

	h->return_timer = NULL;
	for (s = TAILQ_FIRST(&h->waiting[HUB_PENDING]); s != NULL;
	     s = TAILQ_NEXT(s, by_wait))
		if (s->request == 0) {
			if (s->session_id != heard)
				hear_out(h, s);
			heard = s->session_id;
			hub_ask_connect(h, s);
		}
	arena_reset(h->arena);
}

static bool
is_back(const struct hub_socket *s)
{
	const struct hub_socket *old = LIST_FIRST(&s->user->sockets);

	while (old != NULL && !is_other(old, s))
		old = LIST_NEXT(old, of_user);
	return old != NULL;
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
