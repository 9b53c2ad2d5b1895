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

struct app;
struct arena;

struct check {
	const char *name;
	bool	    is_essential;
	bool (*is_well)(struct app *, struct arena *);
};

extern const struct check checks[];
extern const size_t	  nchecks;

#endif
