/* SPDX-License-Identifier: MIT */
/*
 * hold.h -- What every change of a message that was said begins and ends with.
 *
 * Begin: the conversation is locked, and the message is read under that lock,
 * as somebody in it sees it.  End: everybody there is told.
 */
#ifndef PARLEY_MESSAGE_HOLD_H
#define PARLEY_MESSAGE_HOLD_H

#include "account/account.h"
#include "message/rules.h"

struct message_hold {
	struct app	    *app;
	struct arena	    *arena;
	struct user	     actor;
	struct message_place at;
	int64_t		     now_ms;
	/* known by message_hold() */
	struct message_facts facts;
	struct message	     m;
};

/* Before the transaction. */
int message_hold_init(struct message_hold *, struct app *, struct arena *,
    uint64_t me, struct message_place, struct err *);

/*
 * In it.  May the actor do this there?  -1 what rights.h says, or "not_found"
 * for what is not there for them.
 */
int message_hold(
    struct db *, struct message_hold *, enum conversation_action, struct err *);

/* A frame to all who are in it, in order with what is said there. */
int message_hold_tell(struct db *, const struct message_hold *,
    const char *frame, size_t len, struct err *);

#endif
