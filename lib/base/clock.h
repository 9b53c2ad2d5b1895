/* SPDX-License-Identifier: MIT */
/* clock.h -- The time, by the clocks we use, and its text. */
#ifndef PARLEY_BASE_CLOCK_H
#define PARLEY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Milliseconds since the epoch, UTC. */
int64_t clock_ms(void);

/* Microseconds that never go back, for intervals and time-outs. */
int64_t clock_mono_us(void);

/*
 * Milliseconds since the machine started, its sleep included: for what ends on
 * other machines, too, while this one sleeps.
 */
int64_t clock_boot_ms(void);

/* RFC 3339, UTC, with milliseconds: 2026-11-21T09:30:00.123Z. */
enum { TIME_SIZE = sizeof("2026-11-21T09:30:00.123Z") };
void	    time_format(int64_t ms, char out_r[TIME_SIZE]);
const char *time_text(struct arena *, int64_t ms);
bool	    time_parse(const char *, int64_t *ms_r);

#endif
