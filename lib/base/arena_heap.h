/* SPDX-License-Identifier: MIT */
/*
 * arena_heap.h -- malloc() and its like on an arena.
 *
 * For libraries that ask for many small pieces and let us say from where
 * (jansson, cmark).  Their calls know no context, so there is one arena in
 * charge at a time, or none: then it is the heap.  What was taken from an
 * arena must not be used, nor freed, once it is no longer in charge.
 */
#ifndef PARLEY_BASE_ARENA_HEAP_H
#define PARLEY_BASE_ARENA_HEAP_H

#include <stddef.h>

struct arena;

/* Puts an arena (NULL: none) in charge; the one that was, to give it back. */
struct arena *arena_heap_use(struct arena *);

/* Never NULL: who runs out of memory ends. */
void *arena_heap_malloc(size_t n);
void *arena_heap_calloc(size_t n, size_t size);
void *arena_heap_realloc(void *, size_t n);

/* Does nothing to what the arena in charge owns. */
void arena_heap_free(void *);

#endif
