/* SPDX-License-Identifier: MIT */
/* stats.h -- What a run of the load generator found, and what it cost. */
#ifndef PARLEY_LOAD_STATS_H
#define PARLEY_LOAD_STATS_H

#include <stdint.h>

/*
 * Latencies in buckets of 1/32 of a power of two, so a percentile is within
 * 3 % of the truth at any size, in 16 KiB.
 */
struct stats {
	uint64_t bucket[2048];
	uint64_t count, errors;
	uint64_t bytes;
	int64_t	 max_ns;
	int64_t	 started_ns, ended_ns; /* set by stats_start, stats_stop */
	int64_t	 cpu_started_ns, cpu_ended_ns;
};

int64_t now_ns(void); /* monotonic */

void	stats_start(struct stats *);
void	stats_stop(struct stats *);
void	stats_add(struct stats *, int64_t ns);
int64_t stats_percentile(const struct stats *, double p); /* ns; p in 0..1 */

/*
 * One JSON line: count, rate, errors, p50/p99/max in µs, seconds, and
 * cpu_share, the part of one core that this process used.
 */
void stats_print(const struct stats *, const char *mode);

#endif
