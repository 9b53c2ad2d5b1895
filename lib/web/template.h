/* SPDX-License-Identifier: MIT */
/*
 * template.h -- Templates in ClearSilver's language: JSON in, HTML out.
 *
 * ClearSilver reads a template once; what is made of it then is ours to run.
 * Whatever "var:" prints is escaped for HTML, in included files and macros,
 * too.  Of the language there is what pages need: literal, var, uvar, name,
 * if, each, loop (in steps of 1), with, def, call, set, include; subcount()
 * and name(); no product, no quotient.  All else is refused when it is read.
 */
#ifndef PARLEY_WEB_TEMPLATE_H
#define PARLEY_WEB_TEMPLATE_H

#include <jansson.h>

struct arena;
struct err;
struct strbuf;
struct templates;

/*
 * home holds templates/; files is the folder of static files.  Reads the texts
 * of all languages and names the static files.
 */
int templates_open(
    struct templates **, const char *home, const char *files, struct err *);
void templates_close(struct templates **);

/* Reads one ahead of its first use.  -1: it is not there, or is wrong. */
int template_load(struct templates *, const char *name, struct err *);

struct render {
	const json_t  *page; /* looked at first */
	const json_t  *data;
	const char    *lang;
	const char    *zone; /* IANA name; NULL or unknown: UTC */
	struct arena  *arena;
	struct strbuf *out; /* added to */
};

/* -1 is always ERR_INTERNAL, with what is wrong in the template. */
int template_render(
    struct templates *, const char *name, const struct render *, struct err *);

#endif
