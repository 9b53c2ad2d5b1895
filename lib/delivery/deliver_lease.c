/* SPDX-License-Identifier: MIT */
/*
 * deliver_lease.c -- Whose shards are ours, and what is said for them.
 *
 * Leases are looked at between steps, when nothing is in hand: what is not
 * done yet is still on the bus, where the next owner finds it.  The deadline
 * is asked for again before anything is told or removed, and whatever is told
 * carries the fence of the shard it is told for.
 */
#include <string.h>

#include "base/err.h"
#include "base/metrics.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "delivery/lease.h"

static void
give_bus(struct deliver *d, unsigned shard, bool is_ours)
{
	bus_own(d->bus, BUS_UP, shard, is_ours);
	if (!bus_assigns(d->bus, BUS_EVENTS))
		bus_own(d->bus, BUS_EVENTS, shard, is_ours);
}

void
deliver_lease(struct deliver *d, struct lease *own, struct lease *claimed)
{
	d->lease[BUS_UP] = own;
	d->lease[BUS_EVENTS] = bus_assigns(d->bus, BUS_EVENTS) ? claimed : own;
	for (unsigned s = 0; s < bus_shards(d->bus); s++)
		give_bus(d, s, false);
}

/* True if one went. */
static bool
share_out(struct deliver *d)
{
	const struct lease *l = d->lease[BUS_UP];
	bool		    went = false;

	for (unsigned s = 0; s < bus_shards(d->bus); s++) {
		uint32_t fence = lease_holds(l, s) ? lease_fence(l, s) : 0;

		if (fence == d->held[s])
			continue;
		/* Even if it is ours again: another had it in between. */
		went |= d->held[s] != 0;
		give_bus(d, s, false);
		deliver_leavers_drop(d, s);
		if (fence != 0)
			give_bus(d, s, true);
		d->held[s] = fence;
	}
	return went;
}

bool
deliver_leases_due(const struct deliver *d)
{
	const struct lease *l = d->lease[BUS_UP];

	return l != NULL && (!lease_is_valid(l) || lease_due_ms(l) == 0);
}

int
deliver_leases(struct deliver *d, struct err *e)
{
	struct lease *l = d->lease[BUS_UP];
	int	      rc = lease_step(l, e);
	bool	      went;

	if (rc == -1 && lease_is_valid(l)) {
		err_clear(e); /* it is tried again in time */
		rc = 0;
	}
	went = share_out(d);
	metric_set(METRIC_BUS_LAG, bus_lag(d->bus, d->arena));
	return rc == -1 ? -1 : went;
}

int
deliver_claims(struct deliver *d, struct err *e)
{
	struct lease *l = d->lease[BUS_EVENTS];
	bool	      went = false;

	if (l == NULL || !bus_assigns(d->bus, BUS_EVENTS))
		return 0;
	for (unsigned s = 0; s < bus_shards(d->bus); s++) {
		bool is_ours = bus_owns(d->bus, BUS_EVENTS, s);

		if (is_ours == lease_holds(l, s))
			continue;
		if (!is_ours) {
			lease_drop(l, s);
			went = true;
		} else if (lease_claim(l, s, e) == -1)
			return -1;
	}
	return went;
}

int
deliver_may_act(const struct deliver *d, struct err *e)
{
	if (lease_is_valid(d->lease[BUS_UP]))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "unavailable",
	    "lease: it was not renewed in time");
}

void
deliver_speak_for(struct deliver *d, enum bus_topic topic, unsigned shard)
{
	d->voice = topic * BUS_SHARDS_MAX + shard;
	d->fence = lease_fence(d->lease[topic], shard);
}

static unsigned
shard_of_user(const struct deliver *d, uint64_t user_id)
{
	return bus_shard(user_id, bus_shards(d->bus));
}

void
deliver_speak_for_user(struct deliver *d, uint64_t user_id)
{
	deliver_speak_for(d, BUS_UP, shard_of_user(d, user_id));
}

bool
deliver_owns_user(const struct deliver *d, uint64_t user_id)
{
	return lease_holds(d->lease[BUS_UP], shard_of_user(d, user_id));
}

void
deliver_speak_for_nobody(struct deliver *d)
{
	d->voice = 0;
	d->fence = 0;
}

bool
deliver_is_stale(struct deliver *d, const struct bus_entry *entry)
{
	uint32_t *heard = &d->heard[entry->shard];

	if (entry->fence == 0)
		return false;
	if (lease_is_stale(entry->fence, *heard)) {
		metric_add(METRIC_BUS_STALE, 1);
		return true;
	}
	*heard = entry->fence;
	return false;
}
