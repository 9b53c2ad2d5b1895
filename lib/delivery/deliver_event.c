/* SPDX-License-Identifier: MIT */
/*
 * deliver_event.c -- Events of the outbox: for whom they are, and where.
 *
 * The users of a whole batch are looked up in one trip.  An event that fails
 * by itself parks its key: its entries stay undone on the bus while others
 * flow, and are handed out again, in order, when the back-off is over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metrics.h"
#include "delivery/backoff.h"
#include "delivery/deliver_private.h"

enum { PARK_FIRST_MS = 200, PARK_MAX_MS = 30000 };

struct parked {
	unsigned tries;
	int64_t	 due_ms;
};

/* One event of a batch, on its way. */
struct job {
	const struct bus_entry *entry;
	struct delivery_event	d;
	uint64_t	       *user; /* ascending */
	size_t			nusers;
};

/* -- parking --------------------------------------------------------------- */

static bool
is_parked(const struct deliver *d, uint64_t key)
{
	const struct parked *p = map_get(d->parked, key);

	return p != NULL && p->due_ms > clock_ms();
}

static void
park(struct deliver *d, uint64_t key)
{
	struct parked *p = map_get(d->parked, key);

	if (p == NULL) {
		p = calloc(1, sizeof(*p));
		if (p == NULL)
			abort();
		map_put(d->parked, key, p);
	}
	p->due_ms =
	    clock_ms() + backoff_ms(p->tries++, PARK_FIRST_MS, PARK_MAX_MS);
	if (d->parked_due_ms == 0 || p->due_ms < d->parked_due_ms)
		d->parked_due_ms = p->due_ms;
}

static void
unpark(struct deliver *d, uint64_t key)
{
	if (map_size(d->parked) > 0)
		free(map_remove(d->parked, key));
}

void
deliver_parked_free(struct deliver *d)
{
	size_t	 at = 0;
	uint64_t key;
	void	*value;

	while (map_next(d->parked, &at, &key, &value))
		free(value);
	map_free(&d->parked);
}

/* -- for whom -------------------------------------------------------------- */

static int
address_members(struct deliver *d, struct job *job, struct err *e)
{
	const struct outbox_event *o = &job->d.event;
	const struct members	  *m;

	if (deliver_members(d, o->conv_id, o->members_version, &m, e) == -1)
		return -1;
	job->user = arena_memdup(d->arena, m->id, m->n * sizeof(m->id[0]));
	job->nusers = m->n;
	return 0;
}

static int
address(struct deliver *d, struct job *job, struct err *e)
{
	const struct outbox_event *o = &job->d.event;
	size_t			   n = 0;

	switch (o->audience) {
	case OUTBOX_MEMBERS:
		return address_members(d, job, e);
	case OUTBOX_PRESENCE:
		return deliver_presence_chosen(d, o->users[0], e);
	case OUTBOX_SESSION:
	case OUTBOX_USERS:
		while (n < sizeof(o->users) / sizeof(o->users[0]) &&
		       o->users[n] != 0)
			n++;
		job->user = arena_memdup(d->arena, o->users, sizeof(o->users));
		job->nusers = ids_sort(job->user, n);
		return 0;
	}
	return 0;
}

/*
 * Reads and addresses what can be handled now; returns the number of jobs, or
 * -1 when an engine is gone and everything has to come again.
 */
static ptrdiff_t
prepare(struct deliver *d, const struct bus_entry *entries, size_t n,
    struct job *jobs, struct err *e)
{
	size_t njobs = 0;

	for (size_t i = 0; i < n; i++) {
		struct job *job = &jobs[njobs];

		memset(job, 0, sizeof(*job));
		job->entry = &entries[i];
		if (event_decode(entries[i].data, entries[i].len, &job->d) ==
		    -1) {
			if (entries[i].len > 0)
				log_error("deliver.event.foreign",
				    LOG_INT("bytes", entries[i].len));
			deliver_done(d, &entries[i]);
			continue;
		}
		if (is_parked(d, job->d.event.key))
			continue;
		if (address(d, job, e) == 0) {
			njobs++;
			continue;
		}
		if (e->kind == ERR_UNAVAILABLE)
			return -1;
		log_err("deliver.event.parked", e);
		err_clear(e);
		park(d, job->d.event.key);
	}
	return (ptrdiff_t)njobs;
}

/* -- where, and out -------------------------------------------------------- */

static int
locate_all(struct deliver *d, const struct job *jobs, size_t n,
    struct whereabouts *w, struct err *e)
{
	uint64_t *all;
	size_t	  total = 0;

	for (size_t i = 0; i < n; i++)
		total += jobs[i].nusers;
	all = arena_alloc(d->arena, total * sizeof(*all));
	total = 0;
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].nusers > 0)
			memcpy(all + total, jobs[i].user,
			    jobs[i].nusers * sizeof(*all));
		total += jobs[i].nusers;
	}
	return deliver_locate(d, all, ids_sort(all, total), w, e);
}

static int
hand_out(struct deliver *d, const struct whereabouts *w, const struct job *job,
    struct err *e)
{
	const struct outbox_event *o = &job->d.event;
	struct wire_record	   r = {.kind = WIRE_USERS,
		    .conv_id = o->conv_id,
		    .seq = o->seq,
		    .arg = o->except_session,
		    .targets = job->user,
		    .ntargets = job->nusers,
		    .frame = o->frame,
		    .frame_len = o->frame_len};

	if (o->audience == OUTBOX_SESSION) {
		r.kind = WIRE_SESSION;
		r.arg = o->session_id;
	}
	if (job->nusers > 0 && deliver_to_users(d, w, &r, e) == -1)
		return -1;
	unpark(d, o->key);
	deliver_done(d, job->entry);
	deliver_handled(d, job->d.id);
	return 0;
}

int
deliver_events(
    struct deliver *d, const struct bus_entry *entries, size_t n, struct err *e)
{
	struct job	  *jobs = arena_alloc(d->arena, n * sizeof(*jobs));
	ptrdiff_t	   njobs = prepare(d, entries, n, jobs, e);
	struct whereabouts w;

	if (njobs == -1 || locate_all(d, jobs, (size_t)njobs, &w, e) == -1)
		return -1;
	for (ptrdiff_t i = 0; i < njobs; i++)
		if (hand_out(d, &w, &jobs[i], e) == -1)
			return -1;
	metric_observe(METRIC_DELIVER_BATCH, njobs);
	return deliver_flush(d, e);
}
