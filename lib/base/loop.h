/* SPDX-License-Identifier: MIT */
/*
 * loop.h -- An event loop one can hold in the head: epoll and timers.
 *
 * For the daemons.  Callbacks run one at a time on the
 * caller's thread.  A callback may remove any watch or timer, its own too.
 */
#ifndef PARLEY_BASE_LOOP_H
#define PARLEY_BASE_LOOP_H

#include <stdint.h>

struct err;
struct loop;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

typedef void (*loop_fd_fn)(void *ctx, int fd, int events);
typedef void (*loop_timer_fn)(void *ctx);

int  loop_new(struct loop **, struct err *);
void loop_free(struct loop **);

/* Watches fd; calling again changes what for.  fd stays the caller's. */
int loop_watch(
    struct loop *, int fd, int events, loop_fd_fn, void *ctx, struct err *);
void loop_unwatch(struct loop *, int fd);

/*
 * Calls fn after delay_ms, and every repeat_ms after that (0: once).  A timer
 * that ran once is gone; loop_timer_cancel() of another frees it and makes the
 * pointer NULL.
 */
struct loop_timer *loop_timer(struct loop *, int64_t delay_ms,
    int64_t repeat_ms, loop_timer_fn, void *ctx);
void		   loop_timer_cancel(struct loop *, struct loop_timer **);

/* Runs until loop_stop(); SIGTERM and SIGINT stop it, too. */
int  loop_run(struct loop *, struct err *);
void loop_stop(struct loop *);

/* The time of the current round, monotonic, without a system call. */
int64_t loop_now_ms(const struct loop *);

#endif
