/* SPDX-License-Identifier: MIT */
/* excerpt.h -- What sanitised HTML says, in one line of text. */
#ifndef PARLEY_WEB_EXCERPT_H
#define PARLEY_WEB_EXCERPT_H

#include <stddef.h>

struct arena;

/*
 * The text of HTML as message_html() makes it, without its tags, on one line
 * of about max bytes at most, cut between characters.
 */
const char *html_excerpt(struct arena *, const char *html, size_t max);

#endif
