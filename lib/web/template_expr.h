/* SPDX-License-Identifier: MIT */
/* template_expr.h -- What compiling a template asks of expressions. */
#ifndef PARLEY_WEB_TEMPLATE_EXPR_H
#define PARLEY_WEB_TEMPLATE_EXPR_H

#include "web/template_tree.h"

/* A name of a loop or a macro, and what it stands for; the innermost first. */
struct scope {
	const struct scope *up;
	const char	   *name;
	const struct expr  *is;
};

struct compiler {
	struct arena	       *kept;  /* for the program */
	struct arena	       *arena; /* for what is worked out */
	const char	       *name;  /* of the template */
	const struct constants *constants;
	struct program	       *program;
	struct err	       *err;
	const struct scope     *scope;
	unsigned		depth;	  /* slots in use */
	unsigned		branches; /* conditions and loops around us */
	unsigned		calls;	  /* macros around us */
	const struct expr      *fixed[ROOTS_MAX];
	unsigned		nsets[ROOTS_MAX];
};

/* -1 with what is wrong; NULL, of those that make an expression, likewise. */
int compile_fail(struct compiler *, const char *what);

const struct expr *expr_compile(struct compiler *, const CSARG *);

/* What can be set: a variable, or what is in one. */
const struct expr *expr_compile_target(struct compiler *, const CSARG *);

/* One that is all constants is one. */
const struct expr *expr_make(struct compiler *, enum expr_kind,
    const struct expr *a, const struct expr *b);
const struct expr *expr_const(struct compiler *, struct value);

/* The same, to stay with the program. */
const struct expr *expr_keep(struct compiler *, const struct expr *);

/* A slot of its own, until depth is what it was. */
const struct expr *expr_slot(struct compiler *);

/* Counts a command that sets; is it the only one for this name? */
void compiler_count_set(struct compiler *, const CSARG *target);
bool compiler_is_set_once(struct compiler *, const char *name);

/* From here on the name, which is set once, is this. */
void compiler_fix(struct compiler *, const char *name, const struct expr *);

#endif
