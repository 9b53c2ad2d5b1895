/* SPDX-License-Identifier: MIT */
/*
 * bus_contract.h -- What the bus promises, held against every adapter.
 *
 * A program's table has BUS_CONTRACT() and behind it what is its adapter's.
 */
#ifndef PARLEY_TESTS_BUS_CONTRACT_H
#define PARLEY_TESTS_BUS_CONTRACT_H

#include "bus_world.h"

#define BUS_TEST(prefix, set_up, test)                                \
	{                                                             \
		prefix #test, test, set_up, bus_world_tear_down, NULL \
	}

#define BUS_CONTRACT(p, s)                                                    \
	BUS_TEST(                                                             \
	    p, s, what_was_published_before_anybody_listened_is_handed_out),  \
	    BUS_TEST(p, s, one_key_keeps_its_order_and_fences_come_along),    \
	    BUS_TEST(p, s, what_is_sent_up_is_consumed_too),                  \
	    BUS_TEST(p, s, binary_and_empty_entries_come_as_they_are),        \
	    BUS_TEST(                                                         \
		p, s, after_a_rewind_what_is_not_done_comes_again_in_order),  \
	    BUS_TEST(p, s,                                                    \
		after_a_crash_what_was_in_hand_comes_first_and_in_order),     \
	    BUS_TEST(                                                         \
		p, s, another_node_takes_over_what_a_dead_one_had_in_hand),   \
	    BUS_TEST(p, s, what_waits_is_passed_by_others_and_not_forgotten), \
	    BUS_TEST(                                                         \
		p, s, two_nodes_share_the_shards_and_each_sees_only_its_own), \
	    BUS_TEST(p, s, who_leaves_is_followed_with_what_he_had_in_hand),  \
	    BUS_TEST(p, s, lost_is_what_is_gone_not_what_waits),              \
	    BUS_TEST(                                                         \
		p, s, while_the_bus_is_away_calls_end_and_then_all_goes_on)

void what_was_published_before_anybody_listened_is_handed_out(void **);
void one_key_keeps_its_order_and_fences_come_along(void **);
void what_is_sent_up_is_consumed_too(void **);
void binary_and_empty_entries_come_as_they_are(void **);
void after_a_rewind_what_is_not_done_comes_again_in_order(void **);
void after_a_crash_what_was_in_hand_comes_first_and_in_order(void **);
void another_node_takes_over_what_a_dead_one_had_in_hand(void **);
void what_waits_is_passed_by_others_and_not_forgotten(void **);
void two_nodes_share_the_shards_and_each_sees_only_its_own(void **);
void who_leaves_is_followed_with_what_he_had_in_hand(void **);
void lost_is_what_is_gone_not_what_waits(void **);
void while_the_bus_is_away_calls_end_and_then_all_goes_on(void **);

#endif
