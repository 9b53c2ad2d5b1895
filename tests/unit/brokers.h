/* SPDX-License-Identifier: MIT */
/*
 * brokers.h -- Kafka for a test: librdkafka's mock cluster in a process of its
 * own, or the real one that PARLEY_TEST_KAFKA (host:port) and
 * PARLEY_TEST_KAFKA_PID name.
 */
#ifndef PARLEY_TESTS_BROKERS_H
#define PARLEY_TESTS_BROKERS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct brokers {
	char  bootstrap[256];
	bool  is_real;
	pid_t pid; /* of the mock, or of the real one */
	FILE *to, *from;
};

struct brokers *brokers_new(const char *topic, unsigned partitions);
void		brokers_free(struct brokers **);

/* Nobody answers any more, until they come back. */
void brokers_away(struct brokers *, bool are_away);

/* The mock's next n answers to requests of this kind are this error. */
void brokers_fail(struct brokers *, int api_key, int code, int n);

#endif
