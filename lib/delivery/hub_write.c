/* SPDX-License-Identifier: MIT */
/*
 * hub_write.c -- Writing to a socket.
 *
 * A frame goes from the message it came in straight into the pipe, with others
 * of that message for the same socket in one write; only what the pipe does
 * not take is copied, into a buffer that exists as long as it is needed.  At
 * the buffer's cap the reader is too slow: what is not begun is dropped, it is
 * told so, and closed; it will catch up when it is back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "delivery/hub_private.h"

enum { FIRST_BUFFER = 1024, GATHER_MAX = 16, WIDE_PIPE = 65536 };

size_t
hub_error_frame(char out_r[HUB_ERROR_SIZE], const char *code)
{
	return (size_t)snprintf(out_r, HUB_ERROR_SIZE,
	    "{\"event\":\"error\",\"data\":{\"code\":\"%s\"}}\n", code);
}

void
hub_drop_output(struct hub *h, struct hub_socket *s)
{
	if (s->ngathered > 0)
		TAILQ_REMOVE(&h->gathering, s, by_gather);
	s->ngathered = 0;
	h->buffered -= s->out.cap;
	free(s->out.data);
	memset(&s->out, 0, sizeof(s->out));
}

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
	hub_drop_output(h, s);
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
	hub_drop_output(h, s);
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
	char   frame[HUB_ERROR_SIZE];
	size_t n = hub_error_frame(frame, "slow_consumer");
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

/*
 * A pipe comes with a small table of pages (see attach), enough for who is told
 * a line now and then.  Who is told more than it holds keeps a larger one: what
 * one conversation says to a crowd would wait for a turn of the loop each time.
 * A kernel that refuses, for this user has too many, is no failure.
 */
static void
widen(struct hub_socket *s)
{
	if (!s->is_wide)
		(void)fcntl(s->out_fd, F_SETPIPE_SZ, WIDE_PIPE);
	s->is_wide = true;
}

/* Several pieces in one write; what the pipe does not take is kept. */
static bool
put(struct hub *h, struct hub_socket *s, struct iovec *iov, int n)
{
	ssize_t done = 0;

	if (s->out.len == 0) {
		done = n == 1 ? write(s->out_fd, iov->iov_base, iov->iov_len)
			      : writev(s->out_fd, iov, n);
		if (done == -1 && errno != EAGAIN && errno != EINTR) {
			fall_mute(h, s);
			return true;
		}
	}
	for (int i = 0; i < n; i++) {
		size_t taken = done <= 0 ? 0 : (size_t)done;

		if (taken > iov[i].iov_len)
			taken = iov[i].iov_len;
		done -= (ssize_t)taken;
		if (taken == iov[i].iov_len)
			continue;
		widen(s);
		if (!keep(h, s, (char *)iov[i].iov_base + taken,
			iov[i].iov_len - taken)) {
			slow(h, s);
			return false;
		}
	}
	return true;
}

bool
hub_socket_put(struct hub *h, struct hub_socket *s)
{
	int n = s->ngathered;

	if (n == 0)
		return true;
	TAILQ_REMOVE(&h->gathering, s, by_gather);
	s->ngathered = 0;
	return put(h, s, s->gathered, n);
}

void
hub_put_gathered(struct hub *h)
{
	while (!TAILQ_EMPTY(&h->gathering))
		(void)hub_socket_put(h, TAILQ_FIRST(&h->gathering));
}

void
hub_socket_gather(
    struct hub *h, struct hub_socket *s, const char *data, size_t len)
{
	if (s->state == HUB_CLOSING || s->is_mute)
		return;
	metric_add(METRIC_HUB_FRAMES, 1);
	if (s->ngathered == GATHER_MAX && !hub_socket_put(h, s))
		return;
	if (s->is_mute)
		return;
	if (s->ngathered == 0) {
		s->gathered = &s->first;
		TAILQ_INSERT_TAIL(&h->gathering, s, by_gather);
	} else if (s->ngathered == 1) {
		s->gathered =
		    arena_alloc(h->arena, GATHER_MAX * sizeof(*s->gathered));
		s->gathered[0] = s->first;
	}
	s->gathered[s->ngathered++] = (struct iovec){(char *)data, len};
}

bool
hub_socket_write(
    struct hub *h, struct hub_socket *s, const char *data, size_t len)
{
	struct iovec iov = {(char *)data, len};

	if (s->state == HUB_CLOSING || s->is_mute)
		return true;
	/* What was gathered goes before anything else. */
	if (!hub_socket_put(h, s))
		return false;
	metric_add(METRIC_HUB_FRAMES, 1);
	return s->is_mute || put(h, s, &iov, 1);
}

bool
hub_socket_error(struct hub *h, struct hub_socket *s, const char *code)
{
	char   frame[HUB_ERROR_SIZE];
	size_t n = hub_error_frame(frame, code);

	return hub_socket_write(h, s, frame, n);
}

void
hub_socket_end(
    struct hub *h, struct hub_socket *s, const char *frame, size_t len)
{
	if (s->state == HUB_CLOSING || !hub_socket_put(h, s))
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
	char   frame[HUB_ERROR_SIZE];
	size_t n = hub_error_frame(frame, code);

	hub_socket_end(h, s, frame, n);
}
