/* SPDX-License-Identifier: MIT */
/*
 * hub_world.h -- The hub over real pipes; the test is Redis and deliver.
 *
 * What the hub sends to Redis is kept as text; what deliver would publish is
 * made by wire.h.  A device is the other ends of two pipes.
 */
#ifndef PARLEY_TESTS_HUB_WORLD_H
#define PARLEY_TESTS_HUB_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/bus.h"
#include "delivery/hub.h"
#include "delivery/up.h"
#include "delivery/wire.h"

enum { SAID_MAX = 512, EPOCH = 7 };

struct config;
struct loop;
struct token_keys;

struct world {
	struct config	  *config;
	struct loop	  *loop;
	struct token_keys *keys;
	struct hub	  *hub;
	struct arena	  *a;
	struct err	   e;
	uint64_t	   counter;	 /* of what deliver published */
	uint64_t	   shards;	 /* who starts tells each */
	struct up	   up[SAID_MAX]; /* what was sent up, and by which */
	char		   stream[SAID_MAX][BUS_NAME_MAX];
	size_t		   nup;
	bool		   is_deaf; /* Redis is away */
};

struct device {
	int	 in, out; /* the client's ends */
	uint64_t socket, request;
};

/* For cmocka: a hub of each test's own, which has heard of deliver. */
int hub_set_up(void **state);
int hub_tear_down(void **state);
#define HUB_TEST(name) \
	cmocka_unit_test_setup_teardown(name, hub_set_up, hub_tear_down)

/* Lets the hub do what there is to do. */
void run_for(struct world *, int64_t ms);

/* -- devices --------------------------------------------------------------- */

/* A good token. */
const char *bearer(struct world *, uint64_t user_id, uint64_t session_id);

/* By these headers: NAME=value, a NUL behind each; or by one. */
struct device open_headers(struct world *, const char *headers, size_t len);
struct device open_with(struct world *, const char *header, const char *value);

/* By a good token; and as one for whom deliver, asked, has no answer yet. */
struct device open_as(struct world *, uint64_t user_id, uint64_t session_id);
struct device connect_as(struct world *, uint64_t user_id, uint64_t session_id);

/* One that has caught up with nothing to catch up with. */
struct device be_live(struct world *, uint64_t user_id, uint64_t session_id);

void hang_up(struct world *, const struct device *);
void say(const struct device *, const char *text);

/* Everything that has come down by now; and has the hub hung up? */
const char *read_all(struct world *, const struct device *, bool *is_closed_r);

/* -- deliver --------------------------------------------------------------- */

/* The last of this kind that was sent up, or NULL. */
const struct up *last_up(struct world *, enum up_kind);

void from_deliver(struct world *, const struct wire_record *, size_t n);

/* To the device's last request; a message is "conv/seq". */
void answer(struct world *, const struct device *, enum wire_kind,
    uint64_t conv_id, uint64_t seq);

/* A message "conv/seq" for a user; of the world channel, for all. */
void live(struct world *, uint64_t user_id, uint64_t conv_id, uint64_t seq);
void live_for_all(struct world *, uint64_t conv_id, uint64_t seq);

#endif
