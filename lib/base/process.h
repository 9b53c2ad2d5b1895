/* SPDX-License-Identifier: MIT */
/* process.h -- What every program does first, and last before its loop. */
#ifndef PARLEY_BASE_PROCESS_H
#define PARLEY_BASE_PROCESS_H

#include <stdbool.h>

struct config;
struct err;

/*
 * Ignores SIGPIPE, makes files private (umask 077), and asks the kernel for
 * SIGTERM should the parent die: a killed supervisor or pool leaves no orphan
 * that keeps an old socket busy.
 */
void process_start(const char *program);

/* SIGTERM and SIGINT set this; loops look at it between two pieces of work. */
bool process_is_stopping(void);

/*
 * Locks the process into what its profile needs: no_new_privs and a seccomp
 * filter from the one table in sandbox.c.  Sanitizer builds only log it, for
 * the sanitizers need calls of their own.  An unknown profile is a bug.
 * Sockets are Unix sockets, unless the settings name an engine by host:port.
 */
int sandbox_enter(const char *profile, const struct config *, struct err *);

/*
 * The same in two steps, for who forks: the filter is made once, which takes
 * memory, and then each child locks itself in.  sandbox_free() also after -1.
 */
struct sandbox;
int  sandbox_make(struct sandbox **, const char *profile, const struct config *,
     struct err *);
int  sandbox_lock(const struct sandbox *, struct err *);
void sandbox_free(struct sandbox **);

#endif
