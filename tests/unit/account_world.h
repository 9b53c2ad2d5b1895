/* SPDX-License-Identifier: MIT */
/*
 * account_world.h -- A user on a real MariaDB and Redis, and a program with no
 * more rights than that of accounts has.
 */
#ifndef PARLEY_TESTS_ACCOUNT_WORLD_H
#define PARLEY_TESTS_ACCOUNT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "account/account.h"
#include "account/session.h"
#include "base/arena.h"
#include "base/err.h"
#include "data/app.h"
#include "data/db.h"

#define PASSWORD "correct horse battery staple"

struct world {
	struct app   *app;
	struct db    *root; /* may do everything */
	struct arena *a;
	struct err    e;
	struct user   user; /* nobody had it before: tests do not meet */
};

extern const struct session_origin phone, browser;

/* For cmocka: of a group, and of each test. */
int accounts_start(void **state);
int accounts_stop(void **state);
int account_set_up(void **state);
int account_tear_down(void **state);
#define ACCOUNT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, account_set_up, account_tear_down)

struct session_grant log_in(struct world *, const struct session_origin *);
bool		     is_alive(struct world *, const struct session_grant *);

/* The number that a query with one argument gives. */
uint64_t number(struct world *, const char *sql, uint64_t arg);

#endif
