/* SPDX-License-Identifier: MIT */
/*
 * settings.c -- librdkafka's settings; the topic.
 *
 * Ours first, then the operator's file (kafka.properties), where everything
 * belongs that has no key of ours: client certificates, buffers, times; it has
 * the last word.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "data/kafka/kafka.h"

enum { LINE_SIZE = 4096 };

int
kafka_failed(
    rd_kafka_resp_err_t code, const char *what, const char *why, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "Kafka: %s: %s", what,
	    why != NULL && why[0] != '\0' ? why : rd_kafka_err2str(code));
}

bool
kafka_is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static int
set(rd_kafka_conf_t *conf, const char *key, const char *value, struct err *e)
{
	char why[256];

	if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	return err_set(e, ERR_INTERNAL, "config", "Kafka: %s", why);
}

int
kafka_set_all(
    rd_kafka_conf_t *conf, const char *const settings[][2], struct err *e)
{
	for (size_t i = 0; settings[i][0] != NULL; i++)
		if (set(conf, settings[i][0], settings[i][1], e) == -1)
			return -1;
	return 0;
}

static char *
trimmed(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		text[--n] = '\0';
	return text;
}

static int
read_properties(
    rd_kafka_conf_t *conf, FILE *file, const char *path, struct err *e)
{
	char line[LINE_SIZE];

	for (int number = 1; fgets(line, sizeof(line), file) != NULL;
	     number++) {
		char *key = trimmed(line), *value = strchr(key, '=');

		if (*key == '\0' || *key == '#')
			continue;
		if (value == NULL)
			return err_set(e, ERR_INTERNAL, "config",
			    "%s:%d: not key = value", path, number);
		*value = '\0';
		if (set(conf, trimmed(key), trimmed(value + 1), e) == -1)
			return -1;
	}
	return 0;
}

/* The operator's file, by its full name or as one of the instance. */
static int
set_properties(
    const struct config *config, rd_kafka_conf_t *conf, struct err *e)
{
	const char *name = config_str(config, "kafka.properties");
	char	    path[LINE_SIZE];
	FILE	   *file;
	int	    rc;

	if (name[0] == '\0')
		return 0;
	if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(
		    path, sizeof(path), "%s/%s", config_instance(config), name);
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(
		    e, ERR_INTERNAL, "config", "%s: %s", path, strerror(errno));
	rc = read_properties(conf, file, path, e);
	fclose(file);
	return rc;
}

static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk;
	/* One file for both halves: each warns of what is the other's. */
	if (level <= 4 && strcmp(facility, "CONFWARN") != 0)
		log_warn(
		    "kafka", LOG_STR("what", facility), LOG_STR("said", text));
	else
		log_debug(
		    "kafka", LOG_STR("what", facility), LOG_STR("said", text));
}

rd_kafka_conf_t *
kafka_conf(struct bus_kafka_bus *b, const char *const more[][2], struct err *e)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char		 ms[16];

	snprintf(ms, sizeof(ms), "%d", b->timeout_ms);
	rd_kafka_conf_set_opaque(conf, b);
	rd_kafka_conf_set_log_cb(conf, on_log);
	if (kafka_set_all(conf,
		(const char *const[][2]){
		    {"bootstrap.servers",
			config_str(b->config, "kafka.brokers")},
		    {"client.id", "parley"}, {"socket.timeout.ms", ms},
		    {"reconnect.backoff.max.ms", "1000"},
		    {"log.connection.close", "false"}, {NULL}},
		e) == 0 &&
	    kafka_set_all(conf, more, e) == 0 &&
	    kafka_secure(b->config, conf, e) == 0 &&
	    set_properties(b->config, conf, e) == 0)
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}

/* -- the topic ------------------------------------------------------------- */

static int
await_creation(struct bus_kafka_bus *b, rd_kafka_queue_t *queue, struct err *e)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, b->timeout_ms);
	const rd_kafka_CreateTopics_result_t *result;
	const rd_kafka_topic_result_t	    **topics;
	rd_kafka_resp_err_t		      code;
	size_t				      n;

	if (event == NULL)
		return kafka_failed(
		    RD_KAFKA_RESP_ERR__TIMED_OUT, b->topic, NULL, e);
	code = rd_kafka_event_error(event);
	result = rd_kafka_event_CreateTopics_result(event);
	if (code == 0 && result != NULL) {
		topics = rd_kafka_CreateTopics_result_topics(result, &n);
		if (n == 1)
			code = rd_kafka_topic_result_error(topics[0]);
	}
	rd_kafka_event_destroy(event);
	if (code == 0 || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return 0;
	return kafka_failed(code, "the topic cannot be made", NULL, e);
}

/* With the brokers' own number of replicas. */
static int
create(struct bus_kafka_bus *b, rd_kafka_t *rk, struct err *e)
{
	char		     why[256];
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
	    b->topic, (int)b->bus.shards, -1, why, sizeof(why));
	rd_kafka_AdminOptions_t *options;
	rd_kafka_queue_t	*queue;
	int			 rc;

	if (topic == NULL)
		return err_set(e, ERR_INTERNAL, "config", "Kafka: %s", why);
	queue = rd_kafka_queue_new(rk);
	options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_AdminOptions_set_request_timeout(
	    options, b->timeout_ms, why, sizeof(why));
	rd_kafka_CreateTopics(rk, &topic, 1, options, queue);
	rc = await_creation(b, queue, e);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(topic);
	return rc;
}

/* The number of partitions; 0: there is no such topic; -1. */
static int
count_partitions(struct bus_kafka_bus *b, rd_kafka_t *rk, struct err *e)
{
	const struct rd_kafka_metadata *found;
	rd_kafka_topic_t   *topic = rd_kafka_topic_new(rk, b->topic, NULL);
	rd_kafka_resp_err_t code;
	int		    n = 0;

	if (topic == NULL)
		return kafka_failed(rd_kafka_last_error(), b->topic, NULL, e);
	code = rd_kafka_metadata(rk, 0, topic, &found, b->timeout_ms);
	rd_kafka_topic_destroy(topic);
	if (code != 0)
		return kafka_failed(code, "metadata", NULL, e);
	if (found->topic_cnt == 1 && found->topics[0].err == 0)
		n = found->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(found);
	return n;
}

/* The broker asked may hear of it a moment after the one that made it. */
static int
await_partitions(struct bus_kafka_bus *b, rd_kafka_t *rk, struct err *e)
{
	const struct timespec pause = {0, 20 * 1000000};
	int64_t end_us = clock_mono_us() + b->timeout_ms * INT64_C(1000);
	int	n;

	while (
	    (n = count_partitions(b, rk, e)) == 0 && clock_mono_us() < end_us)
		nanosleep(&pause, NULL);
	return n;
}

int
kafka_topic(struct bus_kafka_bus *b, rd_kafka_t *rk, struct err *e)
{
	int n;

	if (b->has_topic)
		return 0;
	n = count_partitions(b, rk, e);
	if (n == 0)
		n = create(b, rk, e) == 0 ? await_partitions(b, rk, e) : -1;
	if (n == -1)
		return -1;
	if (n != (int)b->bus.shards)
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "Kafka: topic %s has %d partitions, bus.shards is %u",
		    b->topic, n, b->bus.shards);
	b->has_topic = true;
	return 0;
}
