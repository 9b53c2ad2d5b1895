/* SPDX-License-Identifier: MIT */
/* lease_test.c -- One owner a shard, by the table in MariaDB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/lease.h"
#include "servers.h"

/* A life that no busy machine outlasts, and one that ends while we wait. */
enum { SHARDS = 8, LIFE_MS = 60000, SHORT_LIFE_MS = 1500 };

struct world {
	struct app   *app;
	struct lease *one, *two;
	struct err    e;
};

static int
set_up_for(void **state, int life_ms)
{
	char			    life[16];
	static const struct db_stmt clear[] = {{"DELETE FROM lease", "", NULL},
	    {"DELETE FROM lease_holder", "", NULL}};
	struct world		   *w = calloc(1, sizeof(*w));

	(void)snprintf(life, sizeof(life), "%d", life_ms);
	setenv("PARLEY_LEASE_LIFE_MS", life, 1);
	assert_int_equal(app_open(&w->app, "relay", servers->dir, &w->e), 0);
	log_open("lease_test", LOG_LEVEL_ERROR);
	for (size_t i = 0; i < 2; i++)
		assert_int_not_equal(db_exec(w->app->db, &clear[i], &w->e), -1);
	w->one = lease_new(w->app, LEASE_RELAY, "one", SHARDS);
	w->two = lease_new(w->app, LEASE_RELAY, "two", SHARDS);
	*state = w;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_for(state, LIFE_MS);
}

static int
set_up_short_lived(void **state)
{
	return set_up_for(state, SHORT_LIFE_MS);
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	lease_free(&w->one);
	lease_free(&w->two);
	app_close(&w->app);
	free(w);
	return 0;
}

static void
step(struct world *w, struct lease *l)
{
	assert_int_equal(lease_step(l, &w->e), 0);
}

static unsigned
held(const struct lease *l)
{
	unsigned n = 0;

	for (unsigned s = 0; s < SHARDS; s++)
		n += lease_holds(l, s);
	return n;
}

static bool
is_over(void *ctx)
{
	return !lease_is_valid(ctx);
}

static void
alone_one_owns_all_with_a_fence(void **state)
{
	struct world *w = *state;

	assert_int_equal(held(w->one), 0);
	assert_int_equal(lease_due_ms(w->one), 0);
	step(w, w->one);
	assert_int_equal(held(w->one), SHARDS);
	assert_in_range(lease_due_ms(w->one), 1, LIFE_MS / 3);
	for (unsigned s = 0; s < SHARDS; s++)
		assert_int_equal(lease_fence(w->one, s), 1);
	step(w, w->one); /* to renew changes no hands */
	for (unsigned s = 0; s < SHARDS; s++)
		assert_int_equal(lease_fence(w->one, s), 1);
}

static void
a_second_gets_its_share_without_waiting_for_an_end(void **state)
{
	struct world *w = *state;

	step(w, w->one);
	step(w, w->two);
	assert_int_equal(held(w->two), 0);
	step(w, w->one); /* gives */
	step(w, w->two); /* takes */
	assert_int_equal(held(w->one), SHARDS / 2);
	assert_int_equal(held(w->two), SHARDS / 2);
	for (unsigned s = 0; s < SHARDS; s++) {
		assert_true(lease_holds(w->one, s) != lease_holds(w->two, s));
		if (lease_holds(w->two, s))
			assert_int_equal(lease_fence(w->two, s), 2);
	}
}

static void
the_dead_are_followed_and_learn_it_when_they_wake(void **state)
{
	struct world *w = *state;

	step(w, w->one);
	step(w, w->two);
	assert_int_equal(held(w->two), 0); /* one lives */
	assert_true(eventually(is_over, w->one));
	assert_int_equal(held(w->one), 0); /* by its own clock, before … */
	do
		step(w, w->two); /* … the others' */
	while (held(w->two) == 0);
	assert_int_equal(held(w->two), SHARDS);
	for (unsigned s = 0; s < SHARDS; s++)
		assert_int_equal(lease_fence(w->two, s), 2);
	step(w, w->one);
	assert_int_equal(held(w->one), 0);
	step(w, w->two);
	step(w, w->one);
	assert_int_equal(held(w->one), SHARDS / 2);
	for (unsigned s = 0; s < SHARDS; s++)
		if (lease_holds(w->one, s))
			assert_int_equal(lease_fence(w->one, s), 3);
}

static void
who_starts_again_has_its_own_at_once_with_a_higher_fence(void **state)
{
	struct world *w = *state;
	struct lease *again = lease_new(w->app, LEASE_RELAY, "one", SHARDS);

	step(w, w->one);
	step(w, again); /* the first was killed: nothing was given back */
	assert_int_equal(held(again), SHARDS);
	for (unsigned s = 0; s < SHARDS; s++)
		assert_int_equal(lease_fence(again, s), 2);
	/* If it was not killed after all: it does not fight back. */
	step(w, w->one);
	assert_int_equal(held(w->one), 0);
	step(w, again);
	assert_int_equal(held(again), SHARDS);
	lease_free(&again);
}

static void
who_ends_in_order_leaves_everything_at_once(void **state)
{
	struct world *w = *state;

	step(w, w->one);
	step(w, w->two);
	lease_free(&w->one);
	step(w, w->two);
	assert_int_equal(held(w->two), SHARDS);
}

struct waiting {
	struct world *w;
	unsigned      held;
};

/* Both look as they would all the time. */
static bool
one_holds(void *ctx)
{
	struct waiting *at = ctx;

	step(at->w, at->w->one);
	step(at->w, at->w->two);
	return held(at->w->one) == at->held &&
	       held(at->w->two) == SHARDS - at->held;
}

