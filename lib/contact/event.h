/* SPDX-License-Identifier: MIT */
/*
 * event.h -- What a change between two people tells: open sockets at once, and
 * by a mark (sync/sync.h) whoever asks later.
 */
#ifndef PARLEY_CONTACT_EVENT_H
#define PARLEY_CONTACT_EVENT_H

#include "contact/view.h"
#include "sync/sync.h"

struct db;

/*
 * A "contact" event to all devices of one user: {"action": ACTION, KEY: object}
 * (key NULL: nothing more).  Takes the reference of object.
 */
int
contact_event(struct db *, struct arena *, uint64_t to_user, const char *action,
    const char *key, json_t *object, int64_t now_ms, struct err *);

/*
 * The same, about a contact or block by id: {"action": …, "user_id": …}; marks
 * it.
 */
int contact_event_person(struct db *, struct arena *, uint64_t to_user,
    const char *action, enum sync_kind, uint64_t about, int64_t now_ms,
    struct err *);

/* What became of a request, to both; marks it. */
int contact_event_request(struct db *, struct arena *, const char *action,
    const struct contact_request *, const struct people *, int64_t now_ms,
    struct err *);

#endif
