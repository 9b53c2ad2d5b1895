/* SPDX-License-Identifier: MIT */
/* backoff.h -- How long to wait after the n-th failure.  Pure. */
#ifndef PARLEY_DELIVERY_BACKOFF_H
#define PARLEY_DELIVERY_BACKOFF_H

#include <stdint.h>

/* first_ms after the first failure (tries 0), doubling up to max_ms. */
int64_t backoff_ms(unsigned tries, int64_t first_ms, int64_t max_ms);

#endif
