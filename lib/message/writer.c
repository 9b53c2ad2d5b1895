/* SPDX-License-Identifier: MIT */
/*
 * writer.c -- The writer: takes what has come, sends it at once, answers each.
 *
 * While a transaction runs, drafts gather in the sockets of those who wait;
 * there is no other queue, and no timer.  A batch that fails as a whole for a
 * reason of one draft is tried draft by draft, so that none pays for another.
 */
#include "message/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/local_socket.h"
#include "base/metrics.h"
#include "data/app.h"
#include "message/writer_wire.h"

enum { BACKLOG = 128, ARENA_BLOCK = 256 * 1024, NOBODY = -1 };

struct writer {
	struct app   *app;
	struct arena *arena; /* of one step */
	int	      listen_fd, epoll_fd;
	int	      fds[WRITER_CONNECTIONS];
	size_t	      nfds;
	/* A step's drafts, and the connections they came by. */
	struct message_draft drafts[WRITER_BATCH];
	int		     from[WRITER_BATCH];
	size_t		     n, expected; /* at once, the next time */
	int64_t		     gather_us;
	char		     in[WRITER_WIRE_MAX];
};

int
writer_listen(const char *instance, int *fd_r, struct err *e)
{
	return local_socket_listen(
	    instance, "writer", SOCK_SEQPACKET, BACKLOG, fd_r, e);
}

/* -- connections ----------------------------------------------------------- */

static void
watch(struct writer *w, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		abort();
}

struct writer *
writer_new(struct app *app, int listen_fd)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL || (w->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		abort();
	w->app = app;
	w->arena = arena_new(ARENA_BLOCK);
	w->listen_fd = listen_fd;
	w->gather_us = config_int(app->config, "writer.gather_us");
	watch(w, listen_fd);
	return w;
}

void
writer_free(struct writer **writer)
{
	struct writer *w = *writer;

	if (w == NULL)
		return;
	for (size_t i = 0; i < w->nfds; i++)
		close(w->fds[i]);
	close(w->epoll_fd);
	arena_free(&w->arena);
	free(w);
	*writer = NULL;
}

/*
 * A draft of his that waits is sent, but nobody is told: while others are
 * gathered his descriptor may already be somebody else's.
 */
static void
hang_up(struct writer *w, int fd)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->from[i] == fd)
			w->from[i] = NOBODY;
	for (size_t i = 0; i < w->nfds; i++)
		if (w->fds[i] == fd)
			w->fds[i--] = w->fds[--w->nfds];
	close(fd);
}

static void
welcome(struct writer *w)
{
	int fd;

	while ((fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC)) != -1) {
		if (w->nfds == WRITER_CONNECTIONS) {
			close(fd);
			continue;
		}
		w->fds[w->nfds++] = fd;
		watch(w, fd);
	}
}

/* One draft; whoever sends anything else is hung up on. */
static void
take(struct writer *w, int fd)
{
	ssize_t n = recv(fd, w->in, sizeof(w->in), MSG_DONTWAIT | MSG_TRUNC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (size_t)n > sizeof(w->in) ||
	    writer_get_draft(w->arena, w->in, (size_t)n, &w->drafts[w->n]) ==
		-1)
		hang_up(w, fd);
	else
		w->from[w->n++] = fd;
}

/* Nobody but a worker that has gone is not ready for his answer. */
static void
answer(struct writer *w, size_t i, const struct err *failed)
{
	struct strbuf out;

	if (w->from[i] == NOBODY)
		return;
	strbuf_init(&out, w->arena);
	writer_put_fate(&out, &w->drafts[i], failed);
	if (send(w->from[i], out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    -1)
		hang_up(w, w->from[i]);
}

/* -- a step ---------------------------------------------------------------- */

/* Is it MariaDB that is at fault, and not one of the drafts? */
static bool
is_for_all(const struct err *e)
{
	return e->kind == ERR_UNAVAILABLE && !e->is_retryable;
}

static int
send_each(struct writer *w, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct err failed = {0};
		int	   one = message_send_many(
			   w->app, w->arena, &w->drafts[i], 1, &failed);

		answer(w, i, one == -1 ? &failed : NULL);
		if (one == -1) {
			*e = failed;
			rc = -1;
		}
	}
	return rc;
}

static int
send_all(struct writer *w, struct err *e)
{
	int rc = message_send_many(w->app, w->arena, w->drafts, w->n, e);

	if (rc == -1 && w->n > 1 && !is_for_all(e)) {
		err_clear(e);
		return send_each(w, e);
	}
	for (size_t i = 0; i < w->n; i++)
		answer(w, i, rc == -1 ? e : NULL);
	return rc;
}

/* Takes what has come; waits at most wait_us until something has. */
static int
collect(struct writer *w, int64_t wait_us, struct err *e)
{
	struct epoll_event    events[WRITER_BATCH + 1];
	const struct timespec wait = {
	    wait_us / 1000000, wait_us % 1000000 * 1000};
	int n = epoll_pwait2(
	    w->epoll_fd, events, WRITER_BATCH + 1 - (int)w->n, &wait, NULL);

	if (n == -1 && errno != EINTR)
		return err_set(
		    e, ERR_INTERNAL, "internal", "epoll: %s", strerror(errno));
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == w->listen_fd)
			welcome(w);
		else if (w->n < WRITER_BATCH)
			take(w, events[i].data.fd);
	return 0;
}

/*
 * Those who were answered last are about to come again: as many as they were
 * are worth waiting for, since a transaction costs the same for all of them.
 */
static int
gather(struct writer *w, int64_t wait_us, struct err *e)
{
	int64_t now, end;

	w->n = 0;
	if (collect(w, wait_us, e) == -1)
		return -1;
	now = clock_mono_us();
	end = now + w->gather_us;
	while (w->n > 0 && w->n < w->expected && now < end) {
		if (collect(w, end - now, e) == -1)
			return -1;
		now = clock_mono_us();
	}
	w->expected = w->n;
	return 0;
}

int
writer_step(struct writer *w, int wait_ms, struct err *e)
{
	int rc = gather(w, (int64_t)wait_ms * 1000, e);

	if (rc == 0 && w->n > 0) {
		metric_observe(METRIC_WRITER_BATCH, (int64_t)w->n);
		rc = send_all(w, e);
	}
	arena_reset(w->arena);
	return rc == -1 ? -1 : (int)w->n;
}
