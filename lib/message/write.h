/* SPDX-License-Identifier: MIT */
/* write.h -- How accepted messages get their place and are written. */
#ifndef PARLEY_MESSAGE_WRITE_H
#define PARLEY_MESSAGE_WRITE_H

#include "message/rules.h"

/*
 * The message that a draft becomes: the next one of its conversation, no
 * earlier than the one before.  Moves the facts on by it.
 */
void message_place_next(const struct message_draft *, struct message_facts *,
    int64_t now_ms, struct message *);

/* Who is to hear of a message. */
struct message_audience {
	bool	 is_everybody; /* the world channel: whoever is online */
	uint64_t members_version;
};
struct message_audience message_audience_of(const struct message_facts *);

/*
 * In a transaction that holds their conversations: writes n messages and the
 * events that push them, messages[i] to to[i].
 * is_last: nothing else is to be written, so it may be committed at once.
 */
int message_write(struct db *, struct arena *,
    const struct message *const *messages, const struct message_audience *to,
    size_t n, bool is_last, int64_t now_ms, struct err *);

#endif
