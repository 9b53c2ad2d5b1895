/* SPDX-License-Identifier: MIT */
/* account_password_test.c -- Passwords as they are stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "account/password.h"
#include "account/rules.h"
#include "base/arena.h"
#include "base/err.h"

static const struct password_cost owasp = {19456, 2}, cheap = {8192, 1};

static void
a_hash_is_a_phc_string_with_a_salt_of_its_own(void **state)
{
	struct arena *a = arena_new(0);
	struct err    e = {0};
	const char   *one = password_hash(a, owasp, "horse", &e);
	const char   *two = password_hash(a, owasp, "horse", &e);

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	assert_memory_equal(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_string_not_equal(one, two);
	assert_true(strlen(one) <= 160); /* the column's width */
	arena_free(&a);
}

static void
only_the_password_matches(void **state)
{
	static const char *const wrong[] = {
	    "", "hors", "horsey", "Horse", "h\xc3\xb8rse"};
	struct arena *a = arena_new(0);
	struct err    e = {0};
	const char   *hash = password_hash(a, cheap, "horse", &e);

	(void)state;
	assert_true(password_matches(a, cheap, hash, "horse"));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(password_matches(a, cheap, hash, wrong[i]));
	arena_free(&a);
}

static void
nobody_has_no_password(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_false(password_matches(a, cheap, NULL, ""));
	assert_false(password_matches(a, cheap, NULL, "horse"));
	assert_false(password_matches(a, cheap, "", "horse"));
	assert_false(password_matches(a, cheap, "no hash", "horse"));
	arena_free(&a);
}

static void
what_is_too_long_to_be_set_is_not_hashed(void **state)
{
	char	      password[PASSWORD_MAX + 2];
	struct arena *a = arena_new(0);
	struct err    e = {0};
	const char   *hash;

	(void)state;
	memset(password, 'x', sizeof password - 1);
	password[sizeof password - 1] = '\0';
	hash = password_hash(a, cheap, password, &e);
	assert_false(password_matches(a, cheap, hash, password));
	arena_free(&a);
}

static void
a_hash_of_another_cost_is_outdated(void **state)
{
	struct arena *a = arena_new(0);
	struct err    e = {0};
	const char   *hash = password_hash(a, cheap, "horse", &e);

	(void)state;
	assert_false(password_is_outdated(a, cheap, hash));
	assert_true(password_is_outdated(a, owasp, hash));
	assert_true(password_matches(a, owasp, hash, "horse"));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hash_is_a_phc_string_with_a_salt_of_its_own),
	    cmocka_unit_test(only_the_password_matches),
	    cmocka_unit_test(nobody_has_no_password),
	    cmocka_unit_test(what_is_too_long_to_be_set_is_not_hashed),
	    cmocka_unit_test(a_hash_of_another_cost_is_outdated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
