/* SPDX-License-Identifier: MIT */
/*
 * bus_open.c -- The adapter that bus.driver names.
 *
 * Kafka's client library brings a dozen others along, so its adapter is a
 * shared object beside the programs, loaded by those who use it and by nobody
 * else.  It must be there before the sandbox closes.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"
#include "data/bus.h"
#include "data/bus_kafka.h"

enum { PATH_SIZE = 4096 };

/* The file beside the program that is running. */
static int
beside(char out_r[PATH_SIZE], const char *file)
{
	ssize_t n = readlink("/proc/self/exe", out_r, PATH_SIZE - 1);
	char   *slash;

	if (n <= 0)
		return -1;
	out_r[n] = '\0';
	slash = strrchr(out_r, '/');
	if (slash == NULL ||
	    (size_t)(slash - out_r) + strlen(file) + 2 > PATH_SIZE)
		return -1;
	memcpy(slash + 1, file, strlen(file) + 1);
	return 0;
}

static int
open_kafka(struct bus **bus_r, const struct config *config, struct redis *redis,
    const char *program, struct err *e)
{
	char			path[PATH_SIZE];
	const struct bus_kafka *kafka;
	void		       *object;

	if (beside(path, BUS_KAFKA_FILE) == -1)
		return err_set(
		    e, ERR_INTERNAL, "internal", "bus: where is the program?");
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL)
		return err_set(
		    e, ERR_INTERNAL, "internal", "bus: %s", dlerror());
	kafka = dlsym(object, BUS_KAFKA_SYMBOL);
	if (kafka == NULL)
		return err_set(
		    e, ERR_INTERNAL, "internal", "bus: %s", dlerror());
	return kafka->open(bus_r, config, redis, program, e);
}

int
bus_open(struct bus **bus_r, const struct config *config, struct redis *redis,
    const char *program, struct err *e)
{
	if (strcmp(config_str(config, "bus.driver"), "kafka") == 0)
		return open_kafka(bus_r, config, redis, program, e);
	return bus_redis_new(bus_r, config, redis, e);
}
