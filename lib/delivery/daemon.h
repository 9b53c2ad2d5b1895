/* SPDX-License-Identifier: MIT */
/* daemon.h -- The options that relay, deliver, push and writer take. */
#ifndef PARLEY_DELIVERY_DAEMON_H
#define PARLEY_DELIVERY_DAEMON_H

#include <stdbool.h>

/*
 * program [-n] [INSTANCE]: with -n the settings are checked and nothing more.
 * True to go on, with *instance_r ($PARLEY_INSTANCE if it is not given); else
 * *status_r is what to exit with.
 */
bool daemon_options(int argc, char **argv, const char *program,
    const char **instance_r, int *status_r);

#endif
