/* SPDX-License-Identifier: MIT */
/*
 * rules.h -- Who may ask whom, and who decides about a request.
 *
 * Pure: no I/O, no clock, no memory but the caller's.
 */
#ifndef PARLEY_CONTACT_RULES_H
#define PARLEY_CONTACT_RULES_H

#include "contact/contact.h"

/* What becomes of asking somebody. */
enum contact_asking {
	ASKING_REFUSED = -1,
	ASKING_OPENS,  /* a request */
	ASKING_ACCEPTS /* the request that they had sent */
};

/*
 * May one ask the other?  exists: there is such a user; is_hidden: who hides.
 * Refused with "blocked", "not_found" or "conflict".
 */
enum contact_asking contact_may_ask(
    const struct contact_bond *, bool exists, bool is_hidden, struct err *);

/* Note and greeting, both optional: at most 500 characters, no controls. */
int contact_check_words(const char *note, const char *greeting, struct err *);
int contact_check_remark(const char *remark, struct err *);

int contact_check_label(const char *name, struct err *);

/* Is it over, though it says that it is pending?  See contact_open_since(). */
bool contact_is_overdue(const struct contact_request *, int64_t open_since_ms);

/*
 * May me turn the request into this state?  -1 "not_found" for whom it does
 * not concern, "conflict" when it is no longer open.
 */
int contact_may_decide(const struct contact_request *, uint64_t me,
    enum contact_status to, int64_t open_since_ms, struct err *);

#endif
