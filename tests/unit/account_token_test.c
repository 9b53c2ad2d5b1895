/* SPDX-License-Identifier: MIT */
/* account_token_test.c -- Which access tokens are good: all ways to forge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jwt.h>

#include "folder.h"
#include "account/keys.h"
#include "account/token.h"
#include "base/arena.h"
#include "base/err.h"

enum { NOW_S = 1800000000, LIFE_S = 600 };

static const struct token ada = {7, 8, 1, TOKEN_ACCESS, NOW_S, NOW_S + LIFE_S};

struct world {
	struct token_keys *keys;
	struct key_file	   files[KEYS_MAX];
	size_t		   n;
	struct arena	  *a;
	struct err	   e;
};

/* An instance there, with the first key it makes. */
static struct world *
world_new(const char *dir)
{
	struct world *w = calloc(1, sizeof *w);

	w->a = arena_new(0);
	assert_int_equal(token_keys_create(dir, &w->e), 0);
	assert_int_equal(token_keys_load(&w->keys, dir, &w->e), 0);
	assert_int_equal(keys_read(dir, w->files, &w->n, &w->e), 0);
	return w;
}

static void
world_free(struct world *w)
{
	keys_wipe(w->files, w->n);
	token_keys_free(&w->keys);
	arena_free(&w->a);
	free(w);
}

static int
set_up(void **state)
{
	if (folder_set_up(state) == -1)
		return -1;
	*state = world_new(folder);
	return 0;
}

static int
tear_down(void **state)
{
	world_free(*state);
	return folder_tear_down(state);
}

static int
verify_at(struct world *w, const char *text, int64_t at_s, struct token *t)
{
	err_clear(&w->e);
	return token_verify(w->keys, text, at_s * 1000, t, &w->e);
}

static void
assert_refused(struct world *w, const char *text)
{
	struct token t;

	assert_non_null(text);
	assert_int_equal(verify_at(w, text, NOW_S, &t), -1);
	assert_int_equal(w->e.kind, ERR_UNAUTHORIZED);
	assert_string_equal(w->e.code, "unauthorized");
}

static void
what_we_sign_is_good_until_it_expires(void **state)
{
	struct world *w = *state;
	const char   *text = token_sign(w->keys, w->a, &ada, &w->e);
	struct token  t;

	assert_non_null(text);
	for (int again = 0; again < 2; again++) { /* verified, remembered */
		assert_int_equal(verify_at(w, text, NOW_S, &t), 0);
		assert_int_equal(t.user_id, 7);
		assert_int_equal(t.session_id, 8);
		assert_int_equal(t.role, 1);
		assert_int_equal(t.use, TOKEN_ACCESS);
	}
	assert_int_equal(verify_at(w, text, NOW_S + LIFE_S - 1, &t), 0);
	assert_int_equal(verify_at(w, text, NOW_S + LIFE_S, &t), -1);
	assert_int_equal(verify_at(w, text, NOW_S - 3600, &t), -1);
}

static void
its_use_is_told(void **state)
{
	struct world *w = *state;
	struct token  t = ada;

	t.use = TOKEN_COOKIE;
	assert_int_equal(
	    verify_at(w, token_sign(w->keys, w->a, &t, &w->e), NOW_S, &t), 0);
	assert_int_equal(t.use, TOKEN_COOKIE);
}

/* A token with these claims, signed with a key under an algorithm. */
static const char *
forge(struct world *w, jwt_alg_t alg, const char *key, const char *kid,
    const char *claims)
{
	jwt_t	   *jwt;
	char	   *encoded;
	const char *text;

	assert_int_equal(jwt_new(&jwt), 0);
	assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
	if (kid != NULL)
		assert_int_equal(jwt_add_header(jwt, "kid", kid), 0);
	assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)key,
			     key == NULL ? 0 : (int)strlen(key)),
	    0);
	encoded = jwt_encode_str(jwt);
	assert_non_null(encoded);
	text = arena_strdup(w->a, encoded);
	free(encoded);
	jwt_free(jwt);
	return text;
}

#define CLAIMS(iss, use, sub, exp)                                          \
	"{\"iss\":\"" iss "\",\"sub\":" sub ",\"sid\":\"8\",\"use\":\"" use \
	"\",\"role\":1,\"iat\":1800000000,\"exp\":" exp "}"
#define GOOD_CLAIMS CLAIMS("parley", "access", "\"7\"", "1800000600")

static void
forged_tokens_are_refused(void **state)
{
	struct world *w = *state;
	const char   *kid = w->files[0].kid, *key = w->files[0].private_pem;
	struct token  t;

	/* The same by our own key is good: what follows has a fault. */
	assert_int_equal(
	    verify_at(
		w, forge(w, JWT_ALG_ES256, key, kid, GOOD_CLAIMS), NOW_S, &t),
	    0);
	assert_refused(w, forge(w, JWT_ALG_NONE, NULL, kid, GOOD_CLAIMS));
	assert_refused(w, forge(w, JWT_ALG_NONE, NULL, NULL, GOOD_CLAIMS));
	assert_refused(w,
	    forge(w, JWT_ALG_HS256, w->files[0].public_pem, kid, GOOD_CLAIMS));
	assert_refused(w, forge(w, JWT_ALG_ES256, key, NULL, GOOD_CLAIMS));
	assert_refused(w, forge(w, JWT_ALG_ES256, key, "another", GOOD_CLAIMS));
	assert_refused(w, forge(w, JWT_ALG_ES256, key, "../../x", GOOD_CLAIMS));
}

