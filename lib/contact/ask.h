/* SPDX-License-Identifier: MIT */
/* ask.h -- Asking somebody to be a contact; for lib/contact alone. */
#ifndef PARLEY_CONTACT_ASK_H
#define PARLEY_CONTACT_ASK_H

#include "contact/contact.h"

/*
 * contact_request_send(); invited: they have handed out a link, so it does not
 * count that they hide.
 */
int request_send(struct app *, struct arena *, uint64_t me, uint64_t them,
    const char *note, const char *greeting, bool invited,
    struct contact_request *r, struct err *);

#endif
