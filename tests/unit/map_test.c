/* SPDX-License-Identifier: MIT */
/* map_test.c -- The map against a plain array that does the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/map.h"

enum { KEYS = 500, STEPS = 200000 };

static void
it_does_what_an_array_does(void **state)
{
	struct map *m = map_new();
	char	   *model[KEYS] = {0};
	static char values[KEYS];
	size_t	    size = 0;

	(void)state;
	srandom(1);
	for (int i = 0; i < STEPS; i++) {
		uint64_t key = (uint64_t)random() % KEYS;
		char	*value = &values[random() % KEYS];

		if (random() % 2) {
			assert_ptr_equal(map_put(m, key, value), model[key]);
			size += model[key] == NULL;
			model[key] = value;
		} else {
			assert_ptr_equal(map_remove(m, key), model[key]);
			size -= model[key] != NULL;
			model[key] = NULL;
		}
		assert_ptr_equal(map_get(m, key), model[key]);
		assert_int_equal(map_size(m), size);
	}
	for (uint64_t key = 0; key < KEYS; key++)
		assert_ptr_equal(map_get(m, key), model[key]);
	map_free(&m);
	assert_null(m);
}

static void
a_walk_sees_all_once_and_may_remove(void **state)
{
	struct map *m = map_new();
	int	    seen[KEYS] = {0};
	size_t	    at = 0;
	uint64_t    key;
	void	   *value;

	(void)state;
	for (uint64_t i = 0; i < KEYS; i++)
		map_put(m, i << 32, &seen[i]);
	while (map_next(m, &at, &key, &value)) {
		assert_ptr_equal(value, &seen[key >> 32]);
		++*(int *)value;
		if ((key >> 32) % 2 == 0)
			assert_ptr_equal(map_remove(m, key), value);
	}
	for (size_t i = 0; i < KEYS; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(map_size(m), KEYS / 2);
	map_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_does_what_an_array_does),
	    cmocka_unit_test(a_walk_sees_all_once_and_may_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
