/* SPDX-License-Identifier: MIT */
/* guard.h -- What stands between a request and its handler: see web.h. */
#ifndef PARLEY_POLICY_GUARD_H
#define PARLEY_POLICY_GUARD_H

struct web_guard;

/* Authentication by lib/account, rate limits in Redis with a local fallback. */
extern const struct web_guard policy_guard;

#endif
