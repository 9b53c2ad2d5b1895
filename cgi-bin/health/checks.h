/* SPDX-License-Identifier: MIT */
/*
 * checks.h -- What an instance needs to be well, each thing by its name.
 *
 * One row for each dependency.  Without an essential one nothing works; without
 * another, pages and sending do, and live push pauses and catches up later.
 */
#ifndef PARLEY_HEALTH_CHECKS_H
#define PARLEY_HEALTH_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "delivery/health.h"

struct app;
struct arena;

struct check {
	const char *name;
	bool	    is_essential;
	enum metric metric; /* keeps the state and its beginning */
	/* How it is, and in a few words why. */
	enum health (*look)(struct app *, struct arena *, const char **why_r);
};

extern const struct check checks[];
extern const size_t	  nchecks;

struct finding {
	enum health state;
	int64_t	    since_ms;
	const char *why; /* NULL: it is well */
};

/*
 * All are about to be looked at: false if that is so long ago that nobody can
 * tell what was since.
 */
bool checks_resume(const struct app *);

/*
 * Looks now, and keeps what it found: false where there is no such thing on
 * this node.  Unless somebody was watching, the state is one since now.
 */
bool check_now(const struct check *, struct app *, struct arena *,
    bool is_watched, struct finding *);

#endif
