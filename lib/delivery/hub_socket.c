/* SPDX-License-Identifier: MIT */
/*
 * hub_socket.c -- One socket: its states, its end, and writing to it.
 *
 * A frame goes from the message it came in straight into the pipe; only what
 * the pipe does not take is copied, into a buffer that exists as long as it is
 * needed.  At the buffer's cap the reader is too slow: what is not begun is
 * dropped, it is told so, and closed; it will catch up when it is back.
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

enum { ERROR_SIZE = 128, FIRST_BUFFER = 1024 };

static size_t
error_frame(char out_r[ERROR_SIZE], const char *code)
{
	return (size_t)snprintf(out_r, ERROR_SIZE,
	    "{\"event\":\"error\",\"data\":{\"code\":\"%s\"}}\n", code);
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

	s->is_unheard =
	    s->state == HUB_PENDING && (events & LOOP_HANGUP) == 0 &&
	    loop_watch(s->hub->loop, fd, 0, on_readable, s, &e) == 0;
	if (!s->is_unheard)
		hub_socket_read(s->hub, s);
}

int
hub_socket_listen(struct hub *h, struct hub_socket *s, struct err *e)
{
	s->is_unheard = false;
	return loop_watch(h->loop, s->in_fd, LOOP_READ, on_readable, s, e);
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
hub_socket_new(
    struct hub *h, int in_fd, int out_fd, uint64_t user_id, uint64_t session_id)
{
	struct hub_socket *s = calloc(1, sizeof(*s));
	struct err	   e = {0};

	if (s == NULL)
		abort();
	s->hub = h;
	s->id = ++h->last_id;
	s->session_id = session_id;
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
	h->npending++;
	return s;
}

/* Every socket stands in the waiting list of its state. */
void
hub_socket_state(struct hub *h, struct hub_socket *s, enum hub_state state)
{
	TAILQ_REMOVE(&h->waiting[s->state], s, by_wait);
	if (s->state == HUB_PENDING)
		h->npending--;
	s->state = (uint8_t)state;
	s->wait_since_ms = loop_now_ms(h->loop);
	TAILQ_INSERT_TAIL(&h->waiting[state], s, by_wait);
	if (state == HUB_PENDING)
		h->npending++;
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
drop_output(struct hub *h, struct hub_socket *s)
{
	h->buffered -= s->out.cap;
	free(s->out.data);
	memset(&s->out, 0, sizeof(s->out));
}

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
	TAILQ_REMOVE(&h->waiting[s->state], s, by_wait);
	if (s->state == HUB_PENDING)
		h->npending--;
	if (s->is_quiet_listed)
		TAILQ_REMOVE(&h->quiet, s, by_quiet);
	leave_user(h, s);
	map_remove(h->sockets, s->id);
	loop_unwatch(h->loop, s->in_fd);
	if (s->out.len > 0)
		loop_unwatch(h->loop, s->out_fd);
	close(s->in_fd);
	close(s->out_fd);
	drop_output(h, s);
	free(s->in.data);
	seen_free(&s->seen);
	free(s);
	h->nsockets--;
	metric_set(METRIC_HUB_SOCKETS, (int64_t)h->nsockets);
}

/* -- writing --------------------------------------------------------------- */

/*
 * Nobody reads any more, but what the client said last may still stand in its
 * pipe, an acknowledgement perhaps: it is heard, and the end of that pipe is
 * the socket's.
 */
static void
fall_mute(struct hub *h, struct hub_socket *s)
{
	if (s->out.len > 0)
		loop_unwatch(h->loop, s->out_fd);
	drop_output(h, s);
	s->is_mute = true;
}

/* The pipe has room again. */
static void
on_writable(void *ctx, int fd, int events)
{
	struct hub_socket *s = ctx;
	struct hub	  *h = s->hub;
	size_t		   left = s->out.len - s->out.off;
	ssize_t		   n = write(fd, s->out.data + s->out.off, left);

	(void)events;
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		if (s->state == HUB_CLOSING)
			hub_socket_free(h, s);
		else
			fall_mute(h, s);
		return;
	}
	s->out.off += n > 0 ? (uint32_t)n : 0;
	if (s->out.off < s->out.len)
		return;
	loop_unwatch(h->loop, fd);
	drop_output(h, s);
	if (s->state == HUB_CLOSING)
		hub_socket_free(h, s);
	else if (s->wants_room)
		hub_ask_replay(h, s);
}

