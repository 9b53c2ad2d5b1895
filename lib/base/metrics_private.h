/* SPDX-License-Identifier: MIT */
/*
 * metrics_private.h -- The shared files of counters: who counts in them
 * (metrics.c), and who prints them (metrics_text.c).
 */
#ifndef PARLEY_BASE_METRICS_PRIVATE_H
#define PARLEY_BASE_METRICS_PRIVATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/metrics.h"

enum { METRIC_BUCKETS = 16, METRIC_PATH_SIZE = 4096 };

/* Upper bounds of a histogram's buckets; the last bucket has none. */
extern const int64_t metric_bounds_us[METRIC_BUCKETS - 1];
extern const int64_t metric_bounds_amount[METRIC_BUCKETS - 1];

struct metric_slot {
	_Atomic int64_t value; /* of a histogram: the sum */
	_Atomic int64_t bucket[METRIC_BUCKETS];
};

struct metrics_file {
	_Atomic uint64_t   layout;
	struct metric_slot slots[METRIC_COUNT];
};

/* Maps a file; NULL with errno, or with errno 0 when it has another layout. */
struct metrics_file *metrics_map(const char *path, int flags);

/* -1, with what could not be done, to which file, and errno. */
int metrics_fail(struct err *, const char *what, const char *path);

#endif
