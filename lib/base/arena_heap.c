/* SPDX-License-Identifier: MIT */
/*
 * arena_heap.c -- malloc() and its like on an arena.
 *
 * A piece from the arena has its size before it, for whoever lets it grow.
 */
#include "base/arena_heap.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { HEAD = alignof(max_align_t) };

/* The libraries' hooks hand us nothing that could lead to it. */
static struct arena *in_charge;

struct arena *
arena_heap_use(struct arena *a)
{
	struct arena *before = in_charge;

	in_charge = a;
	return before;
}

static void *
checked(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void *
take(size_t n)
{
	char *p;

	if (n > SIZE_MAX / 4)
		abort();
	p = arena_take(in_charge, HEAD + n);
	memcpy(p, &n, sizeof(n));
	return p + HEAD;
}

void *
arena_heap_malloc(size_t n)
{
	return in_charge != NULL ? take(n) : checked(malloc(n > 0 ? n : 1));
}

void *
arena_heap_calloc(size_t n, size_t size)
{
	if (in_charge == NULL)
		return checked(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
	if (size > 0 && n > SIZE_MAX / 4 / size)
		abort();
	return memset(take(n * size), 0, n * size);
}

void *
arena_heap_realloc(void *p, size_t n)
{
	size_t had;
	void  *more;

	if (in_charge == NULL || (p != NULL && !arena_owns(in_charge, p)))
		return checked(realloc(p, n > 0 ? n : 1));
	more = take(n);
	if (p != NULL) {
		memcpy(&had, (char *)p - HEAD, sizeof(had));
		memcpy(more, p, had < n ? had : n);
	}
	return more;
}

void
arena_heap_free(void *p)
{
	if (in_charge == NULL || !arena_owns(in_charge, p))
		free(p);
}
