/* SPDX-License-Identifier: MIT */
/* view.h -- What a handler's view becomes on the wire. */
#ifndef PARLEY_WEB_VIEW_H
#define PARLEY_WEB_VIEW_H

#include "web/web.h"

struct reply;

enum { VIEW_HEADERS_MAX = 16 };

struct view_private {
	json_t	   *page;	  /* for the page only */
	bool	    is_redirect;  /* 303 for everybody */
	const char *content_type; /* of text; NULL: there is none */
	const char *text;
	struct {
		const char *name, *value;
	} headers[VIEW_HEADERS_MAX];
	size_t nheaders;
};

/* A view for one request. */
void view_init(struct view *, struct view_private *, struct req *);

/* What follows "Set-Cookie: "; see view_cookie(). */
const char *cookie_text(
    const struct req *, const char *name, const char *value, int64_t max_age_s);

/* The answer of a handler that succeeded.  -1: its page can't be rendered. */
int view_reply(struct view *, struct reply *, struct err *);

#endif
