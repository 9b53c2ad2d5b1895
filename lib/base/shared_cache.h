/* SPDX-License-Identifier: MIT */
/*
 * shared_cache.h -- What forked processes tell each other, in shared memory.
 *
 * Records of a fixed number of words, found by the first few of them.  It
 * forgets: a record may go at any time for the sake of another, and one that
 * is found may be old.  Whoever uses it must be able to do without, and to
 * tell whether what he found is still so.
 *
 * It is shared by the processes that were forked from the one that made it;
 * none of them ever waits for another, and any may be killed at any time.
 */
#ifndef PARLEY_BASE_SHARED_CACHE_H
#define PARLEY_BASE_SHARED_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shared_cache;

enum { SHARED_CACHE_WORDS_MAX = 64 }; /* of a record */

/*
 * Room for `places` records of `words`, the first `key` of which tell them
 * apart.  Memory is taken as places are filled.  Aborts without memory.
 */
struct shared_cache *shared_cache_new(size_t places, size_t key, size_t words);
void		     shared_cache_free(struct shared_cache **);

/* A whole record, as somebody put it; false: there is none to be had. */
bool shared_cache_find(
    const struct shared_cache *, const uint64_t *key, uint64_t *record_r);

/*
 * In the place of the record with the same key, or in a free one, or in that
 * of another.  Where two write at once, one of them goes without.
 */
void shared_cache_put(struct shared_cache *, const uint64_t *record);

#endif
