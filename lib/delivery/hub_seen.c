/* SPDX-License-Identifier: MIT */
/*
 * hub_seen.c -- Ranges in a sorted array.
 *
 * first is kept beside last because a socket's first message of a conversation
 * may overtake an older one: what is below first was never given.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "delivery/hub_seen.h"

void
seen_free(struct hub_seen *s)
{
	free(s->range);
	memset(s, 0, sizeof(*s));
}

static unsigned
place_of(const struct hub_seen *s, uint64_t conv_id)
{
	unsigned low = 0, high = s->n;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (s->range[mid].conv_id < conv_id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
holds(const struct hub_seen *s, unsigned at, uint64_t conv_id)
{
	return at < s->n && s->range[at].conv_id == conv_id;
}

enum seen_verdict
seen_judge(const struct hub_seen *s, uint64_t conv_id, uint64_t seq)
{
	unsigned		 at = place_of(s, conv_id);
	const struct seen_range *r;

	if (!holds(s, at, conv_id))
		return SEEN_NEW;
	r = &s->range[at];
	if (seq < r->first || seq == r->last + 1)
		return SEEN_NEW;
	return seq <= r->last ? SEEN_REPEAT : SEEN_GAP;
}

static void
remove_at(struct hub_seen *s, unsigned at)
{
	memmove(s->range + at, s->range + at + 1,
	    (s->n - at - 1u) * sizeof(*s->range));
	s->n--;
}

static void
insert(struct hub_seen *s, uint64_t conv_id, uint64_t seq)
{
	unsigned at;

	if (s->n == SEEN_MAX)
		remove_at(s, s->next_victim++ % SEEN_MAX);
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 4 : (uint16_t)(2 * s->cap);
		s->range = realloc(s->range, s->cap * sizeof(*s->range));
		if (s->range == NULL)
			abort();
	}
	at = place_of(s, conv_id);
	memmove(
	    s->range + at + 1, s->range + at, (s->n - at) * sizeof(*s->range));
	s->range[at] = (struct seen_range){conv_id, seq, seq};
	s->n++;
}

void
seen_note(struct hub_seen *s, uint64_t conv_id, uint64_t seq)
{
	unsigned at = place_of(s, conv_id);

	if (!holds(s, at, conv_id))
		insert(s, conv_id, seq);
	else if (seq < s->range[at].first)
		s->range[at].first = seq;
	else if (seq > s->range[at].last)
		s->range[at].last = seq;
}

void
seen_stand(struct hub_seen *s, uint64_t conv_id, uint64_t seq)
{
	unsigned at = place_of(s, conv_id);

	if (holds(s, at, conv_id) &&
	    (s->range[at].first > seq + 1 ||
		(s->range[at].first <= seq && seq <= s->range[at].last)))
		return;
	seen_note(s, conv_id, seq);
	s->range[place_of(s, conv_id)].first = 0;
}
