/* SPDX-License-Identifier: MIT */
/*
 * group.c -- deliver as a member of its group: assignments.
 *
 * Cooperative: a rebalance takes away only what goes elsewhere.  The node's
 * name is that of the member, so who starts again has its partitions at once.
 */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "data/kafka/kafka.h"

enum {
	SESSION_MIN_MS = 6000, /* brokers accept no less by default */
	COMMITTED_MS = 2000
};

/* -- assignments ----------------------------------------------------------- */

/* Where the group stands, and where the partition ends at this moment. */
static void
take_up(struct bus_kafka_bus *b, rd_kafka_topic_partition_list_t *parts)
{
	rd_kafka_topic_partition_list_t *copy =
	    rd_kafka_topic_partition_list_copy(parts);
	bool is_known =
	    rd_kafka_committed(b->consumer, copy, COMMITTED_MS) == 0;

	for (int i = 0; i < parts->cnt; i++) {
		int32_t		  p = parts->elems[i].partition;
		int64_t		  at = copy->elems[i].offset, low, high;
		struct partition *to;

		if (p < 0 || p >= (int32_t)b->bus.shards)
			continue;
		to = &b->partition[p];
		undone_reset(&to->undone, is_known && at >= 0 ? at : -1);
		to->is_paused = false;
		to->up_to = INT64_MAX;
		is_known = is_known &&
			   rd_kafka_query_watermark_offsets(b->consumer,
			       b->topic, p, &low, &high, COMMITTED_MS) == 0;
		if (is_known)
			to->up_to = high;
		b->bus.owned[BUS_EVENTS][p] = true;
	}
	rd_kafka_topic_partition_list_destroy(copy);
}

static void
give_up(struct bus_kafka_bus *b, const rd_kafka_topic_partition_list_t *parts)
{
	for (int i = 0; i < parts->cnt; i++) {
		int32_t p = parts->elems[i].partition;

		if (p >= 0 && p < (int32_t)b->bus.shards)
			b->bus.owned[BUS_EVENTS][p] = false;
	}
}

void
kafka_report(rd_kafka_error_t *error, const char *what)
{
	if (error == NULL)
		return;
	log_warn("kafka.rebalance", LOG_STR("what", what),
	    LOG_STR("why", rd_kafka_error_string(error)));
	rd_kafka_error_destroy(error);
}

static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *parts, void *opaque)
{
	struct bus_kafka_bus *b = opaque;

	switch (code) {
	case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
		take_up(b, parts);
		kafka_report(rd_kafka_incremental_assign(rk, parts), "assign");
		break;
	case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
		give_up(b, parts);
		kafka_report(
		    rd_kafka_incremental_unassign(rk, parts), "unassign");
		break;
	default:
		log_warn(
		    "kafka.rebalance", LOG_STR("why", rd_kafka_err2str(code)));
		memset(b->bus.owned[BUS_EVENTS], 0,
		    sizeof(b->bus.owned[BUS_EVENTS]));
		rd_kafka_assign(rk, NULL);
	}
}

/* -- beginning and end ----------------------------------------------------- */

static rd_kafka_conf_t *
group_conf(struct bus_kafka_bus *b, struct err *e)
{
	char		 session[24];
	int64_t		 life_ms = config_int(b->config, "lease.life_ms");
	rd_kafka_conf_t *conf;

	snprintf(session, sizeof(session), "%lld",
	    (long long)(life_ms < SESSION_MIN_MS ? SESSION_MIN_MS : life_ms));
	conf = kafka_conf(b,
	    (const char *const[][2]){{"session.timeout.ms", session},
		{"heartbeat.interval.ms", "1000"}, {NULL}},
	    e);
	if (conf != NULL &&
	    kafka_set_all(conf,
		(const char *const[][2]){{"group.id", b->group},
		    {"group.instance.id", b->node},
		    {"partition.assignment.strategy", "cooperative-sticky"},
		    {"auto.offset.reset", "earliest"},
		    {"enable.auto.commit", "true"},
		    {"auto.commit.interval.ms", "1000"},
		    {"enable.auto.offset.store", "false"}, {NULL}},
		e) == -1) {
		rd_kafka_conf_destroy(conf);
		conf = NULL;
	}
	return conf;
}

static int
subscribe(struct bus_kafka_bus *b, struct err *e)
{
	rd_kafka_topic_partition_list_t *topics =
	    rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(
	    topics, b->topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(b->consumer, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	return code == 0 ? 0 : kafka_failed(code, "subscribe", NULL, e);
}

int
kafka_consumer_new(struct bus_kafka_bus *b, struct err *e)
{
	static const uint64_t one = 1;
	rd_kafka_conf_t	     *conf = group_conf(b, e);
	rd_kafka_queue_t     *queue;
	char		      why[256];

	if (conf == NULL)
		return -1;
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	b->consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (b->consumer == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_set(e, ERR_INTERNAL, "internal", "Kafka: %s", why);
	}
	rd_kafka_poll_set_consumer(b->consumer);
	queue = rd_kafka_queue_get_consumer(b->consumer);
	rd_kafka_queue_io_event_enable(queue, b->wake_fd, &one, sizeof(one));
	rd_kafka_queue_destroy(queue);
	b->has_more = true;
	return subscribe(b, e);
}

void
kafka_consumer_free(struct bus_kafka_bus *b)
{
	if (b->consumer != NULL) {
		(void)rd_kafka_consumer_close(b->consumer);
		rd_kafka_destroy(b->consumer);
		b->consumer = NULL;
	}
	memset(b->bus.owned[BUS_EVENTS], 0, sizeof(b->bus.owned[BUS_EVENTS]));
	for (unsigned s = 0; s < BUS_SHARDS_MAX; s++)
		undone_free(&b->partition[s].undone);
}
