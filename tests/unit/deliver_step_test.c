/* SPDX-License-Identifier: MIT */
/*
 * deliver_step_test.c -- Steps that fail, or come late: nothing is forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "data/db.h"
#include "data/redis.h"
#include "delivery/deliver_private.h"
#include "delivery/lease.h"
#include "presence/keys.h"
#include "relay_world.h"
#include "servers.h"

#define LIFE_MS "1500" /* it ends while we wait */

static int
set_up(void **state)
{
	setenv("PARLEY_LEASE_LIFE_MS", LIFE_MS, 1);
	return relay_set_up(state);
}

static uint64_t
rows(struct world *w)
{
	static const struct db_stmt all = {
	    "SELECT COUNT(*) FROM outbox", "", "u"};
	struct db_rows rows;

	assert_int_equal(db_query(w->app->db, &all, w->a, &rows, &w->e), 0);
	return db_u(&rows, 0, 0);
}

static bool
is_over(void *ctx)
{
	return !lease_is_valid(ctx);
}

struct working {
	struct world   *w;
	struct deliver *d;
};

static bool
has_finished(void *ctx)
{
	struct working *at = ctx;

	assert_int_equal(deliver_step(at->d, 0, &at->w->e), 0);
	return rows(at->w) == 0;
}

/* Its leases are its own again, with the same fence: nobody else was there. */
static void
what_was_handled_when_the_leases_ran_out_is_finished(void **state)
{
	struct world  *w = *state;
	struct lease  *lease = lease_new(w->app, LEASE_DELIVER, "n1", 8);
	struct working at = {w, deliver_new(w->app, w->bus)};

	deliver_lease(at.d, lease, NULL);
	run(w, "INSERT INTO outbox (id, key_id, audience, users, frame, "
	       "created_at) VALUES (1, 7, 2, '9', '{}', 0)");
	assert_int_equal(relay_wake(w->relay, &w->e), 1);
	assert_int_equal(deliver_step(at.d, 0, &w->e), 0);
	assert_int_equal(rows(w), 1);
	assert_true(eventually(is_over, lease));
	assert_true(eventually(has_finished, &at));
	deliver_free(&at.d);
	lease_free(&lease);
}

/* A bus that finds itself emptied, and breaks off over it. */
static int
break_off(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	(void)a;
	(void)wait_ms;
	(void)entries_r;
	(void)n_r;
	if (bus->is_failing)
		return 0;
	*is_emptied_r = true;
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "it is gone again");
}

static void
start_anew(struct bus *bus)
{
	(void)bus;
}

static void
that_the_bus_was_emptied_is_told_when_it_works_again(void **state)
{
	const struct bus_driver broken = {
	    .consume = break_off, .rewind = start_anew};
	struct world	  *w = *state;
	struct bus	   bus = {.driver = &broken, .shards = 8};
	struct deliver	  *d = deliver_new(w->app, &bus);
	struct redis	  *hub;
	struct redis_reply said;
	struct wire_reader reader;
	struct wire_record record;

	assert_int_equal(redis_new(&hub, w->app->config, &w->e), 0);
	redis_queue(hub, "SUBSCRIBE " PRESENCE_NODES);
	assert_int_equal(redis_begin(hub, 2000, &w->e), 0);
	assert_int_equal(redis_end(hub, w->a, 1, &said, &w->e), 0);
	assert_int_equal(deliver_step(d, 0, &w->e), -1);
	assert_int_equal(deliver_step(d, 0, &w->e), 0);
	assert_int_equal(redis_end(hub, w->a, 1, &said, &w->e), 0);
	assert_int_equal(
	    wire_open(&reader, said.element[2].str, said.element[2].len), 0);
	assert_int_equal(wire_next(&reader, &record), 1);
	assert_int_equal(record.kind, WIRE_RESYNC);
	deliver_free(&d);
	redis_free(&hub);
}

/* A bus on which hubs have said one thing since; NULL: it was emptied. */
static const char *sent_up;

static int
consume_one(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	static struct bus_entry entry = {.topic = BUS_UP};

	(void)bus;
	(void)a;
	(void)wait_ms;
	(void)e;
	*is_emptied_r = sent_up == NULL;
	if (sent_up == NULL)
		return 0;
	entry.data = sent_up;
	entry.len = strlen(sent_up);
	*entries_r = &entry;
	*n_r = 1;
	return 0;
}

static int
done_with(struct bus *bus, struct arena *a, const struct bus_entry *entries,
    size_t n, struct err *e)
{
	(void)bus;
	(void)a;
	(void)entries;
	(void)n;
	(void)e;
	return 0;
}

static void
say(struct world *w, struct deliver *d, const char *text)
{
	sent_up = text;
	assert_int_equal(deliver_step(d, 0, &w->e), 0);
}

/*
 * Where Redis was emptied, a node's users look away until it has announced
 * them: who asks at another before that would be told so, and never again.
 */
static void
nobody_is_told_of_presence_before_all_nodes_are_back(void **state)
{
	const struct bus_driver one = {
	    .consume = consume_one, .done = done_with, .rewind = start_anew};
	struct world   *w = *state;
	struct bus	bus = {.driver = &one, .shards = 8};
	struct deliver *d = deliver_new(w->app, &bus);

	say(w, d, "started n1");
	say(w, d, "started n2");
	say(w, d, "replay n1 1 1 7 2 0 0 0 0");
	assert_false(deliver_is_asked(d));
	say(w, d, NULL);
	say(w, d, "started n1");
	say(w, d, "replay n1 1 2 7 2 0 0 0 0");
	assert_true(deliver_is_asked(d));
	say(w, d, "started n2");
	assert_false(deliver_is_asked(d));
	/* One that does not come back is not waited for for long. */
	say(w, d, NULL);
	say(w, d, "replay n1 1 3 7 2 0 0 0 0");
	assert_true(deliver_is_asked(d));
	assert_in_range(deliver_nodes_awaited_ms(d), 1, 2000);
	d->emptied_us -= 2000000;
	say(w, d, "started n1");
	assert_false(deliver_is_asked(d));
	deliver_free(&d);
}

#define STEP_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, relay_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    STEP_TEST(what_was_handled_when_the_leases_ran_out_is_finished),
	    STEP_TEST(that_the_bus_was_emptied_is_told_when_it_works_again),
	    STEP_TEST(nobody_is_told_of_presence_before_all_nodes_are_back),
	};

	return cmocka_run_group_tests_name(
	    "deliver_step", tests, servers_with_both, servers_end);
}
