/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- Who may open a conversation, and what its numbers mean.
 *
 * Pure: no I/O, no clock, no memory but the caller's.
 */
#ifndef PARLEY_CONVERSATION_RULES_H
#define PARLEY_CONVERSATION_RULES_H

#include "conversation/rights.h"

/* Two people, and what stands between them. */
struct conversation_pair {
	bool is_self;  /* both are one */
	bool may_find; /* the other exists, and the opener may know */
	struct conversation_bond bond;
	bool is_open_house; /* direct.policy: anyone may write to anyone */
};

/*
 * May the direct conversation be opened?  0, or -1 "invalid", "blocked",
 * "not_found" or "not_a_contact".
 */
int conversation_may_open(const struct conversation_pair *, struct err *);

/* Has seq been said, so that one may have read it?  0, or -1 "invalid". */
int
conversation_may_read(const struct conversation *, uint64_t seq, struct err *);

#endif
