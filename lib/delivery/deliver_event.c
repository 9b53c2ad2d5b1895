/* SPDX-License-Identifier: MIT */
/*
 * deliver_event.c -- Events of the outbox: for whom they are, and where.
 *
 * The users of a whole batch are looked up in one trip.  An event that fails
 * by itself, or comes too fast, waits in the lane of its key, and what follows
 * in it too: so one conversation keeps its order while others flow.
 */
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "contact/contact.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "sync/sync.h"

enum { LANE_BATCH = 512 }; /* of one lane in a step */

/* One event of a batch, on its way. */
struct job {
	struct bus_entry      entry;
	struct delivery_event d;
	uint64_t	     *user; /* ascending */
	size_t		      nusers;
	uint64_t	      members_at; /* the version that they are */
	uint64_t	      newest;	  /* as struct members has it */
	struct look	      look;    /* what they get for a frame, if any */
	bool		      is_kept; /* and done later */
};

/* -- for whom -------------------------------------------------------------- */

/* Was it said after everybody came who is there now?  Without a seq: it was. */
static bool
is_for_all(uint64_t newest, const struct job *job)
{
	return job->d.event.seq == 0 || job->d.event.seq > newest;
}

/* What is said in one conversation is for the same people, mostly. */
static bool
is_for_the_same(const struct job *job, const struct job *before)
{
	return before->members_at != 0 &&
	       before->d.event.conv_id == job->d.event.conv_id &&
	       before->members_at >= job->d.event.members_version &&
	       is_for_all(before->newest, before) &&
	       is_for_all(before->newest, job);
}

static int
address_members(
    struct deliver *d, struct job *job, const struct job *before, struct err *e)
{
	const struct outbox_event *o = &job->d.event;
	const struct members	  *m;

	if (is_for_the_same(job, before)) {
		job->user = before->user;
		job->nusers = before->nusers;
		job->members_at = before->members_at;
		job->newest = before->newest;
		return 0;
	}
	if (deliver_members(d, o->conv_id, o->members_version, &m, e) == -1)
		return -1;
	job->user = arena_memdup(d->arena, m->id, m->n * sizeof(m->id[0]));
	job->nusers = m->n;
	job->members_at = m->version;
	job->newest = m->newest;
	if (!is_for_all(m->newest, job))
		job->nusers = members_at(m, o->seq, job->user);
	return 0;
}

/* The one of a pair who is told, and of what: it goes out in its turn. */
static int
address_look(struct deliver *d, struct job *job, struct err *e)
{
	const uint64_t *pair = job->d.event.users;

	if (deliver_look(d, pair[0], pair[1], &job->look, e) == -1)
		return -1;
	job->user = arena_memdup(d->arena, pair, sizeof(pair[0]));
	job->nusers = 1;
	return 0;
}

/* Somebody's own devices, and all those whose lists they are in. */
static int
address_known(struct deliver *d, struct job *job, struct err *e)
{
	uint64_t	   user_id = job->d.event.users[0];
	struct sync_place *in_contacts, *in_direct;
	size_t		   ncontacts, ndirect, n = 0;

	if (contact_places(d->app->db, d->arena, user_id, DELIVER_CONTACTS_MAX,
		&in_contacts, &ncontacts, e) == -1 ||
	    conversation_places(d->app->db, d->arena, user_id,
		DELIVER_CONTACTS_MAX, &in_direct, &ndirect, e) == -1)
		return -1;
	job->user = arena_alloc(
	    d->arena, (1 + ncontacts + ndirect) * sizeof(*job->user));
	job->user[n++] = user_id;
	for (size_t i = 0; i < ncontacts; i++)
		job->user[n++] = in_contacts[i].user_id;
	for (size_t i = 0; i < ndirect; i++)
		job->user[n++] = in_direct[i].user_id;
	job->nusers = ids_sort(job->user, n);
	return 0;
}

/* before: the job before this one. */
static int
address(
    struct deliver *d, struct job *job, const struct job *before, struct err *e)
{
	const struct outbox_event *o = &job->d.event;
	size_t			   n = 0;

