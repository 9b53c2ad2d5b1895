/* SPDX-License-Identifier: MIT */
/*
 * map.c -- 64-bit key to pointer, open addressing, for the daemons' tables.
 *
 * Linear probing.  A removed entry leaves a tombstone, so that a walk may
 * remove as it goes; a tombstone before a free slot is none, and growing
 * sweeps the others away.
 */
#include "base/map.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/crypto.h"

enum { SMALLEST = 16 };

struct slot {
	uint64_t key;
	void	*value; /* NULL: free */
};

struct map {
	struct slot *slots;
	size_t	     cap;  /* a power of two */
	size_t	     used; /* values and tombstones */
	size_t	     size; /* values */
	uint64_t     seed;
};

static char tombstone;

static bool
is_live(const struct slot *s)
{
	return s->value != NULL && s->value != &tombstone;
}

/* Where a key's probing starts: MurmurHash3's finalizer over key and seed. */
static size_t
home(const struct map *m, uint64_t key)
{
	uint64_t h = key ^ m->seed;

	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return (size_t)(h ^ h >> 33) & (m->cap - 1);
}

/* The slot that holds key, or else the one where it belongs. */
static struct slot *
probe(const struct map *m, uint64_t key)
{
	struct slot *grave = NULL, *s;

	for (size_t i = home(m, key);; i = (i + 1) & (m->cap - 1)) {
		s = &m->slots[i];
		if (s->value == NULL)
			return grave != NULL ? grave : s;
		if (s->value == &tombstone) {
			if (grave == NULL)
				grave = s;
		} else if (s->key == key)
			return s;
	}
}

static void
resize(struct map *m, size_t cap)
{
	struct slot *old = m->slots;
	size_t	     n = m->cap;

	if ((m->slots = calloc(cap, sizeof(*m->slots))) == NULL)
		abort();
	m->cap = cap;
	m->used = m->size;
	for (size_t i = 0; i < n; i++)
		if (is_live(&old[i]))
			*probe(m, old[i].key) = old[i];
	free(old);
}

struct map *
map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	m->seed = random_u64();
	resize(m, SMALLEST);
	return m;
}

void
map_free(struct map **m)
{
	if (*m == NULL)
		return;
	free((*m)->slots);
	free(*m);
	*m = NULL;
}

void *
map_get(const struct map *m, uint64_t key)
{
	const struct slot *s = probe(m, key);

	return is_live(s) ? s->value : NULL;
}

void *
map_put(struct map *m, uint64_t key, void *value)
{
	struct slot *s;
	void	    *old;

	/* At least a quarter stays free, so that every probe ends soon. */
	if (m->used + 1 > m->cap / 4 * 3)
		resize(m, m->size * 2 >= m->cap ? m->cap * 2 : m->cap);
	s = probe(m, key);
	if (is_live(s)) {
		old = s->value;
		s->value = value;
		return old;
	}
	m->used += s->value == NULL;
	m->size++;
	*s = (struct slot){key, value};
	return NULL;
}

void *
map_remove(struct map *m, uint64_t key)
{
	struct slot *s = probe(m, key);
	void	    *old = s->value;
	size_t	     i = (size_t)(s - m->slots);

	if (!is_live(s))
		return NULL;
	s->value = &tombstone;
	m->size--;
	if (m->slots[(i + 1) & (m->cap - 1)].value != NULL)
		return old;
	for (; m->slots[i].value == &tombstone; i = (i - 1) & (m->cap - 1)) {
		m->slots[i].value = NULL;
		m->used--;
	}
	return old;
}

size_t
map_size(const struct map *m)
{
	return m->size;
}

int
map_next(const struct map *m, size_t *at, uint64_t *key_r, void **value_r)
{
	while (*at < m->cap) {
		const struct slot *s = &m->slots[(*at)++];

		if (!is_live(s))
			continue;
		*key_r = s->key;
		*value_r = s->value;
		return 1;
	}
	return 0;
}
