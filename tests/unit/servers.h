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
#include <stdint.h>
#include <sys/types.h>

struct db;
struct err;

struct servers {
	char  dir[64]; /* the instance */
	pid_t mysql, redis;
};

/* Makes the instance and starts nothing; the program is one of ours now. */
struct servers *servers_new(void);

/* Starts one and waits until it answers; it may have been killed before. */
void servers_start_mysql(struct servers *);
void servers_start_redis(struct servers *);

/*
 * Makes the database "parley", in a MariaDB that runs, as this says: 0, or -1,
 * having said why.
 */
int
servers_make(const struct servers *, int (*make)(struct db *, struct err *));

/* Sends a signal, and waits until SIGKILL, SIGTERM or SIGSTOP has worked. */
void servers_signal_mysql(struct servers *, int signo);
void servers_signal_redis(struct servers *, int signo);

/*
 * Asks again and again until is_so says yes: true, or false when 30 s have
 * passed.
 */
bool eventually(bool (*is_so)(void *ctx), void *ctx);

/*
 * What the deed itself takes, whatever else a busy machine does in between: how
 * often it waited for anything, and the processor's time.
 */
struct cost {
	long	waits;
	int64_t cpu_us;
};
struct cost cost_of(void (*deed)(void *ctx), void *ctx);

/* Ends both and removes the directory. */
void servers_free(struct servers **);

/*
 * The servers of this program.  For cmocka, of a group: as the name says, with
 * all migrations in MariaDB; and the end of whatever there is.
 */
extern struct servers *servers;

int servers_with_mysql(void **state);
int servers_with_redis(void **state);
int servers_with_both(void **state);
int servers_end(void **state);

#endif
