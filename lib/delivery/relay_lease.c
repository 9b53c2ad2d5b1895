/* SPDX-License-Identifier: MIT */
/*
 * relay_lease.c -- Which shards are the relay's, as the table of leases has it.
 *
 * A shard that comes is published only when all that was there before is out
 * (relay_sweep()); one that goes takes what the window knows of it along.
 */
#include <string.h>

#include "base/arena.h"
#include "data/bus.h"
#include "delivery/lease.h"
#include "delivery/relay_private.h"

bool
relay_works_on(const struct relay *r, unsigned shard)
{
	return r->ours[shard] || r->coming[shard];
}

void
relay_lease(struct relay *r, struct lease *lease)
{
	r->lease = lease;
	memset(r->ours, 0, sizeof(r->ours));
}

int
relay_saw_foreign(struct relay *r)
{
	bool saw = r->saw_foreign;

	r->saw_foreign = false;
	return saw;
}

/*
 * What the table says now: true if a shard has come.  What is out already of
 * one that is still being taken up is known as before.
 */
static bool
share_out(struct relay *r)
{
	bool has_come = false, stays[BUS_SHARDS_MAX] = {false};

	for (unsigned s = 0; s < bus_shards(r->bus); s++) {
		bool	 is_held = lease_holds(r->lease, s);
		uint32_t fence = lease_fence(r->lease, s);

		/* Another may have had it in between. */
		stays[s] =
		    is_held && fence == r->fence[s] && relay_works_on(r, s);
		r->ours[s] &= stays[s];
		r->fence[s] = fence;
		r->coming[s] = is_held && !r->ours[s];
		has_come |= r->coming[s] && !stays[s];
	}
	window_keep(&r->window, stays);
	relay_let_go(r);
	if (has_come)
		r->swept = 0;
	return has_come;
}

/* Who holds nothing publishes nothing, so the bus is asked whether it is back.
 */
static bool
can_publish(struct relay *r)
{
	bool can = !bus_is_failing(r->bus) || bus_lag(r->bus, r->arena) >= 0;

	arena_reset(r->arena);
	return can;
}

int
relay_leases(struct relay *r, int64_t *next_ms_r, struct err *e)
{
	int rc;

	lease_can_work(r->lease, can_publish(r));
	rc = lease_step(r->lease, e);
	*next_ms_r = lease_due_ms(r->lease);
	return share_out(r) && rc == 0 ? relay_sweep(r, e) : rc;
}
