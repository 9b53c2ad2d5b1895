/* SPDX-License-Identifier: MIT */
/*
 * template_compile.c -- From what ClearSilver has read to what is run.
 *
 * Macros are laid out where they are called, so that each place is worked
 * out with what it is called with; a name means what it means there, as in
 * ClearSilver.  What of the language no page needs is refused.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "web/template_expr.h"
#include "web/template_parts.h"

/* The place of a command in ClearSilver's table; a test sees to it. */
enum {
	CMD_LITERAL,
	CMD_NAME,
	CMD_VAR,
	CMD_UVAR,
	CMD_IF = 6,
	CMD_ELSEIF = 8,
	CMD_ELIF = 9,
	CMD_EACH = 11,
	CMD_WITH = 13,
	CMD_INCLUDE = 15,
	CMD_DEF = 17,
	CMD_CALL = 19,
	CMD_SET = 20,
	CMD_LOOP = 21
};

enum { ARGS_MAX = 16, CALLS_MAX = 24 };

static int add_all(struct compiler *, struct parts *, const CSTREE *);

/* What runs under a condition, or more than once. */
static int
body_of(struct compiler *c, const CSTREE *node, struct part **body_r)
{
	struct parts body;
	int	     rc;

	parts_begin(c, &body);
	c->branches++;
	rc = add_all(c, &body, node);
	c->branches--;
	parts_flush(c, &body);
	*body_r = body.first;
	return rc;
}

/* -- printing -------------------------------------------------------------- */

static int
add_var(struct compiler *c, struct parts *to, const CSTREE *node, bool is_raw)
{
	const struct expr *e = expr_compile(c, &node->arg1);

	if (e == NULL)
		return -1;
	parts_print(c, to, e, is_raw);
	return 0;
}

static int
add_name(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const struct expr *e = expr_compile(c, &node->arg1);

	if (e == NULL)
		return -1;
	parts_print(c, to, expr_make(c, EXPR_NAME, e, NULL), false);
	return 0;
}

/* -- branches and loops ---------------------------------------------------- */

static int
add_if(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const struct expr *e = expr_compile(c, &node->arg1);
	struct part	  *p;

	if (e == NULL)
		return -1;
	if (e->kind == EXPR_CONST)
		return add_all(c, to,
		    value_is_true(&e->value, c->arena) ? node->case_0
						       : node->case_1);
	p = part_add(c, to, PART_IF, e);
	if (body_of(c, node->case_0, &p->body) == -1)
		return -1;
	return body_of(c, node->case_1, &p->other);
}

/* A list that is known by now is laid out. */
static int
add_each_known(
    struct compiler *c, struct parts *to, const CSTREE *node, json_t *list)
{
	const char *key;
	json_t	   *value;
	int	    rc = 0;

