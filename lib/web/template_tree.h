/* SPDX-License-Identifier: MIT */
/*
 * template_tree.h -- What a template is made into, to be run.
 *
 * ClearSilver reads the template; template_compile.c makes a tree of its own
 * of what was read, once for each language.  What no request can change is
 * worked out then: texts, addresses of static files, macros called with
 * words, branches that hang on these.  So a page is a few long texts and
 * what is really the request's between them.
 *
 * A variable is a slot of a frame: names of the view are filled in when the
 * page begins, those of loops and macros when these do.
 */
#ifndef PARLEY_WEB_TEMPLATE_TREE_H
#define PARLEY_WEB_TEMPLATE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <ClearSilver.h>

#include "web/function.h"

struct arena;
struct err;
struct strbuf;

/* A value, and under which name it stood where it was found. */
struct value {
	enum { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER, VALUE_JSON } kind;
	long	    number;
	const char *text;
	json_t	   *json;
	const char *name;
};

enum expr_kind {
	EXPR_CONST,    /* value */
	EXPR_SLOT,     /* slot */
	EXPR_MEMBER,   /* a . name */
	EXPR_INDEX,    /* a [ b ] */
	EXPR_FUNCTION, /* function ( a ) */
	EXPR_COUNT,    /* how many a has in it */
	EXPR_NAME,     /* under which name a stood */
	EXPR_NUMBER,   /* # a */
	EXPR_EXISTS,   /* ? a */
	EXPR_NOT,      /* ! a */
	EXPR_OPERATOR  /* a op b */
};

struct expr {
	enum expr_kind	   kind;
	struct value	   value;
	unsigned	   slot;
	const char	  *name;
	const struct expr *a, *b;
	template_function  function;
	CSTOKEN_TYPE	   op;
};

enum part_kind {
	PART_TEXT,  /* text */
	PART_PRINT, /* expr, escaped */
	PART_RAW,   /* expr, as it is */
	PART_IF,    /* expr ? body : other */
	PART_EACH,  /* slot is each of expr, body */
	PART_LOOP,  /* slot is each number from expr to target, body */
	PART_LET,   /* slot is expr */
	PART_SET    /* target becomes the text of expr */
};

struct part {
	enum part_kind	   kind;
	struct part	  *next, *body, *other;
	unsigned	   slot;
	const struct expr *expr, *target;
	const char	  *text;
	size_t		   len;
};

/* The first slots are for names of the view, so many at most. */
enum { ROOTS_MAX = 96 };

struct program {
	const struct part *parts;
	const char	  *roots[ROOTS_MAX];
	unsigned	   nroots, nslots;
};

/* -- template_compile.c ---------------------------------------------------- */

/* Where names lead that are the same for every request of a language. */
struct constants {
	json_t *texts;	/* T */
	json_t *assets; /* asset */
};

/* In the arena, which must outlive the program, as constants must. */
int template_compile(struct arena *, const char *name, const CSPARSE *,
    const struct constants *, struct program *, struct err *);

/* -- template_value.c ------------------------------------------------------ */

/* What an expression is worth; frame may be NULL if it is all constants. */
struct value expr_value(const struct expr *, const struct value *frame,
    const struct function_context *);

/* What it prints, or NULL: it is not there, or is a list or an object. */
const char *value_text(const struct value *, struct arena *);
long	    value_number(const struct value *);
bool	    value_is_true(const struct value *, struct arena *);

/* -- template_run.c -------------------------------------------------------- */

void template_run(const struct program *, const json_t *page,
    const json_t *data, const struct function_context *, struct strbuf *out);

#endif
