/* SPDX-License-Identifier: MIT */
/* db_world.h -- A table of things on a real MariaDB, for tests of lib/data. */
#ifndef PARLEY_TESTS_DB_WORLD_H
#define PARLEY_TESTS_DB_WORLD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"

extern const struct db_stmt stmts[];

enum {
	INSERT,
	BY_ID,
	NAMES,
	LISTED,
	BUMP,
	SLEEP,
	SESSION,
	CLEAR,
	COUNT,
	TWO_ROWS,
	KILL,
	PAIRS,
	LOCK,
	RETURNING,
	STATEMENTS
};

struct config;

struct world {
	struct config *config;
	struct db     *db;
	struct arena  *a;
	struct err     e;
	struct db_rows rows;
};

/* For cmocka: of a group, whose end is servers_end(); of each test. */
int things_start(void **state);
int things_set_up(void **state);
int things_tear_down(void **state);
#define DB_TEST(name) \
	cmocka_unit_test_setup_teardown(name, things_set_up, things_tear_down)

/* Makes a thing: its id.  How many there are. */
uint64_t add(struct world *, const char *name, int64_t number);
uint64_t count(struct world *);

#endif
