/* SPDX-License-Identifier: MIT */
/*
 * app.h -- What a use case is handed: the instance's settings and engines.
 *
 * One per process.  Connections are made when first used and made again when
 * lost, so that a program starts, and says what is wrong, without its engines.
 */
#ifndef PARLEY_DATA_APP_H
#define PARLEY_DATA_APP_H

#include <stddef.h>

struct config;
struct db;
struct err;
struct redis;

/*
 * What a context keeps for the life of the process (keys it has loaded, what
 * it remembers between requests).  app_close() releases it.
 */
enum app_keeper { APP_ACCOUNT, APP_POLICY, APP_WRITER, APP_TALK, APP_KEEPERS };

struct app_kept {
	void *state;
	void (*release)(void *state); /* NULL: nothing is kept */
};

struct app {
	const struct config *config;
	const char	    *program; /* its MariaDB user and log name */
	struct db	    *db;
	struct redis	    *redis;
	int		     nudge_fd; /* to the relay; see delivery/outbox.h */
	struct app_kept	     kept[APP_KEEPERS];
};

/*
 * Loads the settings of instance (NULL: $PARLEY_INSTANCE), opens log and
 * metrics, and prepares, without connecting, MariaDB and Redis.
 */
int app_open(
    struct app **, const char *program, const char *instance, struct err *);
void app_close(struct app **);

#endif
