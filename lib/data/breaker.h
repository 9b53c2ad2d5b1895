/* SPDX-License-Identifier: MIT */
/*
 * breaker.h -- Spares a dead engine the question, and the asker the wait.
 *
 * After a failure the engine is left alone for a while: at least retry_ms, and
 * four times as long as the failed attempt took, so that an engine that hangs
 * costs a fifth of one caller's time; but two seconds at most, so that one that
 * is back is soon noticed.  Then it is half open: one caller, the probe, tries
 * it, and all others go on without until that one knows.
 *
 * The state is a metric, which all processes of a program share: what one of
 * them found out at the price of a time-out, the others need not.  It is the
 * time until which nobody is to try (clock_mono_us()); 0 is closed.
 */
#ifndef PARLEY_DATA_BREAKER_H
#define PARLEY_DATA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/metrics.h"

enum { BREAKER_MAX_US = 2000000, BREAKER_REST = 4 };

struct breaker {
	enum metric metric; /* of kind BREAKER */
	int64_t	    retry_ms;
	int64_t	    probe_us; /* how long a probe may take */
};

/*
 * May the engine be asked now?  Whoever is let in tells afterwards how it was,
 * by breaker_close() or breaker_trip().  A probe that dies counts as failed
 * after probe_us.
 */
bool breaker_enter(const struct breaker *, int64_t now_us);

/* An attempt that began at start_us has failed by now_us. */
void breaker_trip(const struct breaker *, int64_t start_us, int64_t now_us);

/*
 * The same for a connection that broke at once: the engine may well be there
 * for the next one.  Only a probe was to find that out, and failed.
 */
void breaker_stumble(const struct breaker *, int64_t start_us, int64_t now_us);

/* The engine has answered. */
void breaker_close(const struct breaker *);

#endif
