/* SPDX-License-Identifier: MIT */
/* account_token_seen_test.c -- What workers tell each other of tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/token_seen.h"
#include "base/shared_cache.h"

enum { WORKERS = 4, TOKENS = 30000, CROWDED = 40 };

/* The nth token: all of its claims, and its digest, follow from n. */
static void
token_of(uint64_t n, unsigned char digest[SHA256_SIZE], struct token *t)
{
	sha256(&n, sizeof(n), digest);
	*t = (struct token){.user_id = n + 1,
	    .session_id = n + 2,
	    .role = (int)(n % 3),
	    .use = n % 2 == 0 ? TOKEN_ACCESS : TOKEN_COOKIE,
	    .issued_s = (int64_t)n + 3,
	    .expires_s = (int64_t)n + 4};
}

static bool
is_of(const struct token *t, uint64_t n)
{
	unsigned char digest[SHA256_SIZE];
	struct token  whole;

	token_of(n, digest, &whole);
	return t->user_id == whole.user_id &&
	       t->session_id == whole.session_id && t->role == whole.role &&
	       t->use == whole.use && t->issued_s == whole.issued_s &&
	       t->expires_s == whole.expires_s;
}

static void
add(struct shared_cache *s, uint64_t n)
{
	unsigned char digest[SHA256_SIZE];
	struct token  t;

	token_of(n, digest, &t);
	token_seen_add(s, digest, &t);
}

/* 1 as it was, 0 not there, -1 another's. */
static int
look(const struct shared_cache *s, uint64_t n)
{
	unsigned char digest[SHA256_SIZE];
	struct token  t;

	token_of(n, digest, &t);
	if (!token_seen_find(s, digest, &t))
		return 0;
	return is_of(&t, n) ? 1 : -1;
}

static void
what_one_worker_checked_its_sisters_know(void **state)
{
	struct shared_cache *s = token_seen_new();
	int		     status;
	pid_t		     pid;

	(void)state;
	assert_int_equal(look(s, 7), 0);
	if ((pid = fork()) == 0) {
		add(s, 7);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(look(s, 7), 1);
	assert_int_equal(look(s, 8), 0);
	shared_cache_free(&s);
	assert_null(s);
}

static void
the_newest_are_kept_of_more_than_there_is_room_for(void **state)
{
	struct shared_cache *s = token_seen_new();

	(void)state;
	for (uint64_t n = 0; n < TOKENS; n++) {
		add(s, n);
		assert_int_equal(look(s, n), 1);
	}
	shared_cache_free(&s);
}

/* Writes and reads a few that stand in each other's way; 0: none was mixed. */
static int
work(struct shared_cache *s, unsigned seed)
{
	for (int i = 0; i < TOKENS; i++) {
		uint64_t n = (uint64_t)rand_r(&seed);

		add(s, n);
		if (look(s, n) == -1 || look(s, n % CROWDED) == -1)
			return 1;
		add(s, n % CROWDED);
	}
	return 0;
}

static void
nobody_is_told_a_token_with_the_claims_of_another(void **state)
{
	struct shared_cache *s = token_seen_new();
	pid_t		     pids[WORKERS];
	int		     status;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++)
		if ((pids[i] = fork()) == 0)
			_exit(work(s, i + 1));
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	shared_cache_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_one_worker_checked_its_sisters_know),
	    cmocka_unit_test(
		the_newest_are_kept_of_more_than_there_is_room_for),
	    cmocka_unit_test(nobody_is_told_a_token_with_the_claims_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
