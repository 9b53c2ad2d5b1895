/* SPDX-License-Identifier: MIT */
/* grant.h -- Between the use cases of sessions; for lib/account alone. */
#ifndef PARLEY_ACCOUNT_GRANT_H
#define PARLEY_ACCOUNT_GRANT_H

#include <stddef.h>
#include <stdint.h>

#include "account/session.h"

/* When a session used at now_ms ends if it is not used again. */
int64_t session_expires_ms(struct app *, int64_t now_ms);

/* The tokens of a session that the user now has; refresh_token is not set. */
int grant_fill(struct app *, struct arena *, const struct user *,
    uint64_t session_id, bool is_browser, int64_t now_ms,
    struct session_grant *, struct err *);

/* A new refresh token of the session, stored by its digest; NULL with *e. */
const char *grant_refresh_token(struct db *, struct arena *,
    uint64_t session_id, int64_t now_ms, struct err *);

/* In the transaction that ends n sessions: their sockets are to be closed. */
int sessions_ending(struct db *, struct arena *, uint64_t user_id,
    const uint64_t *ids, size_t n, int64_t now_ms, struct err *);

/* After its commit: tells Redis and the relay.  Cannot fail. */
void
sessions_ended(struct app *, struct arena *, const uint64_t *ids, size_t n);

#endif
