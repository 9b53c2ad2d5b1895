/* SPDX-License-Identifier: MIT */
/*
 * breaker.h -- Spares a dead engine the question, and the asker the wait.
 *
 * After a failure the engine is not tried again for a while: at least
 * retry_ms, and as long as the failed attempt took, so that an engine that
 * hangs costs no more than half of anybody's time; but two seconds at most, so
 * that one that is back is soon noticed.  The first attempt after that is the
 * probe.
 */
#ifndef PARLEY_DATA_BREAKER_H
#define PARLEY_DATA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_MAX_US = 2000000 };

struct breaker {
	int64_t retry_ms;
	int64_t until_us; /* of clock_mono_us(); 0: closed */
};

static inline bool
breaker_is_open(const struct breaker *b, int64_t now_us)
{
	return now_us < b->until_us;
}

/* An attempt that began at start_us has failed by now_us. */
static inline void
breaker_trip(struct breaker *b, int64_t start_us, int64_t now_us)
{
	int64_t least_us = b->retry_ms * 1000;
	int64_t took_us = now_us - start_us;

	if (took_us > BREAKER_MAX_US)
		took_us = BREAKER_MAX_US;
	b->until_us = now_us + (took_us > least_us ? took_us : least_us);
}

static inline void
breaker_close(struct breaker *b)
{
	b->until_us = 0;
}

#endif
