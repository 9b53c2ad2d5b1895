/* SPDX-License-Identifier: MIT */
/* render.h -- The two ways from text to HTML, apart. */
#ifndef PARLEY_MESSAGE_RENDER_H
#define PARLEY_MESSAGE_RENDER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Has the text nothing in it that Markdown or a link could be made of? */
bool render_is_plain(const char *text);

/*
 * The long way, through the parser, for any text; NULL: it shows nothing.
 * mentions: as in mention.h, "" for none.
 */
const char *
render_markdown(struct arena *, const char *text, const char *mentions);

/*
 * The same walk, to gather what stands behind an @ outside of code and links:
 * at most max names, each once, as they are written.
 */
size_t render_names(
    struct arena *, const char *text, const char **names_r, size_t max);

/* Does it begin with http:, https: or mailto:, and holds no control? */
bool render_is_safe_url(const char *url);

#endif
