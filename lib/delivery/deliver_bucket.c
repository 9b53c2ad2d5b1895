/* SPDX-License-Identifier: MIT */
/*
 * deliver_bucket.c -- How fast one conversation may be delivered.
 *
 * A token bucket for each key, kept as one time: that at which it would be
 * full again (GCRA).  A bucket that is full is like none, so what is
 * remembered is bounded by forgetting those; at worst all of them.
 */
#include <stdlib.h>

#include "base/map.h"
#include "delivery/deliver_private.h"

enum { BUCKETS_MAX = 65536 };

struct bucket {
	int64_t full_us; /* when it is full again */
};

static void
forget(struct deliver *d, int64_t full_before_us)
{
	size_t	 at = 0;
	uint64_t key;
	void	*value;

	while (map_next(d->buckets, &at, &key, &value)) {
		struct bucket *b = value;

		if (b->full_us > full_before_us)
			continue;
		map_remove(d->buckets, key);
		free(b);
	}
}

void
deliver_buckets_free(struct deliver *d)
{
	forget(d, INT64_MAX);
	map_free(&d->buckets);
}

static struct bucket *
bucket_of(struct deliver *d, uint64_t key, int64_t now_us)
{
	struct bucket *b = map_get(d->buckets, key);

	if (b != NULL)
		return b;
	if (map_size(d->buckets) >= BUCKETS_MAX)
		forget(d, now_us);
	if (map_size(d->buckets) >= BUCKETS_MAX)
		forget(d, INT64_MAX);
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		abort();
	map_put(d->buckets, key, b);
	return b;
}

bool
deliver_bucket_take(
    struct deliver *d, uint64_t key, int64_t now_ms, int64_t *due_ms_r)
{
	int64_t	       now = now_ms * 1000, token, early;
	struct bucket *b;

	if (d->rate == 0)
		return true;
	b = bucket_of(d, key, now);
	token = 1000000 / d->rate;
	if (b->full_us < now)
		b->full_us = now;
	early = b->full_us + token - now - d->burst * token;
	if (early > 0) {
		*due_ms_r = now_ms + early / 1000 + 1;
		return false;
	}
	b->full_us += token;
	return true;
}