	switch (o->audience) {
	case OUTBOX_MEMBERS:
		return address_members(d, job, before, e);
	case OUTBOX_PRESENCE:
		if (o->users[1] != 0)
			return address_look(d, job, e);
		return deliver_chosen(
		    d, &job->d, &job->entry, &job->is_kept, e);
	case OUTBOX_KNOWN:
		return address_known(d, job, e);
	case OUTBOX_EVERYBODY:
		return 0; /* no list: see hand_out() */
	case OUTBOX_SESSION:
	case OUTBOX_USERS:
		while (n < OUTBOX_USERS_MAX && o->users[n] != 0)
			n++;
		job->user = arena_memdup(d->arena, o->users, sizeof(o->users));
		job->nusers = ids_sort(job->user, n);
		return 0;
	}
	return 0;
}

/* One text frame, and no more than a socket may be given. */
static int
check_frame(const struct outbox_event *o, struct err *e)
{
	if (o->frame_len > WIRE_FRAME_MAX)
		return err_set(e, ERR_TOO_LARGE, "too_large",
		    "a frame of %zu bytes", o->frame_len);
	if (memchr(o->frame, '\n', o->frame_len) != NULL)
		return err_set(
		    e, ERR_MALFORMED, "malformed", "a frame of several lines");
	return 0;
}

/* 0; 1 for what nobody ever meant for us; -1 with the reason. */
static int
read_event(
    const struct bus_entry *entry, struct delivery_event *d, struct err *e)
{
	if (event_decode(entry->data, entry->len, d) == 0)
		return 0;
	if (event_identify(entry->data, entry->len, d) == 0)
		return err_set(e, ERR_INTERNAL, "unknown_form",
		    "an entry of another version, or an audience unknown here");
	if (entry->len > 0)
		log_error(
		    "deliver.event.foreign", LOG_INT("bytes", entry->len));
	return 1;
}

/* -- what can be handled now ----------------------------------------------- */

struct intake {
	struct job *job;
	size_t	    n, cap;
};

static struct job *
job_new(struct deliver *d, struct intake *in, const struct bus_entry *entry)
{
	struct job *job;

	if (in->n == in->cap) {
		size_t cap = 2 * in->cap + 128;

		job = arena_alloc(d->arena, cap * sizeof(*job));
		if (in->n > 0)
			memcpy(job, in->job, in->n * sizeof(*job));
		in->job = job;
		in->cap = cap;
	}
	job = &in->job[in->n];
	memset(job, 0, sizeof(*job));
	job->entry = *entry;
	return job;
}

/*
 * Takes an event in, unless it has to wait.  -1: an engine is gone, and
 * everything has to come again.
 */
static int
take(struct deliver *d, struct intake *in, const struct bus_entry *entry,
    bool is_first, struct err *e)
{
	static const struct job none;
	struct job	       *job = job_new(d, in, entry);
	int			rc = read_event(entry, &job->d, e);
	struct lane	       *l;
	int64_t			due_ms;

	deliver_speak_for(d, BUS_EVENTS, entry->shard);
	if (rc == 1 || (!is_first && deliver_is_stale(d, entry))) {
		err_clear(e);
		deliver_done(d, entry);
		return 0;
	}
	if (!is_first && deliver_lane_joins(d, &job->d, entry)) {
		err_clear(e);
		return 0;
	}
	if (rc == 0 && !deliver_bucket_take(
			   d, job->d.event.key, clock_boot_ms(), &due_ms)) {
		metric_add(METRIC_DELIVER_DELAYED, 1);
		return deliver_lane_wait(d, &job->d, entry, due_ms, &l, e);
	}
	if (rc == -1 || check_frame(&job->d.event, e) == -1 ||
	    address(d, job, in->n > 0 ? job - 1 : &none, e) == -1)
		return e->kind == ERR_UNAVAILABLE
			   ? -1
			   : deliver_failed(d, &job->d, entry, e);
	if ((l = deliver_lane(d, job->d.event.key)) != NULL)
		l->attempts = 0;
	in->n++;
	return 0;
}

