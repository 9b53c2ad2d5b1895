/* SPDX-License-Identifier: MIT */
/*
 * shared_cache.c -- What forked processes tell each other, in shared memory.
 *
 * Without a lock, for who holds one may be killed.  A place has a version,
 * which is odd while somebody writes: who reads takes what he read only if the
 * version was even and is still the same, so he never has the key of one
 * record with the rest of another.  A writer who dies leaves his place odd,
 * and nobody uses it any more.
 */
#include "base/shared_cache.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mix.h"

enum { WAYS = 4 }; /* a record may stand in so many places */

struct place {
	_Atomic uint64_t version; /* 0: free */
	_Atomic uint64_t word[];
};

struct shared_cache {
	size_t		 size; /* of all this */
	size_t		 sets, key, words;
	_Atomic uint64_t turn; /* whose place is taken next */
	_Atomic uint64_t places[];
};

struct shared_cache *
shared_cache_new(size_t places, size_t key, size_t words)
{
	size_t sets = places / WAYS;
	size_t size = sizeof(struct shared_cache) +
		      sets * WAYS * (1 + words) * sizeof(uint64_t);
	struct shared_cache *c = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED || sets == 0 || key == 0 || key > words ||
	    words > SHARED_CACHE_WORDS_MAX)
		abort();
	c->size = size;
	c->sets = sets;
	c->key = key;
	c->words = words;
	return c;
}

void
shared_cache_free(struct shared_cache **c)
{
	if (*c != NULL)
		munmap(*c, (*c)->size);
	*c = NULL;
}

/* -- a place --------------------------------------------------------------- */

static struct place *
place_at(const struct shared_cache *c, uint64_t key, size_t way)
{
	size_t i = mix64(key) % c->sets * WAYS + way;

	return (struct place *)&c->places[i * (1 + c->words)];
}

static bool
place_read(
    const struct shared_cache *c, const struct place *p, uint64_t *record_r)
{
	uint64_t version = atomic_load(&p->version);

	if (version == 0 || version % 2 == 1)
		return false;
	for (size_t i = 0; i < c->words; i++)
		record_r[i] = atomic_load(&p->word[i]);
	return atomic_load(&p->version) == version;
}

/* Whoever comes second while another writes goes without. */
static void
place_write(
    const struct shared_cache *c, struct place *p, const uint64_t *record)
{
	uint64_t version = atomic_load(&p->version);

	if (version % 2 == 1 ||
	    !atomic_compare_exchange_strong(&p->version, &version, version + 1))
		return;
	for (size_t i = 0; i < c->words; i++)
		atomic_store(&p->word[i], record[i]);
	atomic_store(&p->version, version + 2);
}

/* -- records --------------------------------------------------------------- */

/* The way where this key stands; WAYS: nowhere. */
static size_t
way_of(const struct shared_cache *c, const uint64_t *key, uint64_t *record_r)
{
	size_t way = 0;

	while (way < WAYS &&
	       (!place_read(c, place_at(c, *key, way), record_r) ||
		   memcmp(record_r, key, c->key * sizeof(*key)) != 0))
		way++;
	return way;
}

bool
shared_cache_find(
    const struct shared_cache *c, const uint64_t *key, uint64_t *record_r)
{
	return way_of(c, key, record_r) < WAYS;
}

/* Others are put out in turn, so that two who meet do not take turns at it. */
void
shared_cache_put(struct shared_cache *c, const uint64_t *record)
{
	uint64_t old[SHARED_CACHE_WORDS_MAX];
	size_t	 way = way_of(c, record, old);

	if (way == WAYS) {
		way = 0;
		while (way < WAYS &&
		       atomic_load(&place_at(c, *record, way)->version) != 0)
			way++;
	}
	if (way == WAYS)
		way = atomic_fetch_add(&c->turn, 1) % WAYS;
	place_write(c, place_at(c, *record, way), record);
}
