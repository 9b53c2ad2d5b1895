/* SPDX-License-Identifier: MIT */
/*
 * bus.c -- The bus port: what is the same whatever carries the entries.
 *
 * Shards are chosen by a fixed mix of the key, so that every program, on every
 * node and in every version, agrees on where a conversation's events go.
 */
#include "data/bus.h"

#include <stdio.h>

#include "base/err.h"
#include "base/metrics.h"
#include "base/mix.h"

void
bus_free(struct bus **bus)
{
	if (*bus == NULL)
		return;
	(*bus)->driver->free(*bus);
	*bus = NULL;
}

unsigned
bus_shards(const struct bus *bus)
{
	return bus->shards;
}

unsigned
bus_shard(uint64_t key, unsigned shards)
{
	return (unsigned)(mix64(key) % shards);
}

void
bus_stream_name(enum bus_topic topic, unsigned shard, char out_r[BUS_NAME_MAX])
{
	(void)snprintf(out_r, BUS_NAME_MAX, "%s:%u",
	    topic == BUS_EVENTS ? "bus" : "up", shard);
}

/* Every call goes through here, so that whoever looks knows how the bus is. */
static int
noted(struct bus *bus, int rc, const struct err *e)
{
	/* Who is refused was heard. */
	bool is_failing = rc == -1 && e->kind == ERR_UNAVAILABLE;

	if (bus->is_failing != is_failing) {
		bus->is_failing = is_failing;
		metric_set(METRIC_BUS_FAILING, bus->is_failing);
	}
	return rc;
}

bool
bus_is_failing(const struct bus *bus)
{
	return bus->is_failing;
}

void
bus_own(struct bus *bus, enum bus_topic topic, unsigned shard, bool is_ours)
{
	if (bus->owned[topic][shard] == is_ours)
		return;
	bus->owned[topic][shard] = is_ours;
	if (bus->driver->own != NULL)
		bus->driver->own(bus, topic, shard, is_ours);
}

bool
bus_owns(const struct bus *bus, enum bus_topic topic, unsigned shard)
{
	return bus->owned[topic][shard];
}

bool
bus_assigns(const struct bus *bus, enum bus_topic topic)
{
	return topic == BUS_EVENTS && bus->driver->assigns_events;
}

const char *
bus_name(const struct bus *bus)
{
	return bus->driver->name;
}

bool
bus_wants_network(const struct bus *bus)
{
	return bus->driver->assigns_events; /* brokers are elsewhere */
}

int64_t
bus_lag(struct bus *bus, struct arena *a)
{
	return bus->driver->lag(bus, a);
}

int
bus_publish(struct bus *bus, struct arena *a, struct bus_entry *entries,
    size_t n, struct err *e)
{
	return noted(bus, bus->driver->publish(bus, a, entries, n, e), e);
}

int
bus_consume(struct bus *bus, struct arena *a, int wait_ms,
    struct bus_entry **entries_r, size_t *n_r, bool *is_emptied_r,
    struct err *e)
{
	*entries_r = NULL;
	*n_r = 0;
	*is_emptied_r = false;
	return noted(bus,
	    bus->driver->consume(
		bus, a, wait_ms, entries_r, n_r, is_emptied_r, e),
	    e);
}

int
bus_done(struct bus *bus, struct arena *a, const struct bus_entry *entries,
    size_t n, struct err *e)
{
	return n == 0 ? 0
		      : noted(bus, bus->driver->done(bus, a, entries, n, e), e);
}

void
bus_rewind(struct bus *bus)
{
	bus->driver->rewind(bus);
}

int
bus_lost(struct bus *bus, struct arena *a, struct bus_entry *entries, size_t n,
    struct err *e)
{
	return n == 0 ? 0
		      : noted(bus, bus->driver->lost(bus, a, entries, n, e), e);
}
