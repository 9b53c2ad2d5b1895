/* SPDX-License-Identifier: MIT */
/*
 * talk.h -- How direct conversations stood when somebody last spoke there.
 *
 * Two who talk find theirs nearly always as they left it.  So what is known is
 * taken for granted, and the row says in the same trip whether it still is so
 * (message_write() with WRITE_KNOWN): nothing depends on what stands here.
 */
#ifndef PARLEY_MESSAGE_TALK_H
#define PARLEY_MESSAGE_TALK_H

#include "message/message.h"

/* As this sender knows it, his name in the arena; all zero: unknown. */
struct message_talk
talk_find(struct app *, struct arena *, uint64_t conv_id, uint64_t sender_id);

/*
 * How it stands after a message of this sender; where nothing is known, what
 * was is forgotten.
 */
void talk_put(struct app *, uint64_t conv_id, uint64_t sender_id,
    const struct message_talk *);

#endif
