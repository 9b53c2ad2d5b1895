/* SPDX-License-Identifier: MIT */
/* resolve.h -- Whom drafts mention, as far as they may. */
#ifndef PARLEY_MESSAGE_RESOLVE_H
#define PARLEY_MESSAGE_RESOLVE_H

#include "message/rules.h"

/*
 * In a transaction that holds their conversations, with what is known of the
 * senders: completes facts[i] by whom drafts[i] mentions.  Two queries, one
 * more for each draft to the world channel that calls somebody, and none where
 * nobody writes an @ where more than two are.
 */
int message_resolve(struct app *, struct arena *,
    struct message_draft *const *drafts, size_t n, struct message_facts *facts,
    int64_t now_ms, struct err *);

#endif
