/* SPDX-License-Identifier: MIT */
/*
 * json_write.h -- JSON as text, in an arena.
 *
 * json_dumps() gives memory of whatever allocator jansson has just then (see
 * base/arena_heap.h), so nobody could know how to free it.
 */
#ifndef PARLEY_BASE_JSON_WRITE_H
#define PARLEY_BASE_JSON_WRITE_H

#include <stddef.h>

#include <jansson.h>

struct arena;

/* Compact; len_r may be NULL.  NULL if it holds what is no UTF-8. */
const char *json_write(struct arena *, const json_t *, size_t *len_r);

/* The same of what was made for it, which is let go of; "{}" for such one. */
const char *json_write_new(struct arena *, json_t *);

#endif
