/* SPDX-License-Identifier: MIT */
/*
 * arena.c -- Memory that is given back all at once.
 *
 * A list of blocks, the newest first; taking memory moves a mark in the
 * newest.  A piece is zeroed when it is taken: it is about to be used, and
 * what is to be written over needn't be.  Sanitizer builds poison what is not
 * taken, with a gap after each piece, so that overruns and uses after a reset
 * are caught there, too.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { BLOCK = 16 * 1024, ALIGN = alignof(max_align_t) };

struct block {
	struct block *next; /* older */
	size_t	      size;
	size_t	      used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *newest;
	struct block *first; /* kept by a reset */
	size_t	      block;
	size_t	      size;
	struct {
		const void *key;
		void	   *value;
	} slots[ARENA_SLOTS];
};

static struct block *
block_new(struct arena *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b) ||
	    (b = malloc(sizeof(*b) + size)) == NULL)
		abort();
	*b = (struct block){.size = size};
	a->size += sizeof(*b) + size;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void
block_free(struct arena *a, struct block *b)
{
	a->size -= sizeof(*b) + b->size;
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	free(b);
}

struct arena *
arena_new(size_t block)
{
	struct arena *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		abort();
	a->block = block == 0 ? BLOCK : block;
	a->first = a->newest = block_new(a, a->block);
	return a;
}

void
arena_free(struct arena **ap)
{
	struct block *b, *next;

	if (*ap == NULL)
		return;
	for (b = (*ap)->newest; b != NULL; b = next) {
		next = b->next;
		block_free(*ap, b);
	}
	free(*ap);
	*ap = NULL;
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	for (b = a->newest; b != NULL; b = next) {
		next = b->next;
		if (b != a->first)
			block_free(a, b);
	}
	memset(a->slots, 0, sizeof(a->slots));
	b = a->newest = a->first;
	b->next = NULL;
	ASAN_POISON_MEMORY_REGION(b->data, b->size);
	b->used = 0;
}

/*
 * A piece too large for the newest block gets a new one.  If it would fill half
 * of a common block it gets one of its own, put behind the newest, whose rest
 * stays of use.
 */
static struct block *
block_for(struct arena *a, size_t n)
{
	struct block *b = a->newest;

	if (n <= b->size - b->used)
		return b;
	if (n > a->block / 2) {
		b = block_new(a, n);
		b->next = a->newest->next;
		a->newest->next = b;
		return b;
	}
	b = block_new(a, a->block);
	b->next = a->newest;
	return a->newest = b;
}

void *
arena_take(struct arena *a, size_t n)
{
	struct block *b;
	void	     *p;
	size_t	      room;

	if (n > SIZE_MAX / 2)
		abort();
	room = (n + GAP + ALIGN - 1) / ALIGN * ALIGN;
	b = block_for(a, room);
	p = b->data + b->used;
	b->used += room;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(arena_take(a, n), 0, n);
}

bool
arena_owns(const struct arena *a, const void *p)
{
	uintptr_t at = (uintptr_t)p;

	for (const struct block *b = a->newest; b != NULL; b = b->next)
		if (at >= (uintptr_t)b->data &&
		    at < (uintptr_t)b->data + b->used)
			return true;
	return false;
}

void *
arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy;

	if (p == NULL)
		return NULL;
	copy = arena_take(a, n);
	memcpy(copy, p, n);
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_memdup(a, s, strlen(s) + 1);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy;

	if (s == NULL)
		return NULL;
	n = strnlen(s, n);
	copy = arena_take(a, n + 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char   *s;
	int	n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	s = arena_take(a, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char   *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void **
arena_slot(struct arena *a, const void *key)
{
	for (size_t i = 0; i < ARENA_SLOTS; i++) {
		if (a->slots[i].key == NULL)
			a->slots[i].key = key;
		if (a->slots[i].key == key)
			return &a->slots[i].value;
	}
	abort();
}

size_t
arena_size(const struct arena *a)
{
	return a->size;
}
