/* SPDX-License-Identifier: MIT */
/* stats.c -- Latency buckets, rates, and the generator's share of a core. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "stats.h"

enum { SUB_BITS = 5, SUB = 1 << SUB_BITS };

int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t
cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
	       (int64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

void
stats_start(struct stats *s)
{
	*s = (struct stats){0};
	s->started_ns = now_ns();
	s->cpu_started_ns = cpu_ns();
}

void
stats_stop(struct stats *s)
{
	s->ended_ns = now_ns();
	s->cpu_ended_ns = cpu_ns();
}

static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < SUB)
		return (unsigned)ns;
	shift = 63u - (unsigned)__builtin_clzll(ns) - SUB_BITS;
	return (shift + 1) * SUB + (unsigned)((ns >> shift) & (SUB - 1));
}

static int64_t
bucket_top(unsigned b)
{
	unsigned shift;

	if (b < SUB)
		return b;
	shift = b / SUB - 1;
	return (int64_t)((uint64_t)(SUB + b % SUB + 1) << shift);
}

void
stats_add(struct stats *s, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	s->bucket[bucket_of((uint64_t)ns)]++;
	s->count++;
	if (ns > s->max_ns)
		s->max_ns = ns;
}

int64_t
stats_percentile(const struct stats *s, double p)
{
	uint64_t want = (uint64_t)((double)s->count * p);
	uint64_t seen = 0;

	for (unsigned b = 0; b < sizeof s->bucket / sizeof *s->bucket; b++) {
		seen += s->bucket[b];
		if (seen > want)
			return bucket_top(b);
	}
	return s->max_ns;
}

void
stats_print(const struct stats *s, const char *mode)
{
	double seconds = (double)(s->ended_ns - s->started_ns) / 1e9;
	double cpu = (double)(s->cpu_ended_ns - s->cpu_started_ns) / 1e9;

	printf("{\"mode\":\"%s\",\"count\":%llu,\"errors\":%llu,"
	       "\"seconds\":%.3f,\"rate\":%.1f,\"bytes\":%llu,\"p50_us\":%.1f,"
	       "\"p99_us\":%.1f,\"max_us\":%.1f,\"cpu_share\":%.3f}\n",
	    mode, (unsigned long long)s->count, (unsigned long long)s->errors,
	    seconds, (double)s->count / seconds, (unsigned long long)s->bytes,
	    (double)stats_percentile(s, 0.5) / 1e3,
	    (double)stats_percentile(s, 0.99) / 1e3, (double)s->max_ns / 1e3,
	    cpu / seconds);
	fflush(stdout);
}
