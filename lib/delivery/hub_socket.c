/* SPDX-License-Identifier: MIT */
/*
 * hub_socket.c -- One socket: its beginning, its states, its end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/metrics.h"
#include "delivery/hub_private.h"

static void on_readable(void *, int fd, int events);

/* Not listened to, until hub_socket_listen(): only its end is noticed. */
int
hub_socket_ignore(struct hub *h, struct hub_socket *s, struct err *e)
{
	return loop_watch(h->loop, s->in_fd, 0, on_readable, s, e);
}

/*
 * hello is the first word on a socket: until then the client's wait in the
 * pipe, and only its end is noticed.
 */
static void
on_readable(void *ctx, int fd, int events)
{
	struct hub_socket *s = ctx;
	struct err	   e = {0};

	(void)fd;
	s->is_unheard = s->state == HUB_PENDING &&
			(events & LOOP_HANGUP) == 0 &&
			hub_socket_ignore(s->hub, s, &e) == 0;
	if (!s->is_unheard)
		hub_socket_read(s->hub, s);
}

int
hub_socket_listen(struct hub *h, struct hub_socket *s, struct err *e)
{
	s->is_unheard = false;
	return loop_watch(h->loop, s->in_fd, LOOP_READ, on_readable, s, e);
}

/* -- who waits for deliver's word ------------------------------------------ */

size_t
hub_waiting_from(const struct hub *h, uint64_t address)
{
	return (size_t)(uintptr_t)map_get(h->waiting_from, address);
}

/* The map keeps numbers: it follows no pointer. */
static void
count_waiting(struct hub *h, const struct hub_socket *s, int change)
{
	size_t n = hub_waiting_from(h, s->address) + (size_t)(ptrdiff_t)change;

	if (s->state != HUB_PENDING)
		return;
	h->npending += (size_t)(ptrdiff_t)change;
	if (n == 0)
		(void)map_remove(h->waiting_from, s->address);
	else
		(void)map_put(h->waiting_from, s->address,
		    (void *)(uintptr_t)n); // NOLINT
}

/* -- beginning ------------------------------------------------------------- */

static void
join_user(struct hub *h, struct hub_socket *s, uint64_t user_id)
{
	struct hub_user *u = map_get(h->users, user_id);

	if (u == NULL) {
		u = calloc(1, sizeof(*u));
		if (u == NULL)
			abort();
		u->id = user_id;
		LIST_INIT(&u->sockets);
		map_put(h->users, user_id, u);
		hub_user_online(h, user_id);
	}
	s->user = u;
	u->nsockets++;
	LIST_INSERT_HEAD(&u->sockets, s, of_user);
}

struct hub_socket *
hub_socket_new(struct hub *h, int in_fd, int out_fd, uint64_t address,
    uint64_t user_id, uint64_t session_id)
{
	struct hub_socket *s = calloc(1, sizeof(*s));
	struct err	   e = {0};

	if (s == NULL)
		abort();
	s->hub = h;
	s->id = ++h->last_id;
	s->session_id = session_id;
	s->address = address;
	s->in_fd = in_fd;
	s->out_fd = out_fd;
	if (hub_socket_listen(h, s, &e) == -1) {
		log_err("hub.watch", &e);
		free(s);
		return NULL;
	}
	map_put(h->sockets, s->id, s);
	join_user(h, s, user_id);
	h->nsockets++;
	metric_set(METRIC_HUB_SOCKETS, (int64_t)h->nsockets);
	s->state = HUB_PENDING;
	s->wait_since_ms = loop_now_ms(h->loop);
	TAILQ_INSERT_TAIL(&h->waiting[HUB_PENDING], s, by_wait);
	count_waiting(h, s, 1);
	return s;
}

/* Every socket stands in the waiting list of its state. */
void
hub_socket_state(struct hub *h, struct hub_socket *s, enum hub_state state)
{
	TAILQ_REMOVE(&h->waiting[s->state], s, by_wait);
	count_waiting(h, s, -1);
	s->state = (uint8_t)state;
	s->wait_since_ms = loop_now_ms(h->loop);
	TAILQ_INSERT_TAIL(&h->waiting[state], s, by_wait);
	count_waiting(h, s, 1);
}

void
hub_socket_heard(struct hub *h, struct hub_socket *s)
{
	if (s->is_quiet_listed)
		TAILQ_REMOVE(&h->quiet, s, by_quiet);
	s->is_quiet_listed = true;
	s->quiet_since_ms = loop_now_ms(h->loop);
	TAILQ_INSERT_TAIL(&h->quiet, s, by_quiet);
}

/* -- the end --------------------------------------------------------------- */

static void
leave_user(struct hub *h, struct hub_socket *s)
{
	struct hub_user *u = s->user;

	LIST_REMOVE(s, of_user);
	u->nsockets--;
	if (!LIST_EMPTY(&u->sockets))
		return;
	hub_user_offline(h, u->id);
	map_remove(h->users, u->id);
	free(u);
}

void
hub_socket_free(struct hub *h, struct hub_socket *s)
{
	hub_flush_acks(h, s);
	hub_rest_over(h, s);
	TAILQ_REMOVE(&h->waiting[s->state], s, by_wait);
	count_waiting(h, s, -1);
	if (s->is_quiet_listed)
		TAILQ_REMOVE(&h->quiet, s, by_quiet);
	leave_user(h, s);
	map_remove(h->sockets, s->id);
	loop_unwatch(h->loop, s->in_fd);
	if (s->out.len > 0)
		loop_unwatch(h->loop, s->out_fd);
	close(s->in_fd);
	close(s->out_fd);
	hub_drop_output(h, s);
	free(s->in.data);
	seen_free(&s->seen);
	free(s);
	h->nsockets--;
	metric_set(METRIC_HUB_SOCKETS, (int64_t)h->nsockets);
}
