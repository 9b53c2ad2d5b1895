/* SPDX-License-Identifier: MIT */
/*
 * consumer.c -- deliver's half: entries, and what is done of them.
 *
 * Offsets are stored up to the oldest entry that is not done, and committed by
 * librdkafka every second and before a partition goes.
 *
 * An offset that is not the one expected means that entries are gone: the
 * topic was made anew, or kept them not long enough.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "data/kafka/kafka.h"

enum {
	BATCH = 512, /* entries handed out at once */
	SEEK_MS = 1000
};

/* One that was shut out, or can go on no more, is replaced. */
static int
ready(struct bus_kafka_bus *b, struct err *e)
{
	char why[256];

	if (b->consumer != NULL &&
	    rd_kafka_fatal_error(b->consumer, why, sizeof(why)) != 0) {
		log_warn("kafka.consumer.ended", LOG_STR("why", why));
		kafka_consumer_free(b);
	}
	if (b->consumer != NULL)
		return 0;
	b->has_topic = false;
	return kafka_consumer_new(b, e);
}

/* -- entries --------------------------------------------------------------- */

static void
pause_or_resume(struct bus_kafka_bus *b, int32_t p, bool pause)
{
	rd_kafka_topic_partition_list_t *list;

	if (b->partition[p].is_paused == pause)
		return;
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, b->topic, p);
	if (pause)
		(void)rd_kafka_pause_partitions(b->consumer, list);
	else
		(void)rd_kafka_resume_partitions(b->consumer, list);
	rd_kafka_topic_partition_list_destroy(list);
	b->partition[p].is_paused = pause;
}

static uint32_t
fence_of(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	const void	   *value;
	size_t		    len;
	char		    text[16];

	if (rd_kafka_message_headers(m, &headers) != 0 ||
	    rd_kafka_header_get_last(headers, "f", &value, &len) != 0 ||
	    len >= sizeof(text))
		return 0;
	memcpy(text, value, len);
	text[len] = '\0';
	return (uint32_t)strtoul(text, NULL, 10);
}

/* Before the expected one: made anew.  After it: some are gone. */
static void
check_place(struct bus_kafka_bus *b, struct partition *p, int64_t offset)
{
	int64_t oldest = undone_oldest(&p->undone);

	if (oldest < 0 || (offset >= oldest && offset <= p->undone.next))
		return;
	log_warn("kafka.gap", LOG_INT("expected", oldest),
	    LOG_INT("offset", offset));
	b->is_emptied = true;
	undone_reset(&p->undone, -1);
}

/* True if it is handed out. */
static bool
take(struct bus_kafka_bus *b, struct arena *a, const rd_kafka_message_t *m,
    struct bus_entry *to)
{
	struct partition *p = &b->partition[m->partition];
	enum undone_kind  kind;
	char		 *text;

	check_place(b, p, m->offset);
	kind = undone_read(&p->undone, m->offset);
	if (undone_is_full(&p->undone))
		pause_or_resume(b, m->partition, true);
	if (kind == UNDONE_DONE)
		return false;
	memset(to, 0, sizeof(*to));
	to->topic = BUS_EVENTS;
	to->shard = (unsigned)m->partition;
	to->position.minor = (uint64_t)m->offset;
	text = arena_alloc(a, m->len + 1);
	if (m->len > 0)
		memcpy(text, m->payload, m->len);
	text[m->len] = '\0';
	to->data = text;
	to->len = m->len;
	to->fence = fence_of(m);
	to->is_again = kind == UNDONE_AGAIN || m->offset < p->up_to;
	return true;
}

static bool
is_ours(const struct bus_kafka_bus *b, const rd_kafka_message_t *m)
{
	return m->err == 0 && m->partition >= 0 &&
	       m->partition < (int32_t)b->bus.shards &&
	       b->bus.owned[BUS_EVENTS][m->partition];
}

static int
by_shard(const void *x, const void *y)
{
	const struct bus_entry *a = x, *b = y;

	if (a->shard != b->shard)
		return a->shard < b->shard ? -1 : 1;
	return a->position.minor < b->position.minor   ? -1
	       : a->position.minor > b->position.minor ? 1
						       : 0;
}

