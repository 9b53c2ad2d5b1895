/* SPDX-License-Identifier: MIT */
/* texts.h -- The texts of a language. */
#ifndef PARLEY_WEB_TEXTS_H
#define PARLEY_WEB_TEXTS_H

#include <jansson.h>

struct err;

/*
 * Reads templates/lang/LANG.hdf below home: a tree T of objects, whose texts
 * are strings.  A text that has others below it stands under "" among them.
 * json_decref() frees it.  NULL with *e.
 */
json_t *texts_read(const char *home, const char *lang, struct err *e);

#endif
