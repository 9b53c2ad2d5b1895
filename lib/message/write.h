/* SPDX-License-Identifier: MIT */
/* write.h -- How accepted messages get their place and are written. */
#ifndef PARLEY_MESSAGE_WRITE_H
#define PARLEY_MESSAGE_WRITE_H

#include "delivery/outbox.h"
#include "message/rules.h"

/* Of the client_msg_id that is made for who has none: random bytes. */
enum { MESSAGE_CLIENT_ID_BYTES = 16 };

/*
 * The message that a draft becomes: the next one of its conversation, no
 * earlier than the one before.  Moves the facts on by it.
 */
void message_place_next(const struct message_draft *, struct message_facts *,
    int64_t now_ms, struct message *);

/* Who is to hear of a message, as its conversation's row says. */
struct message_audience {
	bool	 is_everybody; /* the world channel: whoever is online */
	uint64_t members_version;
	uint64_t bond; /* see struct message_facts */
};
struct message_audience message_audience_of(const struct message_facts *);

/* The events of all that was written; id 0: nothing is known of them. */
struct message_told {
	uint64_t id; /* of the first one's row in the outbox */
	const struct outbox_event *events;
	size_t			   n;
};

/*
 * In a transaction: writes n messages and the events that push them,
 * messages[i] to to[i].  By default it holds their conversations, and goes on.
 * What is told of them is for outbox_tell(); NULL: it is not asked.
 */
enum {
	WRITE_LAST = 1, /* nothing else is to be written: commit at once */
	WRITE_KNOWN = 2 /* nothing is held: "stale" unless all is as it says */
};
int message_write(struct db *, struct arena *,
    const struct message *const *messages, const struct message_audience *to,
    size_t n, unsigned how, int64_t now_ms, struct message_told *,
    struct err *);

#endif
