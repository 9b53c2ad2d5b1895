/* SPDX-License-Identifier: MIT */
/*
 * deliver_dead.c -- Events that fail by themselves, and end.
 *
 * An engine that is away is nobody's fault: the whole batch comes again, and
 * no attempt is counted.  All else is the event's: an entry or an audience
 * that this version does not know, data that the store cannot make sense of.
 * These are tried again, for a newer deliver may be on its way; a frame that
 * no socket may be given gets no better, and is given up at once.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "data/app.h"
#include "delivery/backoff.h"
#include "delivery/dead_letter.h"
#include "delivery/deliver_private.h"

enum { FIRST_MS = 200, MAX_MS = 30000, COUNT_MS = 10000 };

static bool
is_final(const struct err *e)
{
	return e->kind == ERR_TOO_LARGE || e->kind == ERR_MALFORMED;
}

/* 1: it is a dead letter now, 0: there are too many, or it cannot be one. */
static int
bury(struct deliver *d, const struct lane *l,
    const struct delivery_event *event, struct err *cause, struct err *e)
{
	struct dead_letter letter = {.event = {.id = event->id},
	    .cause = cause->code,
	    .detail = cause->detail,
	    .attempts = l->attempts,
	    .first_ms = l->first_ms,
	    .last_ms = clock_ms()};

	if (d->ndead >= DEAD_LETTERS_MAX)
		return 0;
	if (dead_letter_add(d->app->db, &letter, e) == -1) {
		if (e->kind == ERR_UNAVAILABLE)
			return -1;
		log_err("deliver.dead_letter", e);
		err_clear(e);
		return 0;
	}
	metric_set(METRIC_DEAD_LETTERS, (int64_t)++d->ndead);
	log_error("deliver.dead", LOG_INT("event", (int64_t)event->id),
	    LOG_INT("key", (int64_t)event->event.key),
	    LOG_STR("cause", cause->code), LOG_STR("detail", cause->detail),
	    LOG_INT("attempts", l->attempts));
	return 1;
}

int
deliver_failed(struct deliver *d, const struct delivery_event *event,
    const struct bus_entry *entry, struct err *e)
{
	int64_t		 now = clock_boot_ms(), pause;
	struct err	 cause = *e;
	struct lane	*l;
	struct bus_entry first;
	int		 buried = 0;

	err_clear(e);
	if (deliver_lane_wait(d, event, entry, now, &l, e) == -1)
		return -1;
	if (l->failed != event->id) {
		l->failed = event->id;
		l->attempts = 0;
		l->first_ms = clock_ms();
	}
	l->attempts++;
	metric_add(METRIC_DELIVER_RETRIES, 1);
	if (l->attempts >= d->attempts_max || is_final(&cause))
		buried = bury(d, l, event, &cause, e);
	if (buried == -1)
		return -1;
	if (buried == 1) {
		(void)deliver_lane_next(d, l, &first);
		deliver_done(d, entry);
		l->attempts = 0;
		return 0;
	}
	if (l->attempts == 1)
		log_err("deliver.event.parked", &cause);
	pause = backoff_ms(l->attempts - 1, FIRST_MS, MAX_MS);
	l->due_ms = now + backoff_jitter_ms(pause, random_u64());
	return 0;
}

void
deliver_dead_count(struct deliver *d)
{
	int64_t	   now = clock_boot_ms();
	struct err e = {0};

	if (now - d->dead_ms < COUNT_MS)
		return;
	d->dead_ms = now;
	if (dead_letters_count(d->app, d->arena, &d->ndead, &e) == 0)
		metric_set(METRIC_DEAD_LETTERS, (int64_t)d->ndead);
}
