/* SPDX-License-Identifier: MIT */
/* bus_contract.c -- What the bus promises, whatever it runs on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "brokers.h"
#include "bus_contract.h"
#include "servers.h"

/* -- order ----------------------------------------------------------------- */

void
what_was_published_before_anybody_listened_is_handed_out(void **state)
{
	struct world *w = *state;

	publish(w, 1, "early");
	w->in[0] = join(w, node[0]);
	consume(w, 0, 1);
	assert_got(w, 0, "early");
	assert_true(w->got[0].is_again); /* by another, perhaps */
	assert_int_equal(w->got[0].shard, bus_shard(1, SHARDS));
}

void
one_key_keeps_its_order_and_fences_come_along(void **state)
{
	struct world	*w = *state;
	struct bus_entry batch[50];

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 50; i++) {
		batch[i] = entry_of(7, arena_printf(w->a, "%d", i));
		batch[i].fence = 3 + (i >= 25);
	}
	assert_int_equal(bus_publish(w->out, w->a, batch, 25, &w->e), 0);
	assert_int_equal(bus_publish(w->out, w->a, batch + 25, 25, &w->e), 0);
	consume(w, 0, 50);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(atoi(w->got[i].data), i);
		assert_int_equal(w->got[i].fence, 3 + (i >= 25));
		assert_memory_equal(&w->got[i].position, &batch[i].position,
		    sizeof(batch[i].position));
	}
}

void
what_is_sent_up_is_consumed_too(void **state)
{
	struct world	*w = *state;
	struct bus_entry up = {
	    .topic = BUS_UP, .shard = 2, .data = "up", .len = 2};

	w->in[0] = join(w, node[0]);
	assert_int_equal(bus_publish(w->out, w->a, &up, 1, &w->e), 0);
	consume(w, 0, 1);
	assert_int_equal(w->got[0].topic, BUS_UP);
	assert_int_equal(w->got[0].shard, 2);
	done(w, 0, 0, 1);
	forget(w);
	publish(w, 1, "event");
	assert_int_equal(bus_publish(w->out, w->a, &up, 1, &w->e), 0);
	consume(w, 0, 2);
}

void
binary_and_empty_entries_come_as_they_are(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(5, "");

	w->in[0] = join(w, node[0]);
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
	entry.data = "a\0b";
	entry.len = 3;
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), 0);
	consume(w, 0, 2);
	assert_int_equal(w->got[0].len, 0);
	assert_int_equal(w->got[1].len, 3);
	assert_memory_equal(w->got[1].data, "a\0b", 4);
}

/* -- at least once --------------------------------------------------------- */

void
after_a_rewind_what_is_not_done_comes_again_in_order(void **state)
{
	struct world *w = *state;

	w->in[0] = join(w, node[0]);
	publish(w, 7, "one");
	publish(w, 7, "two");
	publish(w, 7, "three");
	consume(w, 0, 3);
	done(w, 0, 1, 1);
	forget(w);
	publish(w, 7, "four");
	bus_rewind(w->in[0]);
	consume(w, 0, 3);
	assert_got(w, 0, "one");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
	assert_true(w->got[1].is_again);
	assert_got(w, 2, "four");
	done(w, 0, 0, 3);
	forget(w);
	bus_rewind(w->in[0]);
	publish(w, 7, "five");
	consume(w, 0, 1);
	assert_got(w, 0, "five");
}

void
after_a_crash_what_was_in_hand_comes_first_and_in_order(void **state)
{
	struct world *w = *state;

	publish(w, 7, "one");
	publish(w, 7, "two");
	publish(w, 7, "three");
	consume_and_die(3);
	publish(w, 7, "four");
	w->in[0] = join(w, node[0]);
	consume(w, 0, 3);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
	assert_got(w, 2, "four");
}

void
another_node_takes_over_what_a_dead_one_had_in_hand(void **state)
{
	struct world *w = *state;

	publish(w, 7, "one");
	publish(w, 7, "two");
	consume_and_die(2);
	publish(w, 7, "three");
	w->in[1] = join(w, node[1]);
	consume(w, 1, 2);
	assert_got(w, 0, "two");
	assert_true(w->got[0].is_again);
	assert_got(w, 1, "three");
}

void
what_waits_is_passed_by_others_and_not_forgotten(void **state)
{
	struct world *w = *state;
	unsigned      shard = bus_shard(7, SHARDS);
	uint64_t      other = 8;

	while (bus_shard(other, SHARDS) != shard)
		other++;
	w->in[0] = join(w, node[0]);
	publish(w, 7, "parked 1");
	publish(w, other, "flows 1");
	publish(w, 7, "parked 2");
	consume(w, 0, 3);
	done(w, 0, 1, 1);
	forget(w);
	for (int i = 2; i < 200; i++) {
		publish(w, other, arena_printf(w->a, "flows %d", i));
		consume(w, 0, 1);
		assert_got(w, 0, arena_printf(w->a, "flows %d", i));
		done(w, 0, 0, 1);
		forget(w);
	}
	bus_rewind(w->in[0]);
	consume(w, 0, 2);
	assert_got(w, 0, "parked 1");
	assert_got(w, 1, "parked 2");
	forget(w);
	bus_free(&w->in[0]);
	w->in[0] = join(w, node[0]);
	for (int64_t end = now_ms() + PATIENCE_MS; w->n == 0;) {
		assert_int_equal(once(w, 0), 0);
		assert_true(now_ms() < end);
	}
	assert_got(w, 0, "parked 1");
}

