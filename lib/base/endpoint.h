/* SPDX-License-Identifier: MIT */
/*
 * endpoint.h -- Where an engine listens, as a setting says it.
 *
 * "unix:/path" or "host:port" ("[::1]:3306" for IPv6); several by commas, the
 * preferred one first.
 */
#ifndef PARLEY_BASE_ENDPOINT_H
#define PARLEY_BASE_ENDPOINT_H

#include <stddef.h>

struct arena;

struct endpoint {
	const char *text; /* as it was written */
	const char *path; /* of a Unix socket; NULL: host and port */
	const char *host;
	unsigned    port;
};

/* Reads a list (empty: none) into the arena: 0, or -1 where it is not one. */
int endpoints_parse(struct arena *, const char *text,
    const struct endpoint **list_r, size_t *n_r);

#endif
