/* SPDX-License-Identifier: MIT */
/*
 * deliver_chosen.c -- Somebody chose another presence.
 *
 * The first choice is told at once; of those that follow within a second only
 * the last counts, so that nobody floods the contacts by changing their mind.
 * The entry that waits stays undone on the bus, as a leaver's does.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "data/app.h"
#include "delivery/deliver_presence.h"
#include "delivery/deliver_private.h"
#include "presence/presence.h"

enum { QUIET_MS = 1000, CHOOSERS_MAX = 65536 };

/* A user who chose; the last choice, if it has not been told yet. */
struct chooser {
	uint64_t	 user_id;
	int64_t		 due_ms;
	bool		 has_entry;
	uint64_t	 event; /* its outbox row */
	struct bus_entry entry;
	TAILQ_ENTRY(chooser) by_time;
};

void
deliver_choosers_init(struct deliver *d)
{
	d->choosers = map_new();
	TAILQ_INIT(&d->choosing);
}

static void
forget(struct deliver *d, struct chooser *c)
{
	TAILQ_REMOVE(&d->choosing, c, by_time);
	map_remove(d->choosers, c->user_id);
	free(c);
}

void
deliver_choosers_free(struct deliver *d)
{
	struct chooser *c, *next;

	for (c = TAILQ_FIRST(&d->choosing); c != NULL; c = next) {
		next = TAILQ_NEXT(c, by_time);
		forget(d, c);
	}
	map_free(&d->choosers);
}

void
deliver_choosers_drop(struct deliver *d)
{
	struct chooser *c;

	TAILQ_FOREACH(c, &d->choosing, by_time)
	c->has_entry = false;
}

int64_t
deliver_choosers_due_ms(const struct deliver *d)
{
	const struct chooser *c = TAILQ_FIRST(&d->choosing);

	return c == NULL ? INT64_MAX : c->due_ms;
}

/* Without a device, but perhaps back before anybody is told? */
static bool
is_leaving(struct deliver *d, uint64_t user_id)
{
	const char *const chosen = "online";
	const char	 *status;

	presence_of(d->app, d->arena, &user_id, &chosen, 1, &status);
	return strcmp(status, "offline") != 0;
}

static int
tell(struct deliver *d, uint64_t user_id, struct err *e)
{
	struct user user;
	int	    nodes = deliver_count_nodes(d, user_id, e), found;

	if (nodes == -1)
		return -1;
	if (nodes == 0 && !is_leaving(d, user_id))
		return 0; /* away, as before */
	found = account_find(d->app, d->arena, user_id, &user, e);
	if (found != 1)
		return found;
	return deliver_tell_contacts(
	    d, user_id, presence_shown(user.presence, true), e);
}

/* -- choosing -------------------------------------------------------------- */

static void
finish(struct deliver *d, struct chooser *c)
{
	if (!c->has_entry)
		return;
	deliver_done(d, &c->entry);
	deliver_handled(d, c->event);
	c->has_entry = false;
}

static void
keep(struct deliver *d, struct chooser *c, const struct delivery_event *event,
    const struct bus_entry *entry)
{
	if (c->has_entry && c->event == event->id)
		deliver_done(d, &c->entry); /* published once more */
	else
		finish(d, c); /* it changed its mind */
	c->has_entry = true;
	c->event = event->id;
	c->entry = *entry;
	c->entry.data = NULL;
}

static void
note(struct deliver *d, uint64_t user_id)
{
	struct chooser *c;

	if (map_size(d->choosers) >= CHOOSERS_MAX)
		return;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->user_id = user_id;
	c->due_ms = clock_boot_ms() + QUIET_MS;
	map_put(d->choosers, user_id, c);
	TAILQ_INSERT_TAIL(&d->choosing, c, by_time);
}

int
deliver_chosen(struct deliver *d, const struct delivery_event *event,
    const struct bus_entry *entry, bool *is_kept_r, struct err *e)
{
	uint64_t	user_id = event->event.users[0];
	struct chooser *c = map_get(d->choosers, user_id);

	*is_kept_r = false;
	if (c != NULL) {
		keep(d, c, event, entry);
		*is_kept_r = true;
		return 0;
	}
	if (tell(d, user_id, e) == -1)
		return -1;
	note(d, user_id);
	return 0;
}

int
deliver_choosers(struct deliver *d, struct err *e)
{
	int64_t		now = clock_boot_ms();
	struct chooser *c, *next;

	for (c = TAILQ_FIRST(&d->choosing); c != NULL && c->due_ms <= now;
	     c = next) {
		next = TAILQ_NEXT(c, by_time);
		if (!c->has_entry) {
			forget(d, c);
			continue;
		}
		deliver_speak_for(d, BUS_EVENTS, c->entry.shard);
		if (tell(d, c->user_id, e) == -1) {
			if (e->kind == ERR_UNAVAILABLE)
				return -1;
			err_clear(e); /* the next choice may do better */
		}
		finish(d, c);
		c->due_ms = now + QUIET_MS;
		TAILQ_REMOVE(&d->choosing, c, by_time);
		TAILQ_INSERT_TAIL(&d->choosing, c, by_time);
	}
	return deliver_flush(d, e);
}
