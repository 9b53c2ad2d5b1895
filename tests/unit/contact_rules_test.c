/* SPDX-License-Identifier: MIT */
/* contact_rules_test.c -- The truth tables of lib/contact/rules.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "contact/rules.h"

enum { ME = 1, THEM = 2, EVE = 3 };

/* Every combination of what can stand between two people. */
struct case_of {
	struct contact_bond bond;
	bool		    exists, is_hidden;
};

static struct case_of
case_number(unsigned n)
{
	return (struct case_of){
	    .bond = {.is_contact = n & 1,
		.blocked_by_me = n & 2,
		.blocked_by_them = n & 4,
		.request_id = n & 8 ? 7 : 0,
		.request_is_mine = (n & 8) && (n & 16),
		.remark = ""},
	    .exists = n & 32,
	    .is_hidden = n & 64,
	};
}
enum { CASES = 128 };

/* The rule again, in the words of the contract. */
static const char *
expected(const struct case_of *c)
{
	const struct contact_bond *b = &c->bond;

	if (c->exists && (b->blocked_by_me || b->blocked_by_them))
		return "blocked";
	if (!c->exists)
		return "not_found";
	if (c->is_hidden && !b->is_contact && b->request_id == 0)
		return "not_found";
	if (b->is_contact || (b->request_id != 0 && b->request_is_mine))
		return "conflict";
	return b->request_id != 0 ? "accepts" : "opens";
}

static void
asking_follows_the_table(void **state)
{
	(void)state;
	for (unsigned n = 0; n < CASES; n++) {
		struct case_of	    c = case_number(n);
		struct err	    e = {0};
		enum contact_asking got =
		    contact_may_ask(&c.bond, c.exists, c.is_hidden, &e);
		const char *said = got == ASKING_OPENS	   ? "opens"
				   : got == ASKING_ACCEPTS ? "accepts"
							   : e.code;

		assert_string_equal(said, expected(&c));
	}
}

static void
who_blocks_or_hides_is_not_found(void **state)
{
	(void)state;
	for (unsigned n = 0; n < CASES; n++) {
		struct case_of c = case_number(n);

		assert_int_equal(contact_may_find(&c.bond, c.is_hidden),
		    !c.bond.blocked_by_them &&
			(!c.is_hidden || c.bond.is_contact ||
			    c.bond.request_id != 0));
	}
}

static void
only_the_right_one_decides_and_only_once(void **state)
{
	static const enum contact_status outcomes[] = {
	    CONTACT_ACCEPTED, CONTACT_REJECTED, CONTACT_CANCELLED};
	static const uint64_t everybody[] = {ME, THEM, EVE};

	(void)state;
	for (int s = CONTACT_PENDING; s <= CONTACT_EXPIRED; s++)
		for (int o = 0; o < 3; o++)
			for (int w = 0; w < 3; w++) {
				struct contact_request r = {
				    .from_id = ME, .to_id = THEM, .status = s};
				uint64_t   who = everybody[w];
				struct err e = {0};
				bool	   is_right =
				    who == (outcomes[o] == CONTACT_CANCELLED
						   ? ME
						   : THEM);
				int rc = contact_may_decide(
				    &r, who, outcomes[o], -1, &e);

				if (!is_right)
					assert_string_equal(
					    e.code, "not_found");
				else if (s != CONTACT_PENDING)
					assert_string_equal(e.code, "conflict");
				else
					assert_int_equal(rc, 0);
			}
}

static void
nobody_decides_what_is_over(void **state)
{
	const int64_t		     since = 1000;
	const struct contact_request old = {
	    .created_ms = since, .from_id = ME, .to_id = THEM};
	const struct contact_request young = {
	    .created_ms = since + 1, .from_id = ME, .to_id = THEM};
	struct err e = {0};

	(void)state;
	assert_true(contact_is_overdue(&old, since));
	assert_false(contact_is_overdue(&young, since));
	assert_int_equal(
	    contact_may_decide(&young, THEM, CONTACT_ACCEPTED, since, &e), 0);
	assert_int_equal(
	    contact_may_decide(&old, THEM, CONTACT_ACCEPTED, since, &e), -1);
	assert_string_equal(e.code, "conflict");
	assert_int_equal(
	    contact_may_decide(&old, ME, CONTACT_CANCELLED, since, &e), -1);
	assert_string_equal(e.code, "conflict");
	assert_int_equal(
	    contact_may_decide(&old, EVE, CONTACT_ACCEPTED, since, &e), -1);
	assert_string_equal(e.code, "not_found");
}

static void
words_are_bounded_and_clean(void **state)
{
	char	   long_one[2 * CONTACT_NOTE_MAX + 8] = "";
	struct err e = {0};

	(void)state;
	assert_int_equal(contact_check_words(NULL, NULL, &e), 0);
	assert_int_equal(contact_check_words("a\n\tb", "", &e), 0);
	for (int i = 0; i < CONTACT_NOTE_MAX; i++)
		strcat(long_one, "é");
	assert_int_equal(contact_check_words(long_one, long_one, &e), 0);
	strcat(long_one, "x");
	assert_int_equal(contact_check_words(long_one, "\033[0m", &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_int_equal(e.nfields, 2);
	assert_string_equal(e.fields[0].field, "note");
	assert_string_equal(e.fields[0].code, "too_long");
	assert_string_equal(e.fields[1].field, "greeting");
	err_clear(&e);
	assert_int_equal(contact_check_remark("a\nb", &e), -1);
	err_clear(&e);
	assert_int_equal(contact_check_remark("\xff", &e), -1);
	err_clear(&e);
	assert_int_equal(contact_check_remark("老朋友", &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asking_follows_the_table),
	    cmocka_unit_test(who_blocks_or_hides_is_not_found),
	    cmocka_unit_test(only_the_right_one_decides_and_only_once),
	    cmocka_unit_test(nobody_decides_what_is_over),
	    cmocka_unit_test(words_are_bounded_and_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
