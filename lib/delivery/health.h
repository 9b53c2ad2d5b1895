/* SPDX-License-Identifier: MIT */
/*
 * health.h -- Are relay, deliver and push of this node at work?
 *
 * Each touches INSTANCE/run/health/PROGRAM about once a second from its loop,
 * whatever its engines do; a process that hangs or is gone stops doing so.
 */
#ifndef PARLEY_DELIVERY_HEALTH_H
#define PARLEY_DELIVERY_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/* What counts as late: older beats mean that the program is not well. */
enum { HEALTH_LATE_MS = 5000 };

/* An open file that health_beat() touches: it works inside the sandbox. */
int
health_open(const char *instance, const char *program, int *fd_r, struct err *);
void health_beat(int fd);

/* Milliseconds since the program's last beat; -1: it never beat. */
int64_t health_age_ms(const char *instance, const char *program);
bool	health_is_well(const char *instance, const char *program);

#endif
