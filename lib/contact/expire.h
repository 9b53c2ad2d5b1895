/* SPDX-License-Identifier: MIT */
/* expire.h -- A request that nobody answered in time; for lib/contact alone. */
#ifndef PARLEY_CONTACT_EXPIRE_H
#define PARLEY_CONTACT_EXPIRE_H

#include "contact/view.h"

struct db;

/*
 * In a transaction that holds the pair: the request, which is over, says so
 * from now on.  Tells both.
 */
int request_expire(struct db *, struct arena *, struct contact_request *,
    const struct people *, int64_t now_ms, struct err *);

/* The same by its id, if it still says that it is pending. */
int request_expire_id(struct db *, struct arena *, uint64_t id,
    const struct people *, int64_t now_ms, struct err *);

#endif
