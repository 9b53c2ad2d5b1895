/* SPDX-License-Identifier: MIT */
/* conversation_rules_test.c -- The tables of lib/conversation/rules.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "conversation/rules.h"

static const char *
expected(const struct conversation_pair *p)
{
	if (p->is_self)
		return "invalid";
	if (p->bond.is_blocked)
		return "blocked";
	if (!p->may_find)
		return "not_found";
	return p->bond.is_contact || p->is_open_house ? NULL : "not_a_contact";
}

static void
opening_follows_the_table(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 32; n++) {
		struct conversation_pair p = {.is_self = n & 1,
		    .may_find = n & 2,
		    .bond.is_blocked = n & 4,
		    .bond.is_contact = n & 8,
		    .is_open_house = n & 16};
		struct err		 e = {0};
		int			 rc = conversation_may_open(&p, &e);

		assert_int_equal(rc, expected(&p) == NULL ? 0 : -1);
		if (rc == -1)
			assert_string_equal(e.code, expected(&p));
	}
}

static void
only_what_was_said_can_be_read(void **state)
{
	struct conversation c = {.last_seq = 5, .read_seq = 2};
	struct err	    e = {0};

	(void)state;
	for (uint64_t seq = 0; seq <= 5; seq++)
		assert_int_equal(conversation_may_read(&c, seq, &e), 0);
	assert_int_equal(conversation_may_read(&c, 6, &e), -1);
	assert_string_equal(e.fields[0].field, "seq");
	assert_int_equal(conversation_may_read(&c, UINT64_MAX, &e), -1);
}

static void
unread_is_what_came_after_reading_and_emptying(void **state)
{
	/* last, read, cleared, unread */
	static const uint64_t table[][4] = {{0, 0, 0, 0}, {5, 0, 0, 5},
	    {5, 2, 0, 3}, {5, 5, 0, 0}, {5, 2, 5, 0}, {7, 2, 5, 2},
	    {7, 6, 5, 1}, {0, 3, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct conversation c = {.last_seq = table[i][0],
		    .read_seq = table[i][1],
		    .cleared_seq = table[i][2]};

		assert_int_equal(conversation_unread(&c), table[i][3]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opening_follows_the_table),
	    cmocka_unit_test(only_what_was_said_can_be_read),
	    cmocka_unit_test(unread_is_what_came_after_reading_and_emptying),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
