/* SPDX-License-Identifier: MIT */
/* notice.h -- System messages as a sentence. */
#ifndef PARLEY_MESSAGE_NOTICE_H
#define PARLEY_MESSAGE_NOTICE_H

#include <jansson.h>

struct arena;

/*
 * Sanitised HTML of what a system message tells, in English: for whoever does
 * not say it in the reader's language.  NULL for what is no notice of ours.
 */
const char *notice_html(struct arena *, const json_t *content);

#endif