	json_object_foreach (list, key, value) {
		struct value	   v = {VALUE_JSON, 0, NULL, value, key};
		const struct expr *item = expr_const(c, v);
		struct scope	   inner = {c->scope, node->arg1.s, item};

		if (*key == '\0')
			continue; /* the list's own text */
		c->scope = &inner;
		rc = add_all(c, to, node->case_0);
		c->scope = inner.up;
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* The body, with a name for what it is run with. */
static int
body_with(struct compiler *c, const CSTREE *node, struct part *p)
{
	const struct expr *slot = expr_slot(c);
	struct scope	   inner = {c->scope, node->arg1.s, slot};
	int		   rc;

	p->slot = slot->slot;
	c->scope = &inner;
	rc = body_of(c, node->case_0, &p->body);
	c->scope = inner.up;
	c->depth--;
	return rc;
}

static int
add_each(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const struct expr *e = expr_compile(c, &node->arg2);

	if (e == NULL)
		return -1;
	if (e->kind != EXPR_CONST)
		return body_with(c, node, part_add(c, to, PART_EACH, e));
	if (e->value.kind != VALUE_JSON)
		return 0;
	return add_each_known(c, to, node, e->value.json);
}

static int
add_loop(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const CSARG	  *args = node->vargs;
	const struct expr *from, *upto, *step;
	struct part	  *p;

	if (args == NULL || args->next == NULL)
		return compile_fail(c, "a loop without its bounds");
	from = expr_compile(c, args);
	upto = expr_compile(c, args->next);
	step =
	    args->next->next == NULL ? NULL : expr_compile(c, args->next->next);
	if (from == NULL || upto == NULL)
		return -1;
	if (args->next->next != NULL &&
	    (step == NULL || step->kind != EXPR_CONST ||
		value_number(&step->value) != 1))
		return compile_fail(c, "a loop in other steps than 1");
	p = part_add(c, to, PART_LOOP, from);
	p->target = expr_keep(c, upto);
	return body_with(c, node, p);
}

/* -- macros ---------------------------------------------------------------- */

/* An argument that may change before it is looked at is held in a slot. */
static const struct expr *
bind(struct compiler *c, struct parts *to, const struct expr *e)
{
	struct part *p;

	if (e->kind == EXPR_CONST && e->value.kind == VALUE_NUMBER) {
		struct value text = {.kind = VALUE_TEXT};

		text.text = value_text(&e->value, c->arena);
		return expr_const(c, text);
	}
	if (e->kind == EXPR_CONST ||
	    (e->kind == EXPR_SLOT && e->slot >= ROOTS_MAX))
		return e;
	p = part_add(c, to, PART_LET, e);
	e = expr_slot(c);
	p->slot = e->slot;
	return e;
}

static int
add_call(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const CS_MACRO	   *macro = node->arg1.macro;
	const struct scope *outer = c->scope;
	struct scope	    inner[ARGS_MAX];
	unsigned	    depth = c->depth;
	size_t		    n = 0;
	int		    rc;

	if (macro->n_args > ARGS_MAX || c->calls == CALLS_MAX)
		return compile_fail(c, macro->name);
	for (const CSARG *arg = node->vargs, *name = macro->args;
	     arg != NULL && name != NULL; arg = arg->next, name = name->next) {
		const struct expr *e = expr_compile(c, arg);

		if (e == NULL)
			return -1;
		inner[n].up = n == 0 ? outer : &inner[n - 1];
		inner[n].name = name->s;
		inner[n++].is = bind(c, to, e);
	}
	if (n > 0)
		c->scope = &inner[n - 1];
	c->calls++;
	rc = add_all(c, to, macro->tree->case_0);
	c->calls--;
	c->scope = outer;
	c->depth = depth;
	return rc;
}

static int
add_with(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const struct expr *e = expr_compile(c, &node->arg2);
	struct scope	   inner = {c->scope, node->arg1.s, NULL};
	unsigned	   depth = c->depth;
	int		   rc;

	if (e == NULL)
		return -1;
	inner.is = bind(c, to, e);
	c->scope = &inner;
	rc = add_all(c, to, node->case_0);
	c->scope = inner.up;
	c->depth = depth;
	return rc;
}

/* -- setting --------------------------------------------------------------- */

/*
 * A name that is set in one place alone, to what is known, and not under any
 * condition, is that from there on: nothing is left to do for a page.
 */
static int
add_set(struct compiler *c, struct parts *to, const CSTREE *node)
{
	const struct expr *e = expr_compile(c, &node->arg2), *target;
	struct value	   v = {.kind = VALUE_TEXT, .text = ""};
	const char	  *text;

	if (e == NULL)
		return -1;
	if (e->kind == EXPR_CONST && c->branches == 0 &&
	    node->arg1.op_type == CS_TYPE_VAR &&
	    compiler_is_set_once(c, node->arg1.s)) {
		text = value_text(&e->value, c->arena);
		if (text != NULL)
			v.text = text;
		compiler_fix(c, node->arg1.s, expr_const(c, v));
		return 0;
	}
	if ((target = expr_compile_target(c, &node->arg1)) == NULL)
		return -1;
	part_add(c, to, PART_SET, e)->target = expr_keep(c, target);
	return 0;
}

/* -- the tree -------------------------------------------------------------- */

static int
add_node(struct compiler *c, struct parts *to, const CSTREE *node)
{
	switch (node->cmd) {
	case CMD_LITERAL:
		if (node->arg1.s != NULL) /* else the tree's first node */
			strbuf_adds(&to->text, node->arg1.s);
		return 0;
	case CMD_NAME:
		return add_name(c, to, node);
	case CMD_VAR:
	case CMD_UVAR:
		return add_var(c, to, node, node->cmd == CMD_UVAR);
	case CMD_IF:
	case CMD_ELSEIF:
	case CMD_ELIF:
		return add_if(c, to, node);
	case CMD_EACH:
		return add_each(c, to, node);
	case CMD_WITH:
		return add_with(c, to, node);
	case CMD_LOOP:
		return add_loop(c, to, node);
	case CMD_CALL:
		return add_call(c, to, node);
	case CMD_SET:
		return add_set(c, to, node);
	case CMD_INCLUDE:
	case CMD_DEF:
		return 0; /* ClearSilver has done it */
	default:
		return compile_fail(c, "a command that is not ours");
	}
}

static int
add_all(struct compiler *c, struct parts *to, const CSTREE *node)
{
	for (; node != NULL; node = node->next)
		if (add_node(c, to, node) == -1)
			return -1;
	return 0;
}

/* How often each name is set, wherever it is. */
static void
count_sets(struct compiler *c, const CSTREE *node)
{
	for (; node != NULL; node = node->next) {
		if (node->cmd == CMD_SET)
			compiler_count_set(c, &node->arg1);
		count_sets(c, node->case_0);
		count_sets(c, node->case_1);
	}
}

int
template_compile(struct arena *kept, const char *name, const CSPARSE *parse,
    const struct constants *constants, struct program *program_r, struct err *e)
{
	struct compiler c = {.kept = kept,
	    .arena = arena_new(0),
	    .name = name,
	    .constants = constants,
	    .program = program_r,
	    .err = e};
	struct parts	parts;
	int		rc;

	*program_r = (struct program){.nslots = ROOTS_MAX};
	parts_begin(&c, &parts);
	count_sets(&c, parse->tree);
	rc = add_all(&c, &parts, parse->tree);
	parts_flush(&c, &parts);
	program_r->parts = parts.first;
	arena_free(&c.arena);
	return rc;
}
