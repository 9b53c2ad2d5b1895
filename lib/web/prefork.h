/* SPDX-License-Identifier: MIT */
/*
 * prefork.h -- A program loads once, and its workers share what it loaded.
 *
 * A worker that was started by itself relocates its libraries and reads keys
 * and settings for itself alone; one that is forked has them in common with
 * its sisters, until it writes.
 */
#ifndef PARLEY_WEB_PREFORK_H
#define PARLEY_WEB_PREFORK_H

struct err;

/*
 * Keeps n workers (1 to 256) of a program: forks each, and another in the
 * place of one that ends.  Returns like fork(): 1 in a worker, which works and
 * then ends; 0 in the caller once SIGTERM or SIGINT has ended it and all
 * workers have followed; -1 there when workers end as soon as they start.  The
 * caller is called NAME-pool from then on, a worker NAME.
 *
 * What is not to be shared, connections above all, is opened by the worker.
 * A worker is sent SIGTERM when who keeps it dies.
 */
int prefork(const char *name, unsigned n, struct err *);

#endif
