/* SPDX-License-Identifier: MIT */
/* crypto_test.c -- Digests by their published vectors, and random numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"

static void
digests_match_their_vectors(void **state)
{
	struct arena *a = arena_new(0);
	unsigned char out[SHA256_SIZE];

	(void)state;
	sha256("abc", 3, out); /* FIPS 180-4 */
	assert_string_equal(hex(a, out, sizeof(out)),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	assert_string_equal(hex(a, out, sizeof(out)), /* RFC 4231, case 2 */
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	arena_free(&a);
}

static void
base64url_has_no_padding(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(base64url(a, "", 0), "");
	assert_string_equal(base64url(a, "f", 1), "Zg");
	assert_string_equal(base64url(a, "fo", 2), "Zm8");
	assert_string_equal(base64url(a, "foo", 3), "Zm9v");
	assert_string_equal(base64url(a, "\xfb\xff\xfe", 3), "-__-");
	arena_free(&a);
}

static void
tokens_differ(void **state)
{
	struct arena *a = arena_new(0);
	const char   *first = random_token(a, 32);

	(void)state;
	assert_int_equal(strlen(first), 43);
	assert_string_not_equal(first, random_token(a, 32));
	assert_true(random_u64() != random_u64());
	arena_free(&a);
}

static void
secrets_are_compared(void **state)
{
	(void)state;
	assert_true(secret_equal("abc", "abc", 3));
	assert_false(secret_equal("abc", "abd", 3));
	assert_true(secret_equal("", "", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_match_their_vectors),
	    cmocka_unit_test(base64url_has_no_padding),
	    cmocka_unit_test(tokens_differ),
	    cmocka_unit_test(secrets_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
