/* SPDX-License-Identifier: MIT */
/*
 * producer.c -- The relay's half: entries with their delivery reports.
 *
 * Idempotent and acks=all, so that what librdkafka sends again by itself
 * changes neither number nor order.  The partition is our own shard, for the
 * leases of relays and the streams of hubs go by it; the key is there for
 * whoever reads the topic besides us.  A publish ends when every entry was
 * reported, or its time is up; what is still under way then is given up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "data/kafka/kafka.h"

enum {
	INDEX_BITS = 20, /* of an entry in its batch */
	SLACK_MS = 500,	 /* beyond the time of a message, for its report */
	CLOSE_MS = 1000
};

static void *
mark(uint64_t batch, size_t i)
{
	return (void *)(uintptr_t)(batch << INDEX_BITS | i); // NOLINT
}

static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct bus_kafka_bus *b = opaque;
	uint64_t	      which = (uint64_t)(uintptr_t)m->_private;
	size_t		      i = which & ((UINT64_C(1) << INDEX_BITS) - 1);

	(void)rk;
	if (which >> INDEX_BITS != b->batch.number || i >= b->batch.n)
		return;
	b->batch.reported++;
	if (kafka_is_refusal(m->err)) {
		b->batch.refused++;
		return;
	}
	if (m->err != 0) {
		b->batch.failed++;
		snprintf(b->batch.why, sizeof(b->batch.why), "%s",
		    rd_kafka_err2str(m->err));
		return;
	}
	b->batch.entries[i].position.major = 0;
	b->batch.entries[i].position.minor = (uint64_t)m->offset;
}

int
kafka_producer_new(struct bus_kafka_bus *b, struct err *e)
{
	char		 ms[16], why[256];
	rd_kafka_conf_t *conf;

	snprintf(ms, sizeof(ms), "%d", b->timeout_ms);
	conf = kafka_conf(b,
	    (const char *const[][2]){
		{"linger.ms", "0"}, {"message.timeout.ms", ms}, {NULL}},
	    e);
	if (conf == NULL)
		return -1;
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	if (kafka_set_all(conf,
		(const char *const[][2]){
		    {"enable.idempotence", "true"}, {"acks", "all"}, {NULL}},
		e) == -1) {
		rd_kafka_conf_destroy(conf);
		return -1;
	}
	b->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (b->producer != NULL)
		return 0;
	rd_kafka_conf_destroy(conf);
	return err_set(e, ERR_INTERNAL, "internal", "Kafka: %s", why);
}

void
kafka_producer_free(struct bus_kafka_bus *b)
{
	if (b->producer == NULL)
		return;
	rd_kafka_purge(
	    b->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	(void)rd_kafka_flush(b->producer, CLOSE_MS);
	rd_kafka_destroy(b->producer);
	b->producer = NULL;
}

/* A producer that can go on no more is replaced by a new one. */
static int
ready(struct bus_kafka_bus *b, struct err *e)
{
	char why[256];

	if (b->producer != NULL &&
	    rd_kafka_fatal_error(b->producer, why, sizeof(why)) != 0) {
		log_warn("kafka.producer.ended", LOG_STR("why", why));
		kafka_producer_free(b);
	}
	if (b->producer == NULL && kafka_producer_new(b, e) == -1)
		return -1;
	return kafka_topic(b, b->producer, e);
}

static rd_kafka_resp_err_t
produce(struct bus_kafka_bus *b, const struct bus_entry *entry, size_t i)
{
	char key[24], fence[16];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)entry->key);
	snprintf(fence, sizeof(fence), "%u", entry->fence);
	return rd_kafka_producev(b->producer, RD_KAFKA_V_TOPIC(b->topic),
	    RD_KAFKA_V_PARTITION((int32_t)entry->shard),
	    RD_KAFKA_V_KEY(key, strlen(key)),
	    RD_KAFKA_V_VALUE((void *)(uintptr_t)entry->data, entry->len),
	    RD_KAFKA_V_HEADER("f", fence, -1),
	    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	    RD_KAFKA_V_OPAQUE(mark(b->batch.number, i)), RD_KAFKA_V_END);
}

/* Until all are reported: true. */
static bool
await_reports(struct bus_kafka_bus *b, size_t n)
{
	int64_t end_us =
	    clock_mono_us() + (b->timeout_ms + SLACK_MS) * INT64_C(1000);

	while (b->batch.reported < n) {
		int64_t left_us = end_us - clock_mono_us();

		if (left_us <= 0)
			return false;
		(void)rd_kafka_poll(b->producer, (int)(left_us / 1000) + 1);
	}
	return true;
}

