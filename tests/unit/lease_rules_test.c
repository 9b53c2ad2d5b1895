/* SPDX-License-Identifier: MIT */
/* lease_rules_test.c -- Who takes and who gives a shard: the rules alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "delivery/lease.h"
#include "delivery/lease_rules.h"

enum { SHARDS = 8 };

/* m mine, f free, o another's; what becomes of it: K, T, G. */
static void
decides(const char *before, size_t alive, const char *after)
{
	struct lease_row  row[SHARDS];
	enum lease_change change[SHARDS];
	size_t		  n = strlen(before), changes = 0;

	for (size_t i = 0; i < n; i++) {
		row[i] = (struct lease_row){.shard = (unsigned)i,
		    .is_mine = before[i] == 'm',
		    .is_free = before[i] == 'f'};
		changes += after[i] != 'K';
	}
	assert_int_equal(lease_decide(row, n, alive, change), changes);
	for (size_t i = 0; i < n; i++)
		assert_int_equal("KTG"[change[i]], after[i]);
}

static void
a_share_is_taken_and_the_surplus_given(void **state)
{
	static const struct {
		const char *before;
		size_t	    alive;
		const char *after;
	} table[] = {
	    {"ffffffff", 1, "TTTTTTTT"}, /* alone: everything */
	    {"ffffffff", 0, "TTTTTTTT"}, /* the count came too early */
	    {"ffffffff", 2, "TTTTKKKK"}, /* half is another's to take */
	    {"mmmmoooo", 2, "KKKKKKKK"}, /* fair */
	    {"mmmmmmmm", 2, "GGGGKKKK"}, /* somebody came */
	    {"mmmmffff", 1, "KKKKTTTT"}, /* somebody went */
	    {"mmmmffff", 2, "KKKKKKKK"}, /* that is for the other */
	    {"mmmmoooo", 3, "GKKKKKKK"}, /* a third came */
	    {"ooooffff", 1, "KKKKTTTT"}, /* another's is not taken */
	    {"oooooooo", 9, "KKKKKKKK"},
	    {"f", 3, "T"}, /* more daemons than shards */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		decides(table[i].before, table[i].alive, table[i].after);
}

static void
every_shard_finds_an_owner_and_none_changes_for_ever(void **state)
{
	(void)state;
	for (size_t people = 1; people <= 9; people++) {
		size_t owner[SHARDS] = {0}; /* 0: free; else who, from 1 */
		size_t changes = 1;

		for (int round = 0; changes > 0; round++) {
			assert_true(round < 10);
			changes = 0;
			for (size_t who = 1; who <= people; who++) {
				struct lease_row  row[SHARDS];
				enum lease_change to[SHARDS];

				for (unsigned s = 0; s < SHARDS; s++)
					row[s] = (struct lease_row){.shard = s,
					    .is_mine = owner[s] == who,
					    .is_free = owner[s] == 0};
				changes += lease_decide(
				    row, SHARDS, round == 0 ? 1 : people, to);
				for (unsigned s = 0; s < SHARDS; s++)
					if (to[s] != LEASE_KEEP)
						owner[s] = to[s] == LEASE_TAKE
							       ? who
							       : 0;
			}
		}
		for (unsigned s = 0; s < SHARDS; s++)
			assert_int_not_equal(owner[s], 0);
	}
}

static void
a_lower_fence_is_stale_and_none_is_not(void **state)
{
	(void)state;
	assert_true(lease_is_stale(4, 5));
	assert_false(lease_is_stale(5, 5));
	assert_false(lease_is_stale(6, 5));
	assert_false(lease_is_stale(0, 5));
	assert_true(lease_is_stale(UINT32_MAX, 3)); /* it went round */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_share_is_taken_and_the_surplus_given),
	    cmocka_unit_test(
		every_shard_finds_an_owner_and_none_changes_for_ever),
	    cmocka_unit_test(a_lower_fence_is_stale_and_none_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
