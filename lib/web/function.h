/* SPDX-License-Identifier: MIT */
/* function.h -- The functions that templates may call. */
#ifndef PARLEY_WEB_FUNCTION_H
#define PARLEY_WEB_FUNCTION_H

#include <ClearSilver.h>

struct arena;

/*
 * What they need to know, as the first member of cs_render()'s output
 * context: they find it there.
 */
struct function_context {
	const char   *lang;
	struct arena *arena;
};

/* Registers all of them with a parser. */
NEOERR *functions_register(CSPARSE *);

/* Times are shown in this zone from here on; NULL or unknown: UTC. */
void functions_set_zone(const char *name);

#endif
