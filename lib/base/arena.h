/* SPDX-License-Identifier: MIT */
/*
 * arena.h -- Memory that is given back all at once.
 *
 * One arena lives for one request or one step of a daemon.  Nothing taken
 * from it is freed singly; what must outlive it is copied out.  Memory is
 * zeroed, but for arena_take()'s, and aligned for any type.  Running out of
 * memory aborts: the supervisor starts the process again, which is the one
 * honest answer.  Not thread-safe; no program of ours has threads.
 */
#ifndef PARLEY_BASE_ARENA_H
#define PARLEY_BASE_ARENA_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena that grows by blocks of at least block bytes (0: 16 KiB). */
struct arena *arena_new(size_t block);

/* Gives everything back, and *a becomes NULL.  NULL is fine. */
void arena_free(struct arena **a);

/* Forgets everything that was taken, but keeps the first block for reuse. */
void arena_reset(struct arena *);

/* n zeroed bytes; never NULL, also for n = 0. */
void *arena_alloc(struct arena *, size_t n);

/* The same, but holding anything: for who writes all of it at once. */
void *arena_take(struct arena *, size_t n);

/* Was p taken from it, since the last reset? */
bool arena_owns(const struct arena *, const void *p);

/* Copies; the string ones end in NUL. NULL in gives NULL out. */
void *arena_memdup(struct arena *, const void *, size_t n);
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t n);
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/*
 * A pointer that lives as long as what was taken: NULL at first and after a
 * reset.  For what a context remembers within one request or step.  key is
 * the address of something static of the context's; there is room for
 * ARENA_SLOTS of them, one more aborts.
 */
enum { ARENA_SLOTS = 4 };
void **arena_slot(struct arena *, const void *key);

/* Bytes held from the system: what a test looks at. */
size_t arena_size(const struct arena *);

#endif
