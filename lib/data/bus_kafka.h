/* SPDX-License-Identifier: MIT */
/*
 * bus_kafka.h -- The Kafka adapter, as bus_open.c finds it in its object.
 *
 * What the object itself needs of us (arena, errors, settings, the Redis
 * adapter for what is sent up) it takes from the program that loads it.
 */
#ifndef PARLEY_DATA_BUS_KAFKA_H
#define PARLEY_DATA_BUS_KAFKA_H

struct bus;
struct config;
struct err;
struct redis;

#define BUS_KAFKA_FILE "bus_kafka.so"
#define BUS_KAFKA_SYMBOL "bus_kafka"

struct bus_kafka {
	int (*open)(struct bus **, const struct config *, struct redis *,
	    const char *node, struct err *);
};

#endif
