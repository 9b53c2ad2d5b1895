/* SPDX-License-Identifier: MIT */
/* accept.h -- How two people become contacts. */
#ifndef PARLEY_CONTACT_ACCEPT_H
#define PARLEY_CONTACT_ACCEPT_H

#include "contact/view.h"

struct db;

/*
 * In a transaction that holds the pair: the open request is accepted, both
 * are contacts, and their conversation is open with the greeting in it.
 * Tells both.  Completes r.
 */
int request_accept(struct db *, struct arena *, struct contact_request *r,
    const struct people *, int64_t now_ms, struct err *);

/* The greeting of r, if it has one, into the conversation of the two. */
int request_greet(struct db *, struct arena *, const struct contact_request *,
    const struct people *, int64_t now_ms, struct err *);

#endif
