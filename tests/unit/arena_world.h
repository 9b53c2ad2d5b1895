/* SPDX-License-Identifier: MIT */
/*
 * arena_world.h -- An arena, for tests that need nothing else.
 *
 * A program has one at a time: for all of its tests, or anew for each.
 */
#ifndef PARLEY_TESTS_ARENA_WORLD_H
#define PARLEY_TESTS_ARENA_WORLD_H

#include "base/arena.h"

extern struct arena *arena; /* while there is one */

/* For cmocka, of a group or of a test; the state stays as it is. */
int arena_set_up(void **state);
int arena_tear_down(void **state);

#endif
