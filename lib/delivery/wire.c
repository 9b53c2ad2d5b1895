/* SPDX-License-Identifier: MIT */
/*
 * wire.c -- Messages on the node channel, written and read.
 *
 * Reading checks every length before it believes it: a broken message is
 * dropped as a whole, and the counter makes the hub catch up.
 */
#include <string.h>

#include "delivery/wire.h"

#define MAGIC 0x314e5950u /* "PYN1" */

enum { RECORD_HEAD = 40 };

static void
put32(char *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(v >> (8 * i));
}

static void
put64(char *to, uint64_t v)
{
	put32(to, (uint32_t)v);
	put32(to + 4, (uint32_t)(v >> 32));
}

static uint32_t
get32(const char *from)
{
	const unsigned char *b = (const unsigned char *)from;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

static uint64_t
get64(const char *from)
{
	return get32(from) | (uint64_t)get32(from + 4) << 32;
}

void
wire_begin(struct strbuf *out, struct arena *a)
{
	static const char blank[WIRE_HEAD];

	strbuf_init(out, a);
	strbuf_add(out, blank, sizeof(blank));
}

void
wire_seal(struct strbuf *out, uint64_t epoch, uint64_t counter)
{
	put32(out->data, MAGIC);
	put32(out->data + 4, 0);
	put64(out->data + 8, epoch);
	put64(out->data + 16, counter);
}

void
wire_add(struct strbuf *out, const struct wire_record *r)
{
	bool   ends = r->frame_len == 0 || r->frame[r->frame_len - 1] == '\n';
	size_t len = r->frame_len + (ends ? 0 : 1);
	char   head[RECORD_HEAD];

	put32(head, (uint32_t)r->kind | (uint32_t)r->voice << 16);
	put32(head + 4, (uint32_t)r->ntargets);
	put64(head + 8, r->conv_id);
	put64(head + 16, r->seq);
	put64(head + 24, r->arg);
	put32(head + 32, (uint32_t)len);
	put32(head + 36, r->fence);
	strbuf_add(out, head, sizeof(head));
	for (size_t i = 0; i < r->ntargets; i++) {
		char target[8];

		put64(target, r->targets[i]);
		strbuf_add(out, target, sizeof(target));
	}
	strbuf_add(out, r->frame, r->frame_len);
	if (!ends)
		strbuf_addc(out, '\n');
}

int
wire_open(struct wire_reader *r, const char *data, size_t len)
{
	if (len < WIRE_HEAD || get32(data) != MAGIC)
		return -1;
	r->epoch = get64(data + 8);
	r->counter = get64(data + 16);
	r->at = data + WIRE_HEAD;
	r->end = data + len;
	return 0;
}

int
wire_next(struct wire_reader *r, struct wire_record *out)
{
	size_t left = (size_t)(r->end - r->at);
	size_t ntargets, len;

	if (left == 0)
		return 0;
	if (left < RECORD_HEAD)
		return -1;
	ntargets = get32(r->at + 4);
	len = get32(r->at + 32);
	left -= RECORD_HEAD;
	if (ntargets > left / 8 || len > left - 8 * ntargets)
		return -1;
	out->kind = (enum wire_kind)(get32(r->at) & 0xffff);
	out->voice = get32(r->at) >> 16;
	out->fence = get32(r->at + 36);
	out->conv_id = get64(r->at + 8);
	out->seq = get64(r->at + 16);
	out->arg = get64(r->at + 24);
	out->ntargets = ntargets;
	out->targets = (const void *)(r->at + RECORD_HEAD);
	out->frame = r->at + RECORD_HEAD + 8 * ntargets;
	out->frame_len = len;
	r->at = out->frame + len;
	return 1;
}

uint64_t
wire_target(const struct wire_record *r, size_t i)
{
	return get64((const char *)(const void *)r->targets + 8 * i);
}

/*
 * A process that speaks for the first time may have spoken before, so it
 * counts as a gap, too.  Of many processes the one silent longest is forgotten.
 */
bool
wire_track(
    struct wire_tracker *t, uint64_t epoch, uint64_t counter, int64_t now_ms)
{
	struct wire_peer *p;
	size_t		  i;

	for (i = 0; i < t->n; i++)
		if (t->peer[i].epoch == epoch) {
			bool is_next = counter == t->peer[i].counter + 1;

			t->peer[i].counter = counter;
			t->peer[i].heard_ms = now_ms;
			return is_next;
		}
	if (t->n < WIRE_PEERS_MAX)
		p = &t->peer[t->n++];
	else
		for (i = 0, p = t->peer; i < t->n; i++)
			if (t->peer[i].heard_ms < p->heard_ms)
				p = &t->peer[i];
	*p = (struct wire_peer){epoch, counter, now_ms};
	return false;
}