/* -- several nodes --------------------------------------------------------- */

/* Redis' shards go by leases; Kafka's go by themselves. */
static void
share(struct world *w, bool second_too)
{
	for (unsigned s = 0; s < SHARDS; s++)
		for (int who = 0; who < NODES; who++)
			if (w->in[who] != NULL &&
			    !bus_assigns(w->in[who], BUS_EVENTS))
				bus_own(w->in[who], BUS_EVENTS, s,
				    !second_too || (int)(s % 2) == who);
}

static unsigned
owned(const struct bus *bus)
{
	unsigned n = 0;

	for (unsigned s = 0; s < SHARDS; s++)
		n += bus_owns(bus, BUS_EVENTS, s);
	return n;
}

static void
await_shares(struct world *w)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (owned(w->in[0]) != SHARDS / 2 || owned(w->in[1]) != SHARDS / 2) {
		(void)once(w, 0);
		(void)once(w, 1);
		if (now_ms() > end)
			fail_msg("%u and %u", owned(w->in[0]), owned(w->in[1]));
	}
}

void
two_nodes_share_the_shards_and_each_sees_only_its_own(void **state)
{
	struct world *w = *state;
	int64_t	      end;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	share(w, true);
	await_shares(w);
	assert_int_equal(w->n, 0);
	for (uint64_t key = 1; key <= 40; key++)
		publish(w, key, arena_printf(w->a, "%d", (int)key));
	end = now_ms() + PATIENCE_MS;
	while (w->n < 40) {
		for (int who = 0; who < NODES; who++) {
			size_t from = w->n;

			assert_int_equal(once(w, who), 0);
			for (size_t i = from; i < w->n; i++)
				assert_true(bus_owns(
				    w->in[who], BUS_EVENTS, w->got[i].shard));
			done(w, who, from, w->n - from);
		}
		assert_true(now_ms() < end);
	}
	assert_int_equal(w->n, 40); /* and none twice */
}

void
who_leaves_is_followed_with_what_he_had_in_hand(void **state)
{
	struct world *w = *state;
	size_t	      seen = 0;

	w->in[0] = join(w, node[0]);
	w->in[1] = join(w, node[1]);
	share(w, true);
	await_shares(w);
	for (uint64_t key = 1; key <= 20; key++)
		publish(w, key, "x");
	for (int64_t end = now_ms() + 500; now_ms() < end;)
		assert_int_equal(once(w, 1), 0); /* takes, and does nothing */
	seen = w->n;
	assert_true(seen > 0 && seen < 20);
	forget(w);
	bus_free(&w->in[1]);
	share(w, false);
	consume(w, 0, 20);
}

/* -- loss, absence --------------------------------------------------------- */

void
lost_is_what_is_gone_not_what_waits(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry[3];

	w->in[0] = join(w, node[0]);
	for (int i = 0; i < 3; i++)
		entry[i] = entry_of(7, "x");
	assert_int_equal(bus_publish(w->out, w->a, entry, 2, &w->e), 0);
	consume(w, 0, 2);
	done(w, 0, 0, 1);
	assert_int_equal(bus_publish(w->out, w->a, entry + 2, 1, &w->e), 0);
	for (int64_t end = now_ms() + PATIENCE_MS; !entry[0].is_lost;) {
		(void)once(w, 0); /* done may take a second to be known */
		assert_int_equal(bus_lost(w->out, w->a, entry, 3, &w->e), 0);
		assert_true(now_ms() < end);
	}
	assert_false(entry[1].is_lost); /* taken, and not done with */
	assert_false(entry[2].is_lost); /* its turn is to come */
	entry[2].position.major += 1;	/* there never was such a one */
	entry[2].position.minor += 1000;
	assert_int_equal(bus_lost(w->out, w->a, entry + 2, 1, &w->e), 0);
	assert_true(entry[2].is_lost);
}

static void
go_away(bool is_away)
{
	if (brokers != NULL)
		brokers_away(brokers, is_away);
	else
		servers_signal_redis(servers, is_away ? SIGSTOP : SIGCONT);
}

void
while_the_bus_is_away_calls_end_and_then_all_goes_on(void **state)
{
	struct world	*w = *state;
	struct bus_entry entry = entry_of(7, "again and again");
	int64_t		 start, end;

	w->in[0] = join(w, node[0]);
	publish(w, 7, "before");
	consume(w, 0, 1);
	done(w, 0, 0, 1);
	forget(w);
	go_away(true);
	start = now_ms();
	assert_int_equal(bus_publish(w->out, w->a, &entry, 1, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	(void)once(w, 0);
	assert_true(now_ms() - start < PATIENCE_MS);
	go_away(false);
	end = now_ms() + PATIENCE_MS;
	err_clear(&w->e);
	while (bus_publish(w->out, w->a, &entry, 1, &w->e) == -1) {
		err_clear(&w->e);
		assert_true(now_ms() < end);
	}
	publish(w, 7, "after");
	while (w->n == 0 || strcmp(w->got[w->n - 1].data, "after") != 0) {
		if (once(w, 0) == -1)
			err_clear(&w->e);
		assert_true(now_ms() < end);
	}
	for (size_t i = 0; i + 1 < w->n; i++)
		assert_string_not_equal(w->got[i].data, "after");
}