/* The lanes that are due, each as far as it gets. */
static int
take_waiting(struct deliver *d, struct intake *in, struct err *e)
{
	int64_t	     now = clock_boot_ms();
	struct lane *l;

	if (d->lanes_due_ms == 0 || d->lanes_due_ms > now)
		return 0;
	TAILQ_FOREACH(l, &d->waiting, next)
	{
		struct bus_entry entry;

		for (int i = 0; i < LANE_BATCH && l->due_ms <= now &&
				deliver_lane_next(d, l, &entry);
		     i++)
			if (take(d, in, &entry, true, e) == -1)
				return -1;
	}
	return 0;
}

/* -- where, and out -------------------------------------------------------- */

/* Is this list of users that of the job before, too? */
static bool
is_counted(const struct job *jobs, size_t i)
{
	return jobs[i].nusers == 0 ||
	       (i > 0 && jobs[i].user == jobs[i - 1].user);
}

static int
locate_all(struct deliver *d, const struct job *jobs, size_t n,
    struct whereabouts *w, struct err *e)
{
	const struct job *only = NULL;
	uint64_t	 *all;
	size_t		  total = 0, lists = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_counted(jobs, i)) {
			only = &jobs[i];
			total += jobs[i].nusers;
			lists++;
		}
	if (lists == 1)
		return deliver_address(d, only->user, only->nusers, w, e);
	all = arena_alloc(d->arena, total * sizeof(*all));
	total = 0;
	for (size_t i = 0; i < n; i++)
		if (!is_counted(jobs, i)) {
			memcpy(all + total, jobs[i].user,
			    jobs[i].nusers * sizeof(*all));
			total += jobs[i].nusers;
		}
	return deliver_locate(d, all, ids_sort(all, total), w, e);
}

/*
 * To whom it is for, wherever they are.  Who ended a session has told Redis,
 * unless it hung just then: before the sockets close, it knows.
 */
static int
hand_out_to(struct deliver *d, const struct whereabouts *w,
    const struct job *job, struct err *e)
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

	if (o->audience == OUTBOX_PRESENCE)
		return deliver_look_tell(d, w, o->users[0], &job->look, e);
	if (o->audience == OUTBOX_SESSION) {
		if (account_sessions_are_over(
			d->app, d->arena, &o->session_id, 1, e) == -1)
			return -1;
		r.kind = WIRE_SESSION;
		r.arg = o->session_id;
	}
	if (o->audience == OUTBOX_EVERYBODY) {
		r.kind = WIRE_ALL;
		if (deliver_to_all(d, &r, e) == -1)
			return -1;
	}
	return job->nusers > 0 ? deliver_to_users(d, w, &r, e) : 0;
}

static int
hand_out(struct deliver *d, const struct whereabouts *w, const struct job *job,
    struct err *e)
{
	deliver_speak_for(d, BUS_EVENTS, job->entry.shard);
	if (hand_out_to(d, w, job, e) == -1)
		return -1;
	if (!job->is_kept) {
		deliver_done(d, &job->entry);
		deliver_handled(d, job->d.id);
	}
	return 0;
}

/* Where each is who was told how another looks, for a second look. */
static int
look_again(struct deliver *d, const struct whereabouts *w, struct intake *in,
    struct err *e)
{
	for (size_t i = 0; i < in->n; i++) {
		struct job *job = &in->job[i];

		if (job->look.n == 0)
			continue;
		deliver_speak_for(d, BUS_EVENTS, job->entry.shard);
		if (deliver_look_again(
			d, w, job->d.event.users, &job->look, e) == -1)
			return -1;
	}
	return 0;
}

int
deliver_events(
    struct deliver *d, const struct bus_entry *entries, size_t n, struct err *e)
{
	struct intake	   in = {0};
	struct whereabouts w;

	if (take_waiting(d, &in, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (take(d, &in, &entries[i], false, e) == -1)
			return -1;
	deliver_lanes_settle(d);
	if (in.n == 0)
		return 0;
	if (locate_all(d, in.job, in.n, &w, e) == -1)
		return -1;
	for (size_t i = 0; i < in.n; i++)
		if (hand_out(d, &w, &in.job[i], e) == -1)
			return -1;
	metric_observe(METRIC_DELIVER_BATCH, (int64_t)in.n);
	return deliver_flush(d, e) == -1 ? -1 : look_again(d, &w, &in, e);
}
