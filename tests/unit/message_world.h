/* SPDX-License-Identifier: MIT */
/*
 * message_world.h -- Four people and three conversations, on a real MariaDB.
 *
 * Ann talks to Bob, to Cyd (no contact), to Eve (who blocked her).
 */
#ifndef PARLEY_TESTS_MESSAGE_WORLD_H
#define PARLEY_TESTS_MESSAGE_WORLD_H

#include "base/arena.h"
#include "base/err.h"
#include "data/app.h"
#include "message/message.h"

enum { ANN = 1, BOB, CYD, EVE };
enum { WITH_BOB = 1, WITH_CYD, WITH_EVE, AT_ONCE_MAX = 8 };

struct world {
	struct app   *app;
	struct arena *a;
	struct err    e;
};

/* For cmocka: the people of a test; its group is servers_with_mysql(). */
int world_set_up(void **state);
int world_tear_down(void **state);

/* A connection of one's own to the same world. */
void world_open(struct world *);
void world_close(struct world *);

struct message_draft
draft(uint64_t sender, uint64_t conv, const char *client_id, const char *text);

/* So many messages, as many events; and so many with Bob. */
void assert_counts(struct world *, uint64_t messages, uint64_t with_bob);

/* n messages: numbers without a gap, times that rise, ids of their places. */
void assert_dense(struct world *, uint64_t conv, size_t n);

/*
 * Runs fn in n processes that start together, each with its own connection:
 * how many of them failed.
 */
int at_once(int n, int (*fn)(struct world *, int i));

#endif
