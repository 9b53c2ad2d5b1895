/* SPDX-License-Identifier: MIT */
/*
 * asset.h -- The names of static files, with a fingerprint.
 *
 * One fingerprint is taken over all files, and stands as a directory in their
 * URLs: /static/HASH/js/app.js.  So modules that import each other by
 * relative paths stay together, and everything can be cached for a year.
 */
#ifndef PARLEY_WEB_ASSET_H
#define PARLEY_WEB_ASSET_H

#include <jansson.h>

struct err;

/*
 * Sets NAME for each file below the folder, dots and slashes in it as "_",
 * to its URL, and "" to "/static/HASH".  No such folder: no names.
 */
int assets_name(json_t *, const char *folder, struct err *);

#endif
