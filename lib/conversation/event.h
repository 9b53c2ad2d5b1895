/* SPDX-License-Identifier: MIT */
/* event.h -- What a change of a conversation tells open sockets. */
#ifndef PARLEY_CONVERSATION_EVENT_H
#define PARLEY_CONVERSATION_EVENT_H

#include "conversation/conversation.h"

struct conversation_viewer;
struct sync_place;

/* To both people: they have a direct conversation now. */
int conversation_event_created(struct db *, struct arena *, uint64_t conv_id,
    int64_t now_ms, struct err *);

/*
 * To the user's own devices: the view of it is like this now, read anew into
 * *c; *c may be what it was.
 */
int conversation_event_own(struct db *, struct arena *,
    const struct conversation_viewer *, uint64_t conv_id, int64_t now_ms,
    struct conversation *c, struct err *);

/* To the user of each of n places: what became of the conversation there. */
int conversation_event_each(struct db *, struct arena *, const char *action,
    const struct sync_place *, size_t n, int64_t now_ms, struct err *);

/* To all members: how far one of them has read. */
int conversation_event_read(struct db *, struct arena *, uint64_t user_id,
    const struct conversation *, uint64_t seq, int64_t now_ms, struct err *);

#endif
