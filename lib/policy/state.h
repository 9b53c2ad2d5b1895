/* SPDX-License-Identifier: MIT */
/* state.h -- What lib/policy, and it alone, keeps for a process's life. */
#ifndef PARLEY_POLICY_STATE_H
#define PARLEY_POLICY_STATE_H

#include <stdint.h>

struct app;
struct arena;
struct err;

enum { RATE_COUNTS = 1024, CSRF_SECRET_SIZE = 32 };

struct rate_count {
	uint64_t id; /* of bucket and subject */
	int64_t	 window, n;
};

struct policy_state {
	unsigned char	  csrf_secret[CSRF_SECRET_SIZE];
	struct rate_count counts[RATE_COUNTS];
};

/* Made when first asked for; app_close() frees it. */
struct policy_state *policy_state(struct app *);

/* What a session's forms must carry. */
const char *
policy_csrf_token(struct app *, struct arena *, uint64_t session_id);

#endif
