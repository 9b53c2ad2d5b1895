/* SPDX-License-Identifier: MIT */
/*
 * deliver.c -- One step: consume, dispatch, finish.
 *
 * The order at the end is what keeps promises: first the hubs are told, then
 * the outbox rows go, then the entries are done.  Whatever dies in between
 * makes things happen twice, never not at all.
 *
 * The hubs are told at once; what was handled is gathered over several steps,
 * for removing rows is a durable commit, be they one or hundreds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metrics.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "delivery/lease.h"
#include "delivery/store.h"

/* Far below relay.republish_ms, after which it would all be sent again. */
enum { FINISH_MS = 100, FINISH_COUNT = 256 };

struct deliver *
deliver_new(struct app *app, struct bus *bus)
{
	struct deliver *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	d->app = app;
	d->bus = bus;
	d->arena = arena_new(65536);
	d->epoch = random_u64() | 1; /* 0 is nobody's */
	d->members = map_new();
	d->leavers = map_new();
	TAILQ_INIT(&d->leaving);
	d->offline_ms = config_int(app->config, "presence.offline_ms");
	d->replay_max = (uint64_t)config_int(app->config, "deliver.replay_max");
	d->replay_newest =
	    (uint64_t)config_int(app->config, "deliver.replay_newest");
	d->attempts_max =
	    (unsigned)config_int(app->config, "deliver.max_attempts");
	d->rate = config_int(app->config, "deliver.conversation_rate");
	d->burst = config_int(app->config, "deliver.conversation_burst");
	deliver_lanes_init(d);
	deliver_choosers_init(d);
	deliver_asked_init(d);
	if (d->replay_newest > d->replay_max)
		d->replay_newest = d->replay_max;
	return d;
}

void
deliver_free(struct deliver **deliver)
{
	struct deliver *d = *deliver;

	if (d == NULL)
		return;
	deliver_leavers_free(d);
	deliver_choosers_free(d);
	deliver_asked_free(d);
	deliver_lanes_free(d);
	deliver_buckets_free(d);
	deliver_members_free(d);
	arena_free(&d->arena);
	free(d->done);
	free(d->handled);
	free(d);
	*deliver = NULL;
}

/* -- what was done --------------------------------------------------------- */

static void
note_unfinished(struct deliver *d)
{
	if (d->finish_ms == 0)
		d->finish_ms = clock_boot_ms() + FINISH_MS;
}

void
deliver_done(struct deliver *d, const struct bus_entry *entry)
{
	if (d->ndone == d->done_cap) {
		d->done_cap = d->done_cap * 2 + 256;
		d->done = realloc(d->done, d->done_cap * sizeof(*d->done));
		if (d->done == NULL)
			abort();
	}
	d->done[d->ndone] = *entry;
	d->done[d->ndone].data = NULL; /* of a step's arena */
	d->ndone++;
	note_unfinished(d);
}

void
deliver_handled(struct deliver *d, uint64_t outbox_id)
{
	if (d->nhandled == d->handled_cap) {
		d->handled_cap = d->handled_cap * 2 + 256;
		d->handled =
		    realloc(d->handled, d->handled_cap * sizeof(*d->handled));
		if (d->handled == NULL)
			abort();
	}
	d->handled[d->nhandled++] = outbox_id;
	note_unfinished(d);
}

static void
forget_unfinished(struct deliver *d)
{
	d->ndone = d->nhandled = 0;
	d->finish_ms = 0;
}

static int
finish(struct deliver *d, struct err *e)
{
	if (deliver_may_act(d, e) == -1)
		return -1;
	if (d->nhandled > 0 && store_outbox_remove(d->app->db, d->arena,
				   d->handled, d->nhandled, e) == -1)
		return -1;
	metric_add(METRIC_OUTBOX_HANDLED, d->nhandled);
	if (bus_done(d->bus, d->arena, d->done, d->ndone, e) == -1)
		return -1;
	forget_unfinished(d);
	return 0;
}

static bool
is_finish_due(const struct deliver *d)
{
	return d->nhandled >= FINISH_COUNT || d->ndone >= FINISH_COUNT ||
	       (d->finish_ms != 0 && d->finish_ms <= clock_boot_ms());
}

/* -- time ------------------------------------------------------------------ */

static int
wait_of(const struct deliver *d, int wait_ms)
{
	const struct leaver *l = TAILQ_FIRST(&d->leaving);
	int64_t		     now = clock_boot_ms(), wait = wait_ms;

	if (deliver_is_asked(d) && deliver_nodes_awaited_ms(d) < wait)
		wait = deliver_nodes_awaited_ms(d);
	if (d->lease[BUS_UP] != NULL && lease_due_ms(d->lease[BUS_UP]) < wait)
		wait = lease_due_ms(d->lease[BUS_UP]);
	if (l != NULL && l->due_ms - clock_ms() < wait)
		wait = l->due_ms - clock_ms();
	if (deliver_choosers_due_ms(d) - now < wait)
		wait = deliver_choosers_due_ms(d) - now;
	if (d->lanes_due_ms != 0 && d->lanes_due_ms - now < wait)
		wait = d->lanes_due_ms - now;
	if (d->finish_ms != 0 && d->finish_ms - now < wait)
		wait = d->finish_ms - now;
	return wait > 0 ? (int)wait : 0;
}