static void
who_cannot_work_for_a_moment_keeps_its_shards(void **state)
{
	struct waiting at = {*state, SHARDS / 2};
	struct world  *w = *state;

	assert_true(eventually(one_holds, &at));
	lease_can_work(w->one, false);
	assert_true(one_holds(&at));
}

static void
who_cannot_work_for_long_steps_aside_until_it_can(void **state)
{
	struct waiting at = {*state, SHARDS / 2};
	struct world  *w = *state;

	assert_true(eventually(one_holds, &at));
	lease_can_work(w->one, false);
	at.held = 0;
	assert_true(eventually(one_holds, &at));
	lease_can_work(w->one, true);
	at.held = SHARDS / 2;
	assert_true(eventually(one_holds, &at));
}

static void
who_is_alone_keeps_what_it_cannot_do(void **state)
{
	struct world *w = *state;

	step(w, w->one);
	lease_can_work(w->one, false);
	for (int i = 0; i < 2; i++) { /* for longer than a life */
		assert_true(eventually(is_over, w->one));
		step(w, w->one);
	}
	assert_int_equal(held(w->one), SHARDS);
}

static void
who_renews_in_a_hurry_stays(void **state)
{
	enum { TIMES = 50 }; /* several in some millisecond */
	struct world *w = *state;

	for (int i = 0; i < TIMES; i++) {
		step(w, w->one);
		assert_int_equal(held(w->one), SHARDS);
	}
	for (unsigned s = 0; s < SHARDS; s++)
		assert_int_equal(lease_fence(w->one, s), 1);
}

static void
roles_do_not_meet(void **state)
{
	struct world *w = *state;
	struct lease *other = lease_new(w->app, LEASE_DELIVER, "one", SHARDS);

	step(w, w->one);
	step(w, other);
	assert_int_equal(held(w->one), SHARDS);
	assert_int_equal(held(other), SHARDS);
	lease_free(&other);
}

static void
a_claim_is_granted_whoever_had_it(void **state)
{
	struct world *w = *state;
	struct lease *a = lease_new(w->app, LEASE_EVENTS, "one", SHARDS);
	struct lease *b = lease_new(w->app, LEASE_EVENTS, "two", SHARDS);

	assert_int_equal(lease_claim(a, 3, &w->e), 0);
	assert_true(lease_holds(a, 3));
	assert_int_equal(lease_fence(a, 3), 1);
	assert_int_equal(lease_claim(b, 3, &w->e), 0);
	assert_int_equal(lease_fence(b, 3), 2);
	lease_drop(a, 3);
	assert_false(lease_holds(a, 3));
	lease_free(&a);
	lease_free(&b);
}

static void
without_the_database_leases_last_to_their_deadline(void **state)
{
	struct world *w = *state;

	step(w, w->one);
	servers_signal_mysql(servers, SIGSTOP);
	assert_int_equal(held(w->one), SHARDS);
	assert_true(eventually(is_over, w->one));
	assert_int_equal(held(w->one), 0);
	servers_signal_mysql(servers, SIGCONT);
	while (lease_step(w->one, &w->e) == -1)
		(void)poll(NULL, 0, 10);
	assert_int_equal(held(w->one), SHARDS);
}

static void
none_holds_everything_unfenced(void **state)
{
	(void)state;
	assert_true(lease_holds(NULL, 3));
	assert_true(lease_is_valid(NULL));
	assert_int_equal(lease_fence(NULL, 3), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_OF_END(name) \
	cmocka_unit_test_setup_teardown(name, set_up_short_lived, tear_down)

/*
 * The database's clock was set back by an hour: who lives renews by it, the
 * dead would have lasted for an hour more.
 */
static void
a_clock_that_was_set_back_keeps_the_dead_no_longer(void **state)
{
	static const struct db_stmt back = {
	    "UPDATE lease_holder SET expires_at = expires_at + 3600000", "",
	    NULL};
	struct world *w = *state;

	step(w, w->one);
	step(w, w->two);
	step(w, w->one);
	step(w, w->two);
	assert_int_equal(held(w->one), SHARDS / 2);
	assert_int_not_equal(db_exec(w->app->db, &back, &w->e), -1);
	step(w, w->two); /* lives, and finds one dead */
	step(w, w->two);
	assert_int_equal(held(w->two), SHARDS);
	step(w, w->one); /* lives after all: finds out, and begins anew */
	step(w, w->two);
	step(w, w->one);
	assert_int_equal(held(w->one), SHARDS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(none_holds_everything_unfenced),
	    TEST(alone_one_owns_all_with_a_fence),
	    TEST(a_second_gets_its_share_without_waiting_for_an_end),
	    TEST_OF_END(the_dead_are_followed_and_learn_it_when_they_wake),
	    TEST(who_starts_again_has_its_own_at_once_with_a_higher_fence),
	    TEST(who_ends_in_order_leaves_everything_at_once),
	    TEST(who_cannot_work_for_a_moment_keeps_its_shards),
	    TEST_OF_END(who_cannot_work_for_long_steps_aside_until_it_can),
	    TEST_OF_END(who_is_alone_keeps_what_it_cannot_do),
	    TEST(who_renews_in_a_hurry_stays),
	    TEST(roles_do_not_meet),
	    TEST(a_clock_that_was_set_back_keeps_the_dead_no_longer),
	    TEST(a_claim_is_granted_whoever_had_it),
	    TEST_OF_END(without_the_database_leases_last_to_their_deadline),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
