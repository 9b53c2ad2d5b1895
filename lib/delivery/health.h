/* SPDX-License-Identifier: MIT */
/*
 * health.h -- Are relay, deliver and push of this node at work?
 *
 * Each writes INSTANCE/run/health/PROGRAM about once a second from its loop,
 * whatever its engines do, with what troubles it; a process that hangs or is
 * gone stops doing so.  Whoever asks needs no engine for it.
 */
#ifndef PARLEY_DELIVERY_HEALTH_H
#define PARLEY_DELIVERY_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/*
 * What counts as late: older beats mean that the program is down.  It is more
 * than a statement may take, so that who waits for an engine is not blamed.
 */
enum { HEALTH_LATE_MS = 8000, HEALTH_TROUBLE_SIZE = 160 };

/* DEGRADED: it lives, and cannot do all of its work. */
enum health { HEALTH_OK, HEALTH_DEGRADED, HEALTH_DOWN };

/* An open file that health_beat() writes: it works inside the sandbox. */
int
health_open(const char *instance, const char *program, int *fd_r, struct err *);

/* trouble: what health_trouble() made of it; NULL or "": none. */
void health_beat(int fd, const char *trouble);

/* "bus: why", "database: why": what is missing, and what was said of it. */
void health_trouble(
    char out_r[HEALTH_TROUBLE_SIZE], const char *missing, const struct err *);

/* How the program is, and what troubles it ("": nothing). */
enum health health_of(const char *instance, const char *program,
    char trouble_r[HEALTH_TROUBLE_SIZE]);

/* Has it ever beaten?  A program that is not in use has not. */
bool health_is_known(const char *instance, const char *program);

/* Does live push work on this node, as far as its daemons know? */
bool health_is_live(const char *instance);

#endif
