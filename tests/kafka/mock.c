/* SPDX-License-Identifier: MIT */
/*
 * mock -- librdkafka's mock cluster as a process of its own.
 *
 *	kafka_mock TOPIC PARTITIONS
 *
 * Prints its bootstrap servers, then obeys lines on standard input, each
 * answered by "ok", until that ends:
 *
 *	error APIKEY CODE N	the next N requests of this kind fail so
 *	down, up		all brokers
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <signal.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { BROKERS = 3, LINE_SIZE = 256 };

static void
push_errors(rd_kafka_mock_cluster_t *cluster, int key, int code, int n)
{
	for (int i = 0; i < n; i++)
		rd_kafka_mock_push_request_errors(
		    cluster, (int16_t)key, 1, (rd_kafka_resp_err_t)code);
}

static void
obey(rd_kafka_mock_cluster_t *cluster, const char *line)
{
	int key, code, n;

	if (sscanf(line, "error %d %d %d", &key, &code, &n) == 3)
		push_errors(cluster, key, code, n);
	for (int32_t id = 1; id <= BROKERS; id++)
		if (strncmp(line, "down", 4) == 0)
			rd_kafka_mock_broker_set_down(cluster, id);
		else if (strncmp(line, "up", 2) == 0)
			rd_kafka_mock_broker_set_up(cluster, id);
}

int
main(int argc, char **argv)
{
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t		*rk;
	char			 line[LINE_SIZE];

	if (argc != 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rk = rd_kafka_new(
	    RD_KAFKA_PRODUCER, rd_kafka_conf_new(), line, sizeof(line));
	if (rk == NULL ||
	    (cluster = rd_kafka_mock_cluster_new(rk, BROKERS)) == NULL ||
	    rd_kafka_mock_topic_create(
		cluster, argv[1], atoi(argv[2]), BROKERS) != 0) {
		fprintf(stderr, "kafka_mock: no cluster\n");
		return 1;
	}
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		obey(cluster, line);
		printf("ok\n");
		fflush(stdout);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(rk);
	return 0;
}
