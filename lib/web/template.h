/* SPDX-License-Identifier: MIT */
/*
 * template.h -- ClearSilver: JSON in, HTML out.
 *
 * A template is parsed when it is first used and kept for the life of the
 * process.  Whatever "var:" prints is escaped for HTML, in included files and
 * macros, too.
 */
#ifndef PARLEY_WEB_TEMPLATE_H
#define PARLEY_WEB_TEMPLATE_H

#include <stdbool.h>

#include <jansson.h>

struct arena;
struct err;
struct strbuf;
struct templates;

/*
 * home holds templates/ and static/.  Reads the texts of all languages and
 * names the static files.
 */
int  templates_open(struct templates **, const char *home, struct err *);
void templates_close(struct templates **);

/* Is there such a template?  For the check of the routes at start. */
bool template_exists(const struct templates *, const char *name);

struct render {
	const json_t  *page; /* looked at first */
	const json_t  *data;
	const char    *lang;
	const char    *zone; /* IANA name; NULL or unknown: UTC */
	struct arena  *arena;
	struct strbuf *out; /* added to */
};

/* -1 is always ERR_INTERNAL, with what ClearSilver says. */
int template_render(
    struct templates *, const char *name, const struct render *, struct err *);

#endif
