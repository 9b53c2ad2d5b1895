/* SPDX-License-Identifier: MIT */
/* function.h -- The functions that templates may call. */
#ifndef PARLEY_WEB_FUNCTION_H
#define PARLEY_WEB_FUNCTION_H

#include <ClearSilver.h>

struct arena;

/* What they need to know. */
struct function_context {
	const char   *lang;
	struct arena *arena;
};

/* Text to text; the result lives in the arena, or as long as its argument. */
typedef const char *(*template_function)(
    const struct function_context *, const char *);

/* The one of this name, or NULL. */
template_function function_named(const char *name);

/* Tells a parser of their names. */
NEOERR *functions_register(CSPARSE *);

/* Times are shown in this zone from here on; NULL or unknown: UTC. */
void functions_set_zone(const char *name);

#endif
