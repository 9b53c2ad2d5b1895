/* SPDX-License-Identifier: MIT */
/*
 * db_hosts.h -- Which of several MariaDB servers is asked.
 *
 * All programs of an instance prefer the one that was found writable last, and
 * try the others, in the order of mysql.hosts, when it is not.  They remember
 * it together, in INSTANCE/run/database: after a fail-over nobody goes back to
 * the old primary just because it was started later or is first in the list.
 */
#ifndef PARLEY_DATA_DB_HOSTS_H
#define PARLEY_DATA_DB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

struct arena;
struct config;
struct err;

struct db_hosts {
	const struct endpoint *list;
	size_t		       n;
	uint64_t	  digest; /* of the list: another one starts over */
	_Atomic uint64_t *last;	  /* shared; NULL: there is but one */
};

int db_hosts_open(
    struct db_hosts *, struct arena *, const struct config *, struct err *);
void db_hosts_close(struct db_hosts *);

/* The i-th to try; the one found writable last is the 0th. */
size_t db_hosts_at(const struct db_hosts *, size_t i);

/* This one is writable.  True: it was another before. */
bool db_hosts_found(const struct db_hosts *, size_t at);

#endif