static void
wrong_claims_are_refused(void **state)
{
	static const char *const claims[] = {
	    CLAIMS("elsewhere", "access", "\"7\"", "1800000600"),
	    CLAIMS("parley", "other", "\"7\"", "1800000600"),
	    CLAIMS("parley", "access", "7", "1800000600"),
	    CLAIMS("parley", "access", "\"0\"", "1800000600"),
	    CLAIMS("parley", "access", "\"-1\"", "1800000600"),
	    CLAIMS("parley", "access", "\"7\"", "1799999999"),
	    CLAIMS("parley", "access", "\"7\"", "\"never\""),
	    "{}",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
		assert_refused(
		    w, forge(w, JWT_ALG_ES256, w->files[0].private_pem,
			   w->files[0].kid, claims[i]));
}

static void
another_instances_key_is_refused(void **state)
{
	struct world *w = *state, *other;

	folder_make("other");
	other = world_new(folder_path("other"));
	assert_refused(w, forge(w, JWT_ALG_ES256, other->files[0].private_pem,
			      w->files[0].kid, GOOD_CLAIMS));
	assert_refused(w, token_sign(other->keys, w->a, &ada, &w->e));
	world_free(other);
}

static void
a_changed_token_is_refused(void **state)
{
	struct world *w = *state;
	const char   *text = token_sign(w->keys, w->a, &ada, &w->e);
	size_t	      n = strlen(text);

	/* Of the last character only the high bits count. */
	for (size_t i = 0; i < n - 1; i++) {
		char *changed = arena_strdup(w->a, text);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_refused(w, changed);
	}
	for (size_t i = 0; i < n; i += 7)
		assert_refused(w, arena_strndup(w->a, text, i));
}

static void
rubbish_is_refused(void **state)
{
	static const char *const rubbish[] = {"", ".", "..", "...", "a.b.c",
	    "e30.e30.", "e30.e30.e30", "null.null.null", "\xff\xfe.\x01.",
	    "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJFUzI1NiJ9.e30."};
	struct world		*w = *state;
	char			*huge = arena_alloc(w->a, 70000);

	for (size_t i = 0; i < sizeof rubbish / sizeof *rubbish; i++)
		assert_refused(w, rubbish[i]);
	memset(huge, 'e', 69999);
	assert_refused(w, huge);
}

static void
keys_rotate_and_old_tokens_stay_good(void **state)
{
	struct world	  *w = *state;
	const char	  *old = token_sign(w->keys, w->a, &ada, &w->e);
	struct token_keys *both;
	const char	  *fresh;
	struct token	   t;

	assert_int_equal(token_keys_rotate(folder, &w->e), 0);
	assert_int_equal(token_keys_load(&both, folder, &w->e), 0);
	fresh = token_sign(both, w->a, &ada, &w->e);
	assert_int_equal(token_verify(both, old, NOW_S * 1000LL, &t, &w->e), 0);
	assert_int_equal(
	    token_verify(both, fresh, NOW_S * 1000LL, &t, &w->e), 0);
	/* Who loaded before the rotation looks again for a key it lacks... */
	assert_int_equal(
	    token_verify(w->keys, fresh, NOW_S * 1000LL, &t, &w->e), 0);
	/* ... but not for each token with a kid of nobody. */
	assert_int_equal(token_keys_rotate(folder, &w->e), 0);
	token_keys_free(&both);
	assert_int_equal(token_keys_load(&both, folder, &w->e), 0);
	assert_refused(w, token_sign(both, w->a, &ada, &w->e));
	token_keys_free(&both);
}

static void
who_has_only_the_public_key_checks_but_cannot_sign(void **state)
{
	struct world *w = *state;
	const char   *text = token_sign(w->keys, w->a, &ada, &w->e);
	struct token_keys *public;
	char	     path[256];
	struct token t;

	snprintf(path, sizeof path, "%s/secrets/jwt/%s.pem", folder,
	    w->files[0].kid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(token_keys_load(&public, folder, &w->e), 0);
	assert_int_equal(
	    token_verify(public, text, NOW_S * 1000LL, &t, &w->e), 0);
	assert_null(token_sign(public, w->a, &ada, &w->e));
	token_keys_free(&public);
}

static void
the_first_key_is_made_once(void **state)
{
	struct world   *w = *state;
	struct key_file files[KEYS_MAX];
	size_t		n;

	assert_int_equal(token_keys_create(folder, &w->e), 0);
	assert_int_equal(keys_read(folder, files, &n, &w->e), 0);
	assert_int_equal(n, 1);
	keys_wipe(files, n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_we_sign_is_good_until_it_expires),
	    TEST(its_use_is_told),
	    TEST(forged_tokens_are_refused),
	    TEST(wrong_claims_are_refused),
	    TEST(another_instances_key_is_refused),
	    TEST(a_changed_token_is_refused),
	    TEST(rubbish_is_refused),
	    TEST(keys_rotate_and_old_tokens_stay_good),
	    TEST(who_has_only_the_public_key_checks_but_cannot_sign),
	    TEST(the_first_key_is_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