static bool
reserve(struct hub *h, struct hub_bytes *b, size_t n)
{
	size_t need, cap;

	if (b->off > 0 && b->len + n > b->cap) {
		memmove(b->data, b->data + b->off, b->len - b->off);
		b->len -= b->off;
		b->off = 0;
	}
	need = b->len + n;
	if (need <= b->cap)
		return true;
	for (cap = b->cap == 0 ? FIRST_BUFFER : b->cap; cap < need; cap *= 2)
		continue;
	if (need > h->buffer_max || h->buffered + cap - b->cap > h->memory_max)
		return false;
	h->buffered += cap - b->cap;
	b->data = realloc(b->data, cap);
	if (b->data == NULL)
		abort();
	b->cap = (uint32_t)cap;
	return true;
}

/* Copies what the pipe did not take: false if there is no room for it. */
static bool
keep(struct hub *h, struct hub_socket *s, const char *data, size_t n)
{
	bool was_empty = s->out.len == 0;

	if (!reserve(h, &s->out, n))
		return false;
	memcpy(s->out.data + s->out.len, data, n);
	s->out.len += (uint32_t)n;
	if (was_empty) {
		struct err e = {0};

		if (loop_watch(h->loop, s->out_fd, LOOP_WRITE, on_writable, s,
			&e) == -1)
			log_err("hub.watch", &e);
	}
	return true;
}

/*
 * Too slow: of the buffer only the frame that has begun is kept, so that the
 * last one comes out whole behind it.
 */
static void
slow(struct hub *h, struct hub_socket *s)
{
	char   frame[ERROR_SIZE];
	size_t n = error_frame(frame, "slow_consumer");
	char  *begun = s->out.data + s->out.off;
	char  *end = s->out.len == 0
			 ? NULL
			 : memchr(begun, '\n', s->out.len - s->out.off);

	metric_add(METRIC_HUB_SLOW, 1);
	if (end == NULL) {
		hub_socket_free(h, s);
		return;
	}
	s->out.len = (uint32_t)(end + 1 - s->out.data);
	hub_socket_end(h, s, frame, n);
}

bool
hub_socket_write(
    struct hub *h, struct hub_socket *s, const char *data, size_t len)
{
	ssize_t n = 0;

	if (s->state == HUB_CLOSING || s->is_mute)
		return true;
	metric_add(METRIC_HUB_FRAMES, 1);
	if (s->out.len == 0) {
		n = write(s->out_fd, data, len);
		if (n == (ssize_t)len)
			return true;
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			fall_mute(h, s);
			return true;
		}
		n = n > 0 ? n : 0;
	}
	if (keep(h, s, data + n, len - (size_t)n))
		return true;
	slow(h, s);
	return false;
}

bool
hub_socket_error(struct hub *h, struct hub_socket *s, const char *code)
{
	char   frame[ERROR_SIZE];
	size_t n = error_frame(frame, code);

	return hub_socket_write(h, s, frame, n);
}

void
hub_socket_end(
    struct hub *h, struct hub_socket *s, const char *frame, size_t len)
{
	if (s->state == HUB_CLOSING)
		return;
	if (len > 0 && s->out.len == 0) {
		/* Into a pipe with room, or nowhere: it is the end anyway. */
		ssize_t n = write(s->out_fd, frame, len);

		if (n == (ssize_t)len || (n == -1 && errno != EAGAIN)) {
			hub_socket_free(h, s);
			return;
		}
		frame += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	if ((len > 0 && !keep(h, s, frame, len)) || s->out.len == 0) {
		hub_socket_free(h, s);
		return;
	}
	hub_socket_state(h, s, HUB_CLOSING);
}

void
hub_socket_refuse(struct hub *h, struct hub_socket *s, const char *code)
{
	char   frame[ERROR_SIZE];
	size_t n = error_frame(frame, code);

	hub_socket_end(h, s, frame, n);
}
