/* SPDX-License-Identifier: MIT */
/*
 * loop.c -- An event loop one can hold in the head: epoll and timers.
 *
 * Watches are an array by descriptor.  An event carries the number of the
 * watch it was asked for, so that one that a callback has ended, even if its
 * descriptor lives again, is not taken for the new one.  Timers are a binary
 * heap by the time they are due.
 */
#include "base/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/process.h"

enum { EVENTS = 256, WAIT_MAX_MS = 60000 };

struct watch {
	loop_fd_fn fn; /* NULL: not watched */
	void	  *ctx;
	uint32_t   number;
};

struct loop_timer {
	loop_timer_fn fn;
	void	     *ctx;
	int64_t	      due_ms, repeat_ms;
	size_t	      at; /* its place in the heap */
	bool	      is_cancelled;
};

struct loop {
	int		    epoll;
	struct watch	   *watches;
	size_t		    nwatches;
	uint32_t	    next_number;
	struct loop_timer **heap;
	size_t		    ntimers, heap_cap;
	struct loop_timer  *running;
	int64_t		    now_ms;
	bool		    is_stopped;
};

static void *
grow(void *p, size_t n, size_t size)
{
	if ((p = reallocarray(p, n, size)) == NULL)
		abort();
	return p;
}

int
loop_new(struct loop **loop_r, struct err *e)
{
	struct loop *l = calloc(1, sizeof(*l));

	*loop_r = NULL;
	if (l == NULL)
		abort();
	if ((l->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1) {
		free(l);
		return err_set(
		    e, ERR_INTERNAL, "internal", "epoll: %s", strerror(errno));
	}
	l->now_ms = clock_mono_us() / 1000;
	*loop_r = l;
	return 0;
}

void
loop_free(struct loop **lp)
{
	struct loop *l = *lp;

	if (l == NULL)
		return;
	*lp = NULL;
	for (size_t i = 0; i < l->ntimers; i++)
		free(l->heap[i]);
	free(l->heap);
	free(l->watches);
	close(l->epoll);
	free(l);
}

/* -- descriptors ----------------------------------------------------------- */

static struct watch *
watch_of(struct loop *l, int fd)
{
	size_t n = l->nwatches == 0 ? 64 : l->nwatches;

	while (n <= (size_t)fd)
		n *= 2;
	if (n != l->nwatches) {
		l->watches = grow(l->watches, n, sizeof(*l->watches));
		memset(l->watches + l->nwatches, 0,
		    (n - l->nwatches) * sizeof(*l->watches));
		l->nwatches = n;
	}
	return &l->watches[fd];
}

int
loop_watch(
    struct loop *l, int fd, int events, loop_fd_fn fn, void *ctx, struct err *e)
{
	struct watch	  *w = watch_of(l, fd);
	bool		   is_new = w->fn == NULL;
	struct epoll_event event = {0};

	if (is_new)
		w->number = ++l->next_number;
	event.events = (events & LOOP_READ ? EPOLLIN | EPOLLRDHUP : 0u) |
		       (events & LOOP_WRITE ? EPOLLOUT : 0u);
	event.data.u64 = (uint64_t)w->number << 32 | (uint32_t)fd;
	if (epoll_ctl(l->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		&event) == -1)
		return err_set(e, ERR_INTERNAL, "internal", "epoll %d: %s", fd,
		    strerror(errno));
	w->fn = fn;
	w->ctx = ctx;
	return 0;
}

void
loop_unwatch(struct loop *l, int fd)
{
	if (fd < 0 || (size_t)fd >= l->nwatches || l->watches[fd].fn == NULL)
		return;
	l->watches[fd].fn = NULL;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* -- timers ---------------------------------------------------------------- */

static void
heap_set(struct loop *l, size_t at, struct loop_timer *t)
{
	l->heap[at] = t;
	t->at = at;
}

/* Moves the timer at a place up or down to where it belongs. */
static void
heap_settle(struct loop *l, size_t at)
{
	struct loop_timer *t = l->heap[at];
	size_t		   child;

	while (at > 0 && l->heap[(at - 1) / 2]->due_ms > t->due_ms) {
		heap_set(l, at, l->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	while ((child = at * 2 + 1) < l->ntimers) {
		if (child + 1 < l->ntimers &&
		    l->heap[child + 1]->due_ms < l->heap[child]->due_ms)
			child++;
		if (l->heap[child]->due_ms >= t->due_ms)
			break;
		heap_set(l, at, l->heap[child]);
		at = child;
	}
	heap_set(l, at, t);
}

static void
heap_add(struct loop *l, struct loop_timer *t)
{
	if (l->ntimers == l->heap_cap) {
		l->heap_cap = l->heap_cap == 0 ? 64 : l->heap_cap * 2;
		l->heap = grow(l->heap, l->heap_cap, sizeof(*l->heap));
	}
	heap_set(l, l->ntimers++, t);
	heap_settle(l, t->at);
}

static void
heap_remove(struct loop *l, struct loop_timer *t)
{
	size_t at = t->at;

	l->ntimers--;
	heap_set(l, at, l->heap[l->ntimers]);
	l->heap[l->ntimers] = NULL;
	if (at < l->ntimers)
		heap_settle(l, at);
}

struct loop_timer *
loop_timer(struct loop *l, int64_t delay_ms, int64_t repeat_ms,
    loop_timer_fn fn, void *ctx)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	/* Not now_ms: a long callback would make its timer due too early. */
	t->due_ms = clock_mono_us() / 1000 + delay_ms;
	t->repeat_ms = repeat_ms;
	t->fn = fn;
	t->ctx = ctx;
	heap_add(l, t);
	return t;
}

void
loop_timer_cancel(struct loop *l, struct loop_timer **tp)
{
	struct loop_timer *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	if (t == l->running) {
		t->is_cancelled = true; /* run_timers() frees it */
		return;
	}
	heap_remove(l, t);
	free(t);
}

static void
run_timers(struct loop *l)
{
	struct loop_timer *t;

	while (l->ntimers > 0 && l->heap[0]->due_ms <= l->now_ms &&
	       !l->is_stopped) {
		t = l->heap[0];
		heap_remove(l, t);
		l->running = t;
		t->fn(t->ctx);
		l->running = NULL;
		if (t->repeat_ms == 0 || t->is_cancelled) {
			free(t);
			continue;
		}
		/* From now on: what was missed meanwhile is not made up for. */
		t->due_ms = l->now_ms + t->repeat_ms;
		heap_add(l, t);
	}
}

/* -- running --------------------------------------------------------------- */

static int
wait_ms(const struct loop *l)
{
	int64_t left = WAIT_MAX_MS;

	if (l->ntimers > 0)
		left = l->heap[0]->due_ms - l->now_ms;
	return left < 0 ? 0 : left > WAIT_MAX_MS ? WAIT_MAX_MS : (int)left;
}

static void
dispatch(struct loop *l, const struct epoll_event *event)
{
	int		    fd = (int)(uint32_t)event->data.u64, events = 0;
	const struct watch *w = &l->watches[fd];

	if (w->fn == NULL || w->number != event->data.u64 >> 32)
		return; /* ended by a callback before this one */
	if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		events |= LOOP_READ;
	if (event->events & (EPOLLOUT | EPOLLERR))
		events |= LOOP_WRITE;
	if (event->events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		events |= LOOP_HANGUP;
	w->fn(w->ctx, fd, events);
}

static int
turn(struct loop *l, const sigset_t *unblocked, struct err *e)
{
	struct epoll_event events[EVENTS];
	int n = epoll_pwait(l->epoll, events, EVENTS, wait_ms(l), unblocked);

	if (n == -1 && errno != EINTR)
		return err_set(
		    e, ERR_INTERNAL, "internal", "epoll: %s", strerror(errno));
	l->now_ms = clock_mono_us() / 1000;
	for (int i = 0; i < n && !l->is_stopped; i++)
		dispatch(l, &events[i]);
	run_timers(l);
	return 0;
}

/*
 * The signals that end us are blocked but for the wait, or one that comes just
 * before it would be noticed only after.
 */
int
loop_run(struct loop *l, struct err *e)
{
	sigset_t ends, before;
	int	 rc = 0;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, &before);
	l->is_stopped = false;
	l->now_ms = clock_mono_us() / 1000;
	while (rc == 0 && !l->is_stopped && !process_is_stopping())
		rc = turn(l, &before, e);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

void
loop_stop(struct loop *l)
{
	l->is_stopped = true;
}

int64_t
loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}
