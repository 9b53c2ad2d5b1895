/* SPDX-License-Identifier: MIT */
/* backoff.h -- How long to wait after the n-th failure.  Pure. */
#ifndef PARLEY_DELIVERY_BACKOFF_H
#define PARLEY_DELIVERY_BACKOFF_H

#include <stdint.h>

/* first_ms after the first failure (tries 0), doubling up to max_ms. */
int64_t backoff_ms(unsigned tries, int64_t first_ms, int64_t max_ms);

/* Between half of ms and all of it, as chance says: so that many spread. */
int64_t backoff_jitter_ms(int64_t ms, uint64_t chance);

#endif