int
kafka_drain(struct bus_kafka_bus *b, struct arena *a,
    struct bus_entry **entries_r, size_t *n_r, struct err *e)
{
	struct bus_entry   *entries;
	rd_kafka_message_t *m;
	uint64_t	    count;
	size_t		    n = 0;

	if (ready(b, e) == -1 ||
	    (!b->has_topic && kafka_topic(b, b->consumer, e) == -1))
		return -1;
	if (b->needs_rewind)
		kafka_rewind(b);
	if (b->needs_rewind)
		return kafka_failed(
		    RD_KAFKA_RESP_ERR__TIMED_OUT, "seek", NULL, e);
	entries = arena_alloc(a, BATCH * sizeof(*entries));
	(void)!read(b->wake_fd, &count, sizeof(count));
	while (
	    n < BATCH && (m = rd_kafka_consumer_poll(b->consumer, 0)) != NULL) {
		if (is_ours(b, m))
			n += take(b, a, m, &entries[n]);
		rd_kafka_message_destroy(m);
	}
	b->has_more = n == BATCH;
	qsort(entries, n, sizeof(*entries), by_shard);
	*entries_r = entries;
	*n_r = n;
	return 0;
}

/* -- done, and over again -------------------------------------------------- */

void
kafka_done(struct bus_kafka_bus *b, const struct bus_entry *entries, size_t n)
{
	bool				 moved[BUS_SHARDS_MAX] = {false};
	rd_kafka_topic_partition_list_t *list;

	for (size_t i = 0; i < n; i++)
		if (b->bus.owned[BUS_EVENTS][entries[i].shard])
			moved[entries[i].shard] |=
			    undone_done(&b->partition[entries[i].shard].undone,
				(int64_t)entries[i].position.minor);
	list = rd_kafka_topic_partition_list_new((int)b->bus.shards);
	for (unsigned s = 0; s < b->bus.shards; s++)
		if (moved[s]) {
			rd_kafka_topic_partition_list_add(
			    list, b->topic, (int32_t)s)
			    ->offset = undone_oldest(&b->partition[s].undone);
			pause_or_resume(b, (int32_t)s, false);
		}
	if (list->cnt > 0)
		(void)rd_kafka_offsets_store(b->consumer, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Each partition is read again from the oldest entry that is not done. */
void
kafka_rewind(struct bus_kafka_bus *b)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_error_t		*error;

	b->needs_rewind = false;
	if (b->consumer == NULL)
		return;
	list = rd_kafka_topic_partition_list_new((int)b->bus.shards);
	for (unsigned s = 0; s < b->bus.shards; s++)
		if (b->bus.owned[BUS_EVENTS][s] &&
		    b->partition[s].undone.n > 0) {
			rd_kafka_topic_partition_list_add(
			    list, b->topic, (int32_t)s)
			    ->offset = undone_oldest(&b->partition[s].undone);
			pause_or_resume(b, (int32_t)s, false);
		}
	if (list->cnt > 0) {
		error = rd_kafka_seek_partitions(b->consumer, list, SEEK_MS);
		for (int i = 0; i < list->cnt; i++)
			b->needs_rewind |= list->elems[i].err != 0;
		kafka_report(error, "seek");
	}
	rd_kafka_topic_partition_list_destroy(list);
}

int64_t
kafka_lag(struct bus_kafka_bus *b)
{
	int64_t lag = 0, low, high;

	if (b->consumer == NULL)
		return -1;
	for (unsigned s = 0; s < b->bus.shards; s++) {
		int64_t at = undone_oldest(&b->partition[s].undone);

		if (b->bus.owned[BUS_EVENTS][s] && at >= 0 &&
		    rd_kafka_get_watermark_offsets(
			b->consumer, b->topic, (int32_t)s, &low, &high) == 0 &&
		    high > at)
			lag += high - at;
	}
	return lag;
}
