/* SPDX-License-Identifier: MIT */
/* page.h -- A page: what its handler found, and what every page shows. */
#ifndef PARLEY_WEB_PAGE_H
#define PARLEY_WEB_PAGE_H

struct arena;
struct err;
struct reply;
struct req;
struct view;

/*
 * Renders view->templ into the reply, whose head has its status already.
 * shown: the error that the page tells of, or NULL.  -1 if it can't be
 * rendered; the error is then ERR_INTERNAL.
 */
int page_reply(
    struct view *, const struct err *shown, struct reply *, struct err *e);

/*
 * Answers an error to a browser: log-in for a stranger, the form again for a
 * form at fault, else the error page; a bare one when even that fails.
 */
void page_error(struct req *, const struct err *, struct reply *);

/* A location as a header may carry it: bytes outside ASCII as %XX. */
const char *location_encode(struct arena *, const char *);

#endif
