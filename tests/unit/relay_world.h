/* SPDX-License-Identifier: MIT */
/* relay_world.h -- A relay between a real MariaDB and a real Redis. */
#ifndef PARLEY_TESTS_RELAY_WORLD_H
#define PARLEY_TESTS_RELAY_WORLD_H

#include "base/arena.h"
#include "base/err.h"
#include "data/app.h"
#include "data/bus.h"
#include "delivery/relay.h"

struct world {
	struct app   *app;
	struct bus   *bus;
	struct relay *relay;
	struct arena *a;
	struct err    e;
};

/* For cmocka: of a test, with nothing in outbox and bus. */
int relay_set_up(void **state);
int relay_tear_down(void **state);
#define RELAY_TEST(name) \
	cmocka_unit_test_setup_teardown(name, relay_set_up, relay_tear_down)

void run(struct world *, const char *sql);

#endif
