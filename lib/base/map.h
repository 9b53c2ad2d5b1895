/* SPDX-License-Identifier: MIT */
/*
 * map.h -- 64-bit key to pointer, open addressing, for the daemons' tables.
 *
 * Keys are mixed, so ids in sequence spread, and an outsider who picks ids
 * cannot make them collide (the seed is random per process).  Pointers are
 * the caller's; NULL is no value.
 */
#ifndef PARLEY_BASE_MAP_H
#define PARLEY_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map;

struct map *map_new(void);
void	    map_free(struct map **); /* the values are the caller's to free */
void	   *map_get(const struct map *, uint64_t key); /* NULL: not there */
void	   *map_put(struct map *, uint64_t key, void *value); /* the old one */
void	   *map_remove(struct map *, uint64_t key);	      /* the old one */
size_t	    map_size(const struct map *);

/*
 * Walks: start with *at = 0; false at the end.  The current entry may be
 * removed on the way; putting others may not.
 */
int map_next(const struct map *, size_t *at, uint64_t *key_r, void **value_r);

#endif
