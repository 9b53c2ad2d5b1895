/* SPDX-License-Identifier: MIT */
/* shared_cache_test.c -- What forked processes tell each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_cache.h"

enum { PLACES = 64, KEY = 2, WORDS = 40, WORKERS = 4, TURNS = 30000 };

/* All that a record of this key and age holds follows from them. */
static void
record_of(uint64_t key, uint64_t age, uint64_t record[WORDS])
{
	record[0] = key;
	record[1] = ~key;
	for (size_t i = KEY; i < WORDS; i++)
		record[i] = key * WORDS + age + i;
}

static void
put(struct shared_cache *c, uint64_t key, uint64_t age)
{
	uint64_t record[WORDS];

	record_of(key, age, record);
	shared_cache_put(c, record);
}

/* 1 as it was, 0 not there, -1 no record that anybody put. */
static int
look(const struct shared_cache *c, uint64_t key, uint64_t *age_r)
{
	const uint64_t wanted[KEY] = {key, ~key};
	uint64_t       record[WORDS], whole[WORDS];

	if (!shared_cache_find(c, wanted, record))
		return 0;
	*age_r = record[KEY] - key * WORDS - KEY;
	record_of(key, *age_r, whole);
	for (size_t i = 0; i < WORDS; i++)
		if (record[i] != whole[i])
			return -1;
	return 1;
}

static void
what_one_puts_those_it_was_forked_with_find(void **state)
{
	struct shared_cache *c = shared_cache_new(PLACES, KEY, WORDS);
	uint64_t	     age;
	pid_t		     pid;

	(void)state;
	assert_int_equal(look(c, 7, &age), 0);
	if ((pid = fork()) == 0) {
		put(c, 7, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(look(c, 7, &age), 1);
	assert_int_equal(age, 3);
	assert_int_equal(look(c, 8, &age), 0);
	shared_cache_free(&c);
	assert_null(c);
}

static void
a_record_takes_the_place_of_the_one_before(void **state)
{
	struct shared_cache *c = shared_cache_new(PLACES, KEY, WORDS);
	uint64_t	     age;

	(void)state;
	for (uint64_t n = 0; n < TURNS; n++) {
		put(c, 7, n);
		put(c, n % 3, n);
		assert_int_equal(look(c, 7, &age), 1);
		assert_int_equal(age, n);
	}
	shared_cache_free(&c);
}

static void
the_newest_is_kept_of_more_than_there_is_room_for(void **state)
{
	struct shared_cache *c = shared_cache_new(PLACES, KEY, WORDS);
	uint64_t	     age;

	(void)state;
	for (uint64_t key = 0; key < TURNS; key++) {
		put(c, key, 1);
		assert_int_equal(look(c, key, &age), 1);
	}
	shared_cache_free(&c);
}

/* Writes and reads a few that stand in each other's way; 0: none was mixed. */
static int
work(struct shared_cache *c, unsigned seed)
{
	for (int i = 0; i < TURNS; i++) {
		uint64_t age, key = (uint64_t)rand_r(&seed) % (2 * PLACES);

		put(c, key, (uint64_t)i);
		if (look(c, key, &age) == -1 || look(c, key / 2, &age) == -1)
			return 1;
	}
	return 0;
}

static void
nobody_finds_the_key_of_one_with_the_rest_of_another(void **state)
{
	struct shared_cache *c = shared_cache_new(PLACES, KEY, WORDS);
	pid_t		     pids[WORKERS];
	int		     status;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++)
		if ((pids[i] = fork()) == 0)
			_exit(work(c, i + 1));
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	shared_cache_free(&c);
}

/* Wherever it stops, those who are left can go on. */
static void
a_writer_may_be_killed_at_any_time(void **state)
{
	struct shared_cache *c = shared_cache_new(PLACES, KEY, WORDS);
	uint64_t	     age;
	pid_t		     pid;

	(void)state;
	for (int i = 0; i < 50; i++) {
		if ((pid = fork()) == 0)
			_exit(work(c, (unsigned)i));
		for (int k = 0; k < i * 40; k++)
			(void)look(c, (uint64_t)k, &age);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		for (uint64_t key = 0; key < (uint64_t)2 * PLACES; key++)
			assert_int_not_equal(look(c, key, &age), -1);
	}
	shared_cache_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_one_puts_those_it_was_forked_with_find),
	    cmocka_unit_test(a_record_takes_the_place_of_the_one_before),
	    cmocka_unit_test(the_newest_is_kept_of_more_than_there_is_room_for),
	    cmocka_unit_test(
		nobody_finds_the_key_of_one_with_the_rest_of_another),
	    cmocka_unit_test(a_writer_may_be_killed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
