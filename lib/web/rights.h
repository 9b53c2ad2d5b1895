/* SPDX-License-Identifier: MIT */
/* rights.h -- May this request be served at all? */
#ifndef PARLEY_WEB_RIGHTS_H
#define PARLEY_WEB_RIGHTS_H

struct err;
struct req;

/* Who asks, and has the route's right?  -1 with why not. */
int rights_check(struct req *, struct err *);

/*
 * Does a change come from a page of ours?  A browser adds its cookie to
 * whatever another site makes it send, so a change by cookie must also bring
 * the token that only our pages know, and a form must not come from elsewhere
 * even where nobody is logged in.  -1 "csrf".
 */
int rights_check_origin(const struct req *, struct err *);

/*
 * Who asks, where that decides nothing: a page that tells of a path that there
 * is not still speaks the user's language.
 */
void rights_recognize(struct req *);

#endif