/*
 * What is due by the clock; mostly by one that nobody sets, for were it set
 * back, the beat and what waits would have to wait for it to come again.
 */
static int
timers(struct deliver *d, struct err *e)
{
	int64_t now = clock_boot_ms();

	deliver_dead_count(d);
	if (now - d->nodes_ms >= DELIVER_BEAT_MS && deliver_beat(d, e) == -1)
		return -1;
	if (deliver_choosers(d, e) == -1)
		return -1;
	return deliver_leavers(d, e);
}

/* -- a step ---------------------------------------------------------------- */

/* Events come before what was sent up, replays last; in their own order. */
static int
handle(
    struct deliver *d, const struct bus_entry *entries, size_t n, struct err *e)
{
	size_t nevents = 0;

	while (nevents < n && entries[nevents].topic == BUS_EVENTS)
		nevents++;
	if (deliver_events(d, entries, nevents, e) == -1)
		return -1;
	if (nevents < n &&
	    deliver_ups(d, entries + nevents, n - nevents, e) == -1)
		return -1;
	return deliver_answer(d, e);
}

/* What the bus hands out once more need not be kept. */
static void
drop_kept(struct deliver *d)
{
	deliver_lanes_drop(d);
	deliver_choosers_drop(d);
	deliver_asked_drop(d);
}

static void
begin_anew(struct deliver *d)
{
	bus_rewind(d->bus);
	drop_kept(d);
}

/* Of a new shard the last owner may have heard that a node has begun. */
static void
take_up(struct deliver *d)
{
	begin_anew(d);
	d->nodes_ms = 0; /* they are looked at first */
}

/*
 * A shard may be another's after this: nothing of it is kept.  What could not
 * be finished in time comes once more, even if nobody took the shard.
 */
static int
leases(struct deliver *d, struct err *e)
{
	bool is_late;
	int  went;

	if (!deliver_leases_due(d))
		return 0;
	is_late = deliver_may_act(d, e) == -1;
	if (!is_late && finish(d, e) == -1)
		return -1;
	err_clear(e);
	forget_unfinished(d);
	went = deliver_leases(d, e);
	if (went == 1)
		take_up(d);
	else if (is_late)
		begin_anew(d);
	return went == -1 ? -1 : 0;
}

static int
consume(struct deliver *d, int wait_ms, struct bus_entry **entries_r,
    size_t *n_r, struct err *e)
{
	bool is_emptied;
	int  rc, went;

	rc = bus_consume(d->bus, d->arena, wait_of(d, wait_ms), entries_r, n_r,
	    &is_emptied, e);
	d->is_emptied |= is_emptied;
	if (rc == -1 || (went = deliver_claims(d, e)) == -1)
		return -1;
	if (went == 1) {
		forget_unfinished(d);
		take_up(d);
		*n_r = 0; /* they come once more */
	}
	return 0;
}

/* All hubs catch up; until that was told it is still to be. */
static int
resync(struct deliver *d, struct err *e)
{
	drop_kept(d);
	log_info("deliver.resync", LOG_INT("nodes", d->nnodes));
	if (deliver_resync(d, e) == -1 || deliver_nodes(d, e) == -1)
		return -1;
	deliver_nodes_await(d);
	d->is_emptied = false;
	return 0;
}

static int
step(struct deliver *d, int wait_ms, struct err *e)
{
	struct bus_entry *entries;
	size_t		  n;

	deliver_speak_for_nobody(d);
	if (leases(d, e) == -1 || timers(d, e) == -1)
		return -1;
	/* What they looked up is old by the end of the wait. */
	arena_reset(d->arena);
	if (consume(d, wait_ms, &entries, &n, e) == -1 ||
	    (d->is_emptied && resync(d, e) == -1))
		return -1;
	if (handle(d, entries, n, e) == -1)
		return -1;
	if ((d->is_dry || is_finish_due(d)) && finish(d, e) == -1)
		return -1;
	if (d->is_dry)
		begin_anew(d);
	return 0;
}

int
deliver_step(struct deliver *d, int wait_ms, struct err *e)
{
	int rc;

	for (size_t k = 0; k < d->nnodes; k++)
		memset(&d->node[k].out, 0, sizeof(d->node[k].out));
	rc = step(d, wait_ms, e);
	if (rc == -1) {
		/* All of it is handed out once more. */
		forget_unfinished(d);
		begin_anew(d);
	}
	lease_can_work(d->lease[BUS_UP], rc == 0);
	arena_reset(d->arena);
	return rc;
}

int
deliver_finish(struct deliver *d, struct err *e)
{
	int rc = finish(d, e);

	arena_reset(d->arena);
	return rc;
}
