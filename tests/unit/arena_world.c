/* SPDX-License-Identifier: MIT */
/* arena_world.c -- An arena, for tests that need nothing else. */
#include "arena_world.h"

struct arena *arena;

int
arena_set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

int
arena_tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}