int
kafka_publish(
    struct bus_kafka_bus *b, struct bus_entry *entries, size_t n, struct err *e)
{
	rd_kafka_resp_err_t code = 0;
	size_t		    sent = 0;
	bool		    is_over;

	if (ready(b, e) == -1)
		return -1;
	b->batch = (struct batch){
	    .number = b->batch.number + 1, .entries = entries, .n = n};
	while (sent < n && (code = produce(b, &entries[sent], sent)) == 0)
		sent++;
	is_over = await_reports(b, sent);
	b->batch.number++; /* what comes now is late */
	if (!is_over) {
		rd_kafka_purge(b->producer,
		    RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		(void)rd_kafka_poll(b->producer, 0);
	}
	if (code != 0 && kafka_is_refusal(code))
		b->batch.refused++;
	else if (code != 0 || !is_over || b->batch.failed > 0)
		return kafka_failed(
		    code != 0 ? code : RD_KAFKA_RESP_ERR__TIMED_OUT, "publish",
		    code != 0 ? NULL : b->batch.why, e);
	if (b->batch.refused == 0)
		return 0;
	return err_set(
	    e, ERR_TOO_LARGE, "too_large", "Kafka takes no entry of this size");
}

/* -- what became of it ----------------------------------------------------- */

static rd_kafka_topic_partition_list_t *
every_partition(const struct bus_kafka_bus *b)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)b->bus.shards);

	for (unsigned s = 0; s < b->bus.shards; s++)
		rd_kafka_topic_partition_list_add(list, b->topic, (int32_t)s);
	return list;
}

static void
note_committed(const struct bus_kafka_bus	     *b,
    const rd_kafka_ListConsumerGroupOffsets_result_t *result, int64_t *upto)
{
	size_t				n;
	const rd_kafka_group_result_t **groups =
	    rd_kafka_ListConsumerGroupOffsets_result_groups(result, &n);

	for (size_t g = 0; g < n; g++) {
		const rd_kafka_topic_partition_list_t *list =
		    rd_kafka_group_result_partitions(groups[g]);

		for (int i = 0; list != NULL && i < list->cnt; i++) {
			const rd_kafka_topic_partition_t *p = &list->elems[i];

			if (strcmp(p->topic, b->topic) == 0 &&
			    p->partition < (int32_t)b->bus.shards)
				upto[p->partition] = p->offset;
		}
	}
}

/* What is committed of each partition, as far as it is known. */
static int
committed(struct bus_kafka_bus *b, int64_t *upto, struct err *e)
{
	rd_kafka_topic_partition_list_t	    *all = every_partition(b);
	rd_kafka_ListConsumerGroupOffsets_t *ask =
	    rd_kafka_ListConsumerGroupOffsets_new(b->group, all);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(b->producer);
	rd_kafka_event_t *event;
	const rd_kafka_ListConsumerGroupOffsets_result_t *result = NULL;
	int						  rc = 0;

	rd_kafka_ListConsumerGroupOffsets(b->producer, &ask, 1, NULL, queue);
	event = rd_kafka_queue_poll(queue, b->timeout_ms);
	if (event != NULL && rd_kafka_event_error(event) == 0)
		result = rd_kafka_event_ListConsumerGroupOffsets_result(event);
	if (result != NULL)
		note_committed(b, result, upto);
	else
		rc = kafka_failed(RD_KAFKA_RESP_ERR__TIMED_OUT,
		    "committed offsets",
		    event == NULL ? NULL : rd_kafka_event_error_string(event),
		    e);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_ListConsumerGroupOffsets_destroy(ask);
	rd_kafka_topic_partition_list_destroy(all);
	rd_kafka_queue_destroy(queue);
	return rc;
}

/*
 * Outside of what the partition holds it is gone; below what is committed
 * somebody has passed it without handling it.
 */
int
kafka_lost(
    struct bus_kafka_bus *b, struct bus_entry *entries, size_t n, struct err *e)
{
	int64_t low[BUS_SHARDS_MAX], high[BUS_SHARDS_MAX];
	int64_t upto[BUS_SHARDS_MAX] = {0};
	bool	is_known[BUS_SHARDS_MAX] = {false};

	if (ready(b, e) == -1 || committed(b, upto, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		unsigned	    s = entries[i].shard;
		int64_t		    offset = (int64_t)entries[i].position.minor;
		rd_kafka_resp_err_t code;

		if (!is_known[s]) {
			code = rd_kafka_query_watermark_offsets(b->producer,
			    b->topic, (int32_t)s, &low[s], &high[s],
			    b->timeout_ms);
			if (code != 0)
				return kafka_failed(
				    code, "watermarks", NULL, e);
			is_known[s] = true;
		}
		entries[i].is_lost =
		    offset < low[s] || offset >= high[s] || offset < upto[s];
	}
	return 0;
}
