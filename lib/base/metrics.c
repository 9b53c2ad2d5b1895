/* SPDX-License-Identifier: MIT */
/*
 * metrics.c -- Counters that every process of an instance shares.
 *
 * A file is a header and one slot for each metric; a slot is a value (or a
 * histogram's sum and buckets) of relaxed 64-bit atomics.  The header tells
 * the layout: a file of another version is left to those who still count in
 * it and a new one takes its name.  What they are called, and how they are
 * printed, is in metrics_text.c.
 */
#include "base/metrics_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

/* Upper bounds; the last bucket has none. */
const int64_t metric_bounds_us[METRIC_BUCKETS - 1] = {100, 250, 500, 1000, 2500,
    5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
    5000000};
const int64_t metric_bounds_amount[METRIC_BUCKETS - 1] = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384};

/* Changes with whatever moves a slot. */
static const uint64_t layout =
    0x5041524c45590000u ^ (uint64_t)METRIC_COUNT << 8 ^ METRIC_BUCKETS;

/* Until metrics_open(); after it a program's shared file.  See metrics.h. */
static struct metrics_file  private_file;
static struct metrics_file *file = &private_file;

int
metrics_fail(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_INTERNAL, "internal", "metrics: %s %s: %s", what,
	    path, strerror(errno));
}

/* Maps path; NULL with errno, or with errno 0 when it has another layout. */
struct metrics_file *
metrics_map(const char *path, int flags)
{
	struct stat	     st;
	struct metrics_file *f = MAP_FAILED;
	uint64_t	     seen = 0;
	int prot = PROT_READ | (flags & O_CREAT ? PROT_WRITE : 0);
	int fd, saved;

	if ((fd = open(path, flags | O_CLOEXEC, 0600)) == -1)
		return NULL;
	if (flags & O_CREAT && fstat(fd, &st) == 0 && st.st_size == 0 &&
	    ftruncate(fd, sizeof(*f)) == -1)
		goto out;
	if (fstat(fd, &st) == -1)
		goto out;
	errno = 0;
	if (st.st_size != (off_t)sizeof(*f))
		goto out;
	f = mmap(NULL, sizeof(*f), prot, MAP_SHARED, fd, 0);
	if (f == MAP_FAILED)
		goto out;
	/* Workers start at once: the first writes the layout, all agree. */
	if (flags & O_CREAT &&
	    atomic_compare_exchange_strong(&f->layout, &seen, layout))
		seen = layout;
	else
		seen = atomic_load(&f->layout);
	if (seen != layout) {
		munmap(f, sizeof(*f));
		f = MAP_FAILED;
		errno = 0;
	}
out:
	saved = errno;
	close(fd);
	errno = saved;
	return f == MAP_FAILED ? NULL : f;
}

int
metrics_open(const char *instance, const char *program, struct err *e)
{
	char		     path[METRIC_PATH_SIZE];
	struct metrics_file *f;

	(void)snprintf(path, sizeof(path), "%s/run", instance);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return metrics_fail(e, "make", path);
	(void)snprintf(path, sizeof(path), "%s/run/metrics", instance);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return metrics_fail(e, "make", path);
	(void)snprintf(
	    path, sizeof(path), "%s/run/metrics/%s", instance, program);
	f = metrics_map(path, O_RDWR | O_CREAT);
	if (f == NULL && errno == 0) {
		if (unlink(path) == -1 && errno != ENOENT)
			return metrics_fail(e, "replace", path);
		f = metrics_map(path, O_RDWR | O_CREAT);
	}
	if (f == NULL)
		return metrics_fail(e, "map", path);
	if (file != &private_file)
		munmap(file, sizeof(*file));
	file = f;
	return 0;
}

static void
add(_Atomic int64_t *to, int64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void
metric_add(enum metric m, uint64_t n)
{
	add(&file->slots[m].value, (int64_t)n);
}

void
metric_set(enum metric m, int64_t value)
{
	atomic_store_explicit(
	    &file->slots[m].value, value, memory_order_relaxed);
}

int64_t
metric_get(enum metric m)
{
	return atomic_load_explicit(
	    &file->slots[m].value, memory_order_relaxed);
}

bool
metric_swap(enum metric m, int64_t seen, int64_t value)
{
	return atomic_compare_exchange_strong(
	    &file->slots[m].value, &seen, value);
}

static void
observe(struct metric_slot *slot, const int64_t *bounds, int64_t value)
{
	size_t i = 0;

	while (i < METRIC_BUCKETS - 1 && value > bounds[i])
		i++;
	add(&slot->value, value);
	add(&slot->bucket[i], 1);
}

void
metric_observe_us(enum metric m, int64_t us)
{
	observe(&file->slots[m], metric_bounds_us, us);
}

void
metric_observe(enum metric m, int64_t value)
{
	observe(&file->slots[m], metric_bounds_amount, value);
}
