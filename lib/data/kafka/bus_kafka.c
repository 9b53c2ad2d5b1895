/* SPDX-License-Identifier: MIT */
/*
 * bus_kafka.c -- The bus on Kafka: events there, what hubs send up in Redis.
 *
 * A round waits for both at once: a read of the streams is under way on a
 * connection of its own, and librdkafka writes to an eventfd when it has
 * something.  What is sent up is short-lived, and each hub would need a
 * producer for it, so it stays where it is.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/bus_kafka.h"
#include "data/kafka/kafka.h"
#include "data/redis.h"

enum { UP_WAIT_MS = 1000 };

static struct bus_kafka_bus *
self(struct bus *bus)
{
	return (struct bus_kafka_bus *)(void *)bus;
}

static struct bus_redis *
up_of(struct bus_kafka_bus *b)
{
	return (struct bus_redis *)(void *)b->up;
}

static int
publish(struct bus *bus, struct arena *a, struct bus_entry *entries, size_t n,
    struct err *e)
{
	struct bus_kafka_bus *b = self(bus);

	if (n > 0 && entries[0].topic == BUS_UP)
		return bus_publish(b->up, a, entries, n, e);
	return kafka_publish(b, entries, n, e);
}

/* -- consuming ------------------------------------------------------------- */

/* Waits for either; true if the streams have answered. */
static bool
await(struct bus_kafka_bus *b, int wait_ms)
{
	struct pollfd fds[2] = {{b->wake_fd, POLLIN, 0},
	    {up_of(b)->is_asked ? redis_fd(b->reader) : -1, POLLIN, 0}};

	(void)poll(fds, 2, b->has_more ? 0 : wait_ms);
	return fds[1].fd != -1 && fds[1].revents != 0;
}

/* Events before what was sent up. */
static void
join(struct arena *a, struct bus_entry **entries, size_t *n,
    const struct bus_entry *more, size_t nmore)
{
	struct bus_entry *all;

	if (nmore == 0)
		return;
	all = arena_alloc(a, (*n + nmore) * sizeof(*all));
	if (*n > 0)
		memcpy(all, *entries, *n * sizeof(*all));
	memcpy(all + *n, more, nmore * sizeof(*all));
	*entries = all;
	*n += nmore;
}

static int
consume(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	struct bus_kafka_bus *b = self(bus);
	struct bus_entry     *more = NULL;
	size_t		      nmore = 0;

	if (!up_of(b)->is_asked &&
	    bus_redis_ask(up_of(b), a, UP_WAIT_MS, is_emptied_r, e) == -1)
		return -1;
	if (await(b, wait_ms) &&
	    bus_redis_take(up_of(b), a, &more, &nmore, e) == -1)
		return -1;
	if (kafka_drain(b, a, entries_r, n_r, e) == -1)
		return -1;
	join(a, entries_r, n_r, more, nmore);
	*is_emptied_r |= b->is_emptied;
	b->is_emptied = false;
	return 0;
}

/* -- done, and over again -------------------------------------------------- */

static int
done(struct bus *bus, struct arena *a, const struct bus_entry *entries,
    size_t n, struct err *e)
{
	struct bus_kafka_bus *b = self(bus);
	struct bus_entry     *up = arena_alloc(a, n * sizeof(*up)), *events;
	size_t		      nup = 0, nevents = 0;

	events = arena_alloc(a, n * sizeof(*events));
	for (size_t i = 0; i < n; i++)
		if (entries[i].topic == BUS_UP)
			up[nup++] = entries[i];
		else
			events[nevents++] = entries[i];
	kafka_done(b, events, nevents);
	return bus_done(b->up, a, up, nup, e);
}

static void
rewind_all(struct bus *bus)
{
	struct bus_kafka_bus *b = self(bus);

	bus_rewind(b->up);
	kafka_rewind(b);
}

static int
lost(struct bus *bus, struct arena *a, struct bus_entry *entries, size_t n,
    struct err *e)
{
	(void)a;
	return kafka_lost(self(bus), entries, n, e);
}

static void
own(struct bus *bus, enum bus_topic topic, unsigned shard, bool is_ours)
{
	if (topic == BUS_UP)
		bus_own(self(bus)->up, topic, shard, is_ours);
}

static int64_t
lag(struct bus *bus, struct arena *a)
{
	(void)a;
	return kafka_lag(self(bus));
}

/* -- beginning and end ----------------------------------------------------- */

static void
free_bus(struct bus *bus)
{
	struct bus_kafka_bus *b = self(bus);

	kafka_producer_free(b);
	kafka_consumer_free(b);
	bus_free(&b->up);
	redis_free(&b->reader);
	if (b->wake_fd != -1)
		close(b->wake_fd);
	free(b);
}

static const struct bus_driver driver = {.name = "kafka",
    .assigns_events = true,
    .publish = publish,
    .consume = consume,
    .done = done,
    .rewind = rewind_all,
    .lost = lost,
    .own = own,
    .lag = lag,
    .free = free_bus};

/* The streams, of which ours are only those of what is sent up. */
static int
open_up(struct bus_kafka_bus *b, struct redis *redis, struct err *e)
{
	if (redis_new(&b->reader, b->config, e) == -1 ||
	    bus_redis_new(&b->up, b->config, redis, e) == -1)
		return -1;
	up_of(b)->reader = b->reader;
	for (unsigned s = 0; s < b->bus.shards; s++)
		bus_own(b->up, BUS_EVENTS, s, false);
	return 0;
}

static int
open_bus(struct bus **bus_r, const struct config *config, struct redis *redis,
    const char *node, struct err *e)
{
	struct bus_kafka_bus *b = calloc(1, sizeof(*b));
	int		      rc;

	if (b == NULL)
		return err_set(e, ERR_INTERNAL, "internal", "out of memory");
	b->bus.driver = &driver;
	b->bus.shards = (unsigned)config_int(config, "bus.shards");
	memset(b->bus.owned[BUS_UP], true, sizeof(b->bus.owned[BUS_UP]));
	b->config = config;
	b->node = node;
	b->topic = config_str(config, "kafka.topic");
	b->group = config_str(config, "kafka.group");
	b->timeout_ms = (int)config_int(config, "kafka.timeout_ms");
	b->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rc = open_up(b, redis, e);
	if (rc == 0)
		rc = node[0] == '\0' ? kafka_producer_new(b, e)
				     : kafka_consumer_new(b, e);
	if (rc == -1) {
		free_bus(&b->bus);
		return -1;
	}
	*bus_r = &b->bus;
	return 0;
}

extern const struct bus_kafka bus_kafka;
const struct bus_kafka	      bus_kafka = {open_bus};
