/* SPDX-License-Identifier: MIT */
/*
 * deliver_member.c -- Who is in a conversation, remembered.
 *
 * A row of the outbox says at which version of the members it was written, so
 * what is remembered from before that is read again, and who was removed gets
 * nothing that was sent afterwards.  It may be remembered from later, too: so
 * where each came in is kept with them, and who came since is left out.  What
 * has no version of its own asks for the present one, which is a number.
 * Bounded by forgetting everything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "delivery/deliver_private.h"

enum { CONVERSATIONS_MAX = 4096, MEMBERS_MAX = 500000 };

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

size_t
ids_sort(uint64_t *ids, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(ids, n, sizeof(*ids), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

ptrdiff_t
ids_find(const uint64_t *ids, size_t n, uint64_t id)
{
	const uint64_t *at =
	    n == 0 ? NULL : bsearch(&id, ids, n, sizeof(*ids), compare);

	return at == NULL ? -1 : at - ids;
}

bool
members_has(const struct members *m, uint64_t user_id)
{
	return ids_find(m->id, m->n, user_id) >= 0;
}

size_t
members_at(const struct members *m, uint64_t seq, uint64_t *ids)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->after[i] < seq)
			ids[n++] = m->id[i];
	return n;
}

static void
forget_all(struct deliver *d)
{
	size_t	 at = 0;
	uint64_t key;
	void	*value;

	while (map_next(d->members, &at, &key, &value)) {
		map_remove(d->members, key);
		free(value);
	}
	d->nmembers = 0;
}

void
deliver_members_free(struct deliver *d)
{
	forget_all(d);
	map_free(&d->members);
}

static struct members *
remember(struct deliver *d, uint64_t conv_id, uint64_t version,
    const uint64_t *ids, const uint64_t *after, size_t n)
{
	struct members *m = malloc(sizeof(*m) + 2 * n * sizeof(m->id[0]));
	struct members *old;

	if (m == NULL)
		abort();
	if (map_size(d->members) >= CONVERSATIONS_MAX ||
	    d->nmembers + n > MEMBERS_MAX)
		forget_all(d);
	m->version = version;
	m->newest = 0;
	m->n = n;
	m->after = m->id + n;
	for (size_t i = 0; i < n; i++) {
		m->id[i] = ids[i];
		m->id[n + i] = after[i];
		if (after[i] > m->newest)
			m->newest = after[i];
	}
	old = map_put(d->members, conv_id, m);
	d->nmembers += m->n - (old == NULL ? 0 : old->n);
	free(old);
	return m;
}

int
deliver_members(struct deliver *d, uint64_t conv_id, uint64_t version,
    const struct members **members_r, struct err *e)
{
	const struct members *known = map_get(d->members, conv_id);
	const uint64_t	     *ids, *after;
	size_t		      n;

	if (known != NULL && version == MEMBERS_NOW &&
	    conversation_members_version(
		d->app, d->arena, conv_id, &version, e) == -1)
		return -1;
	if (known != NULL && known->version >= version) {
		*members_r = known;
		return 0;
	}
	if (conversation_member_ids(
		d->app, d->arena, conv_id, &version, &ids, &after, &n, e) == -1)
		return -1;
	*members_r = remember(d, conv_id, version, ids, after, n);
	return 0;
}
