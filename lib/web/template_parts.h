/* SPDX-License-Identifier: MIT */
/*
 * template_parts.h -- Parts of a program, one after the other.
 *
 * Text that follows text becomes one part with it.
 */
#ifndef PARLEY_WEB_TEMPLATE_PARTS_H
#define PARLEY_WEB_TEMPLATE_PARTS_H

#include "base/str.h"
#include "web/template_expr.h"

struct parts {
	struct part  *first, **end;
	struct strbuf text; /* that no part has yet */
};

void parts_begin(struct compiler *, struct parts *);

/* The last text gets its part, too. */
void parts_flush(struct compiler *, struct parts *);

struct part *part_add(
    struct compiler *, struct parts *, enum part_kind, const struct expr *);

/* Prints what an expression is worth: as text, if that is known by now. */
void parts_print(
    struct compiler *, struct parts *, const struct expr *, bool is_raw);

#endif
