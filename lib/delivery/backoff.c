/* SPDX-License-Identifier: MIT */
/* backoff.c -- Exponential back-off as a pure function. */
#include "delivery/backoff.h"

int64_t
backoff_ms(unsigned tries, int64_t first_ms, int64_t max_ms)
{
	int64_t ms = first_ms;

	while (tries-- > 0 && ms < max_ms)
		ms *= 2;
	return ms < max_ms ? ms : max_ms;
}

int64_t
backoff_jitter_ms(int64_t ms, uint64_t chance)
{
	int64_t half = ms / 2;

	return ms - (int64_t)(chance % (uint64_t)(half + 1));
}
