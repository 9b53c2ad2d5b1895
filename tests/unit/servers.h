/* SPDX-License-Identifier: MIT */
/*
 * servers.h -- Real engines for a test: MariaDB and Redis of its own.
 *
 * They live in a directory of their own under /tmp that is laid out as an
 * instance, listen on Unix sockets only, and end with the test, or when it
 * dies.
 */
#ifndef PARLEY_TESTS_SERVERS_H
#define PARLEY_TESTS_SERVERS_H

#include <stdbool.h>
#include <sys/types.h>

struct servers {
	char  dir[64]; /* the instance */
	pid_t mysql, redis;
};

/* Makes the instance, and starts nothing.  NULL: it cannot be. */
struct servers *servers_new(void);

/* Starts one and waits until it answers; it may have been killed before. */
void servers_start_mysql(struct servers *);
void servers_start_redis(struct servers *);

/*
 * Makes the database "parley" with all migrations, in a MariaDB that runs:
 * 0, or -1, having said why.
 */
int servers_make_schema(const struct servers *);

/* Sends a signal; after SIGKILL or SIGTERM also waits for the end. */
void servers_signal_mysql(struct servers *, int signo);
void servers_signal_redis(struct servers *, int signo);

/*
 * Asks again and again until is_so says yes: true, or false when 10 s have
 * passed.
 */
bool eventually(bool (*is_so)(void *ctx), void *ctx);

/* Ends both and removes the directory. */
void servers_free(struct servers **);

#endif
