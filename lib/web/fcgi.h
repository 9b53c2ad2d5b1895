/* SPDX-License-Identifier: MIT */
/*
 * fcgi.h -- FastCGI: requests come in on a listening socket, one at a time.
 *
 * All workers of a program wait on one socket; the kernel wakes one for each
 * connection.
 */
#ifndef PARLEY_WEB_FCGI_H
#define PARLEY_WEB_FCGI_H

#include <stdint.h>

struct err;
struct fcgi;
struct web;

/* fd: a listening socket, as spawn-fcgi leaves it on descriptor 0. */
int  fcgi_open(struct fcgi **, int fd, struct err *);
void fcgi_close(struct fcgi **);

/*
 * Serves until SIGTERM or until max_requests are done (0: no end).  Always
 * between two requests, never in one.
 */
int
fcgi_run(struct fcgi *, const struct web *, int64_t max_requests, struct err *);

#endif
