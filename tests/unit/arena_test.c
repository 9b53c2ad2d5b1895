/* SPDX-License-Identifier: MIT */
/* arena_test.c -- Memory that is given back all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/arena_heap.h"

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena  *a = arena_new(256);
	unsigned char *p;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t n = 0; n < 600; n += 7) {
			p = arena_alloc(a, n);
			assert_int_equal(
			    (uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xaa, n);
		}
		arena_reset(a);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void
pieces_do_not_overlap(void **state)
{
	struct arena *a = arena_new(64);
	char	     *p[100];

	(void)state;
	for (int i = 0; i < 100; i++) {
		p[i] = arena_alloc(a, (size_t)i + 1);
		memset(p[i], i, (size_t)i + 1);
	}
	for (int i = 0; i < 100; i++)
		for (int j = 0; j <= i; j++)
			assert_int_equal(p[i][j], i);
	arena_free(&a);
}

static void
a_reset_gives_back_all_but_the_first_block(void **state)
{
	struct arena *a = arena_new(1024);
	size_t	      size = arena_size(a);

	(void)state;
	(void)arena_alloc(a, 100000);
	(void)arena_alloc(a, 400);
	(void)arena_alloc(a, 900);
	assert_true(arena_size(a) > 100000);
	arena_reset(a);
	assert_int_equal(arena_size(a), size);
	arena_free(&a);
}

static void
copies_end_in_nul_and_null_stays_null(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_strndup(a, "text", 2), "te");
	assert_string_equal(arena_strndup(a, "te", 9), "te");
	assert_string_equal(arena_printf(a, "%d-%s", 4, "x"), "4-x");
	assert_memory_equal(arena_memdup(a, "a\0b", 3), "a\0b", 3);
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 3));
	assert_null(arena_memdup(a, NULL, 3));
	arena_free(&a);
}

static void
a_slot_remembers_until_the_reset(void **state)
{
	static const char one = 0, other = 0;
	struct arena	 *a = arena_new(0);

	(void)state;
	assert_null(*arena_slot(a, &one));
	*arena_slot(a, &one) = a;
	assert_ptr_equal(*arena_slot(a, &one), a);
	assert_null(*arena_slot(a, &other));
	arena_reset(a);
	assert_null(*arena_slot(a, &one));
	arena_free(&a);
}

static void
it_owns_what_was_taken_since_the_reset(void **state)
{
	struct arena *a = arena_new(64), *other = arena_new(0);
	char	     *small = arena_take(a, 8), *large = arena_take(a, 9000);

	(void)state;
	assert_true(arena_owns(a, small));
	assert_true(arena_owns(a, large + 8999));
	assert_false(arena_owns(other, small));
	assert_false(arena_owns(a, state));
	assert_false(arena_owns(a, NULL));
	arena_reset(a);
	assert_false(arena_owns(a, small));
	arena_free(&a);
	arena_free(&other);
}

/* As a library does that is handed these calls. */
static void
the_heap_is_the_arena_in_charge_or_the_systems(void **state)
{
	struct arena *a = arena_new(0);
	char	     *old = arena_heap_malloc(3), *p;

	(void)state;
	strcpy(old, "ab");
	assert_null(arena_heap_use(a));
	p = arena_heap_calloc(4, 4);
	assert_true(arena_owns(a, p));
	assert_memory_equal(p, (char[16]){0}, 16);
	strcpy(p, "grows");
	p = arena_heap_realloc(p, 1000);
	assert_string_equal(p, "grows");
	memset(p, 'x', 1000);
	p = arena_heap_realloc(p, 2);
	assert_memory_equal(p, "xx", 2);
	arena_heap_free(p);
	arena_heap_free(arena_heap_realloc(NULL, 10));
	arena_heap_free(NULL);
	old = arena_heap_realloc(old, 100); /* not ours: stays the system's */
	assert_false(arena_owns(a, old));
	assert_string_equal(old, "ab");
	arena_heap_free(old);
	assert_ptr_equal(arena_heap_use(NULL), a);
	arena_heap_free(arena_heap_calloc(0, 0));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed_and_aligned),
	    cmocka_unit_test(pieces_do_not_overlap),
	    cmocka_unit_test(a_reset_gives_back_all_but_the_first_block),
	    cmocka_unit_test(a_slot_remembers_until_the_reset),
	    cmocka_unit_test(copies_end_in_nul_and_null_stays_null),
	    cmocka_unit_test(it_owns_what_was_taken_since_the_reset),
	    cmocka_unit_test(the_heap_is_the_arena_in_charge_or_the_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
