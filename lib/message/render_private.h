/* SPDX-License-Identifier: MIT */
/*
 * render_private.h -- What the walk over Markdown (render_markdown.c) and what
 * is made of the text in it (render_text.c) share.
 */
#ifndef PARLEY_MESSAGE_RENDER_PRIVATE_H
#define PARLEY_MESSAGE_RENDER_PRIVATE_H

#include "base/str.h"
#include "message/mention.h"
#include "message/render.h"

/* What the walk gathers instead of what it shows. */
struct names {
	struct arena *arena;
	const char  **list;
	size_t	      n, max;
};

struct walk {
	struct strbuf	    out;
	struct mention_list mentions;
	struct names	   *names; /* NULL: they are not asked for */
	int  links; /* how many we are inside of: links do not nest */
	bool shows; /* there is something to see, so far */
};

/* Text and no more: nothing in it becomes a link. */
void render_text(struct strbuf *, const char *, size_t n);

/* The same outside of links: addresses become some, and who is mentioned. */
void render_running_text(struct walk *, const char *);

/* "<a ...>", to a URL that is safe: see render_is_safe_url(). */
void render_link_open(struct strbuf *, const char *url, size_t n);

#endif
