/* SPDX-License-Identifier: MIT */
/* text.h -- What a text from outside must be, to be taken. */
#ifndef PARLEY_WEB_TEXT_H
#define PARLEY_WEB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct web_field;

/*
 * Checks n bytes against a field of a text type and hands out the text as it
 * is meant: trimmed if the field says so, line ends as \n.  -1 adds the first
 * fault to *e.
 */
int text_check(const struct web_field *, struct arena *, const char *, size_t n,
    const char **text_r, struct err *e);

/* A path of our own: "/x", but no "//host", and nothing a browser twists. */
bool is_local_path(const char *);

#endif
