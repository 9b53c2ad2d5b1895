/* SPDX-License-Identifier: MIT */
/*
 * bus_open.c -- The adapter that bus.driver names.
 *
 * Kafka's client library brings a dozen others along, so its adapter is a
 * shared object, loaded by those who use it and by nobody else.  It must be
 * there before the sandbox closes.
 */
#include "data/bus.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/err.h"
#include "data/bus_kafka.h"

enum { PATH_SIZE = 4096 };

/* The object's file: lib/ beside the folder of the program that is running. */
static int
find(char out_r[PATH_SIZE])
{
	char	exe[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", exe, PATH_SIZE - 1);
	int	len;

	if (n <= 0)
		return -1;
	exe[n] = '\0';
	len = snprintf(
	    out_r, PATH_SIZE, "%s/../lib/%s", dirname(exe), BUS_KAFKA_FILE);
	return len > 0 && len < PATH_SIZE ? 0 : -1;
}

static int
open_kafka(struct bus **bus_r, const struct config *config, struct redis *redis,
    const char *node, struct err *e)
{
	char			path[PATH_SIZE];
	const struct bus_kafka *kafka;
	void		       *object;

	if (find(path) == -1)
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
	return kafka->open(bus_r, config, redis, node, e);
}

int
bus_open(struct bus **bus_r, const struct config *config, struct redis *redis,
    const char *node, struct err *e)
{
	if (strcmp(config_str(config, "bus.driver"), "kafka") == 0)
		return open_kafka(bus_r, config, redis, node, e);
	return bus_redis_new(bus_r, config, redis, e);
}
