/* SPDX-License-Identifier: MIT */
/*
 * hdf.h -- JSON as ClearSilver's HDF.
 *
 * The nodes come from the request's arena and point at the JSON's own texts,
 * so that a page of a thousand values costs no malloc and no copy.  The JSON
 * must outlive the tree.
 */
#ifndef PARLEY_WEB_HDF_H
#define PARLEY_WEB_HDF_H

#include <jansson.h>
#include <ClearSilver.h>

struct arena;

/*
 * Makes the members of a JSON object the children of top, after those that it
 * has.  true is "1", false "0", null "", and a list has items "0", "1", ….
 */
void hdf_add_json(HDF *top, struct arena *, const json_t *object);

/* Adds another tree's node under a name, without copying it. */
void
hdf_add_shared(HDF *top, struct arena *, const char *name, const HDF *node);

/* Empties top: frees what ClearSilver's set: added, leaves the arena's. */
void hdf_clear(HDF *top);

#endif
