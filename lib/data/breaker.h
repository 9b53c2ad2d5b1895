/* SPDX-License-Identifier: MIT */
/*
 * breaker.h -- Spares a dead engine the question, and the asker the wait.
 *
 * After a failure the engine is not tried again for a while: at least
 * retry_ms, and as long as the failed attempt took, so that an engine that
 * hangs costs no more than half of anybody's time.  The first attempt after
 * that is the probe.
 */
#ifndef PARLEY_DATA_BREAKER_H
#define PARLEY_DATA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

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
	int64_t pause_us = b->retry_ms * 1000;

	if (now_us - start_us > pause_us)
		pause_us = now_us - start_us;
	b->until_us = now_us + pause_us;
}

static inline void
breaker_close(struct breaker *b)
{
	b->until_us = 0;
}

#endif
