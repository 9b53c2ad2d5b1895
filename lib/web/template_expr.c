/* SPDX-License-Identifier: MIT */
/*
 * template_expr.c -- Expressions of a template, as far as they are known.
 */
#include "web/template_expr.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"

int
compile_fail(struct compiler *c, const char *what)
{
	return err_set(c->err, ERR_INTERNAL, "template",
	    "%s: has what no page can: %s", c->name, what);
}

const struct expr *
expr_const(struct compiler *c, struct value v)
{
	struct expr *e = arena_alloc(c->arena, sizeof(*e));

	e->kind = EXPR_CONST;
	e->value = v;
	return e;
}

const struct expr *
expr_keep(struct compiler *c, const struct expr *e)
{
	struct expr *kept;

	if (e == NULL)
		return NULL;
	kept = arena_memdup(c->kept, e, sizeof(*e));
	kept->value.text = arena_strdup(c->kept, e->value.text);
	kept->value.name = arena_strdup(c->kept, e->value.name);
	kept->name = arena_strdup(c->kept, e->name);
	kept->a = expr_keep(c, e->a);
	kept->b = expr_keep(c, e->b);
	return kept;
}

const struct expr *
expr_slot(struct compiler *c)
{
	struct expr *e = arena_alloc(c->arena, sizeof(*e));

	e->kind = EXPR_SLOT;
	e->slot = ROOTS_MAX + c->depth++;
	if (c->program->nslots <= e->slot)
		c->program->nslots = e->slot + 1;
	return e;
}

/* A function is asked each time: it may know more than its argument. */
static const struct expr *
fold(struct compiler *c, const struct expr *e)
{
	const struct function_context none = {.lang = "", .arena = c->arena};

	if (e->kind == EXPR_FUNCTION || e->a == NULL ||
	    e->a->kind != EXPR_CONST ||
	    (e->b != NULL && e->b->kind != EXPR_CONST))
		return e;
	return expr_const(c, expr_value(e, NULL, &none));
}

const struct expr *
expr_make(struct compiler *c, enum expr_kind kind, const struct expr *a,
    const struct expr *b)
{
	struct expr *e = arena_alloc(c->arena, sizeof(*e));

	e->kind = kind;
	e->a = a;
	e->b = b;
	return fold(c, e);
}

/* -- names ----------------------------------------------------------------- */

static unsigned
root_of(struct compiler *c, const char *name)
{
	struct program *p = c->program;
	unsigned	i = 0;

	while (i < p->nroots && strcmp(p->roots[i], name) != 0)
		i++;
	if (i == p->nroots && p->nroots < ROOTS_MAX)
		p->roots[p->nroots++] = arena_strdup(c->kept, name);
	return i;
}

/* Up to the first full stop. */
static const char *
first_word(struct compiler *c, const char *path)
{
	return arena_strndup(c->arena, path, strcspn(path, "."));
}

void
compiler_count_set(struct compiler *c, const CSARG *target)
{
	unsigned root;

	while (target->expr1 != NULL)
		target = target->expr1;
	root = root_of(c, first_word(c, target->s));
	if (root < ROOTS_MAX)
		c->nsets[root]++;
}

bool
compiler_is_set_once(struct compiler *c, const char *name)
{
	unsigned root = root_of(c, name);

	for (const struct scope *s = c->scope; s != NULL; s = s->up)
		if (strcmp(s->name, name) == 0)
			return false;
	return strchr(name, '.') == NULL && root < ROOTS_MAX &&
	       c->nsets[root] == 1;
}

void
compiler_fix(struct compiler *c, const char *name, const struct expr *e)
{
	c->fixed[root_of(c, name)] = e;
}

static const struct expr *
json_expr(struct compiler *c, json_t *json)
{
	return expr_const(c, (struct value){.kind = VALUE_JSON, .json = json});
}

/* What a name means by itself. */
static const struct expr *
word_expr(struct compiler *c, const char *word)
{
	struct expr *e;
	unsigned     root;

	for (const struct scope *s = c->scope; s != NULL; s = s->up)
		if (strcmp(s->name, word) == 0)
			return s->is;
	if (strcmp(word, "T") == 0)
		return json_expr(c, c->constants->texts);
	if (strcmp(word, "asset") == 0)
		return json_expr(c, c->constants->assets);
	if ((root = root_of(c, word)) == ROOTS_MAX) {
		(void)compile_fail(c, "so many names");
		return NULL;
	}
	if (c->fixed[root] != NULL)
		return c->fixed[root];
	e = arena_alloc(c->arena, sizeof(*e));
	e->kind = EXPR_SLOT;
	e->slot = root;
	return e;
}

static const struct expr *
member_expr(struct compiler *c, const struct expr *of, const char *name)
{
	struct expr *e = arena_alloc(c->arena, sizeof(*e));

	e->kind = EXPR_MEMBER;
	e->a = of;
	e->name = name;
	return fold(c, e);
}

/* "a.b.c", from a on, or from something else. */
static const struct expr *
path_expr(struct compiler *c, const struct expr *of, const char *path)
{
	while (*path != '\0') {
		const char *word = first_word(c, path);

		path += strlen(word);
		path += *path == '.';
		of = of == NULL ? word_expr(c, word) : member_expr(c, of, word);
		if (of == NULL)
			return NULL;
	}
	if (of == NULL)
		(void)compile_fail(c, "a variable without a name");
	return of;
}

/* -- expressions ----------------------------------------------------------- */

static const struct expr *
function_expr(struct compiler *c, const CSARG *arg)
{
	const char	  *name = arg->function->name;
	const struct expr *a;
	struct expr	  *e;

	if (arg->expr1 == NULL || (a = expr_compile(c, arg->expr1)) == NULL)
		return NULL;
	if (strcmp(name, "subcount") == 0)
		return expr_make(c, EXPR_COUNT, a, NULL);
	if (strcmp(name, "name") == 0)
		return expr_make(c, EXPR_NAME, a, NULL);
	e = arena_alloc(c->arena, sizeof(*e));
	e->kind = EXPR_FUNCTION;
	e->a = a;
	if ((e->function = function_named(name)) == NULL) {
		(void)compile_fail(c, name);
		return NULL;
	}
	return e;
}

static const struct expr *
unary_expr(struct compiler *c, const CSARG *arg)
{
	const struct expr *a = expr_compile(c, arg->expr1);

	if (a == NULL || arg->op_type == CS_OP_LPAREN)
		return a;
	return expr_make(c,
	    arg->op_type == CS_OP_NOT	? EXPR_NOT
	    : arg->op_type == CS_OP_NUM ? EXPR_NUMBER
					: EXPR_EXISTS,
	    a, NULL);
}

static const struct expr *
operator_expr(struct compiler *c, const CSARG *arg)
{
	enum {
		KNOWN = CS_OP_EQUAL | CS_OP_NEQUAL | CS_OP_LT | CS_OP_LTE |
			CS_OP_GT | CS_OP_GTE | CS_OP_AND | CS_OP_OR |
			CS_OP_ADD | CS_OP_SUB
	};
	struct expr *e = arena_alloc(c->arena, sizeof(*e));

	if ((arg->op_type & KNOWN) == 0) {
		(void)compile_fail(c, "an operator that is not ours");
		return NULL;
	}
	e->kind = EXPR_OPERATOR;
	e->op = arg->op_type;
	if ((e->a = expr_compile(c, arg->expr1)) == NULL ||
	    (e->b = expr_compile(c, arg->expr2)) == NULL)
		return NULL;
	return fold(c, e);
}

/* a[b], and what follows it: a[b].c */
static const struct expr *
inner_expr(struct compiler *c, const CSARG *arg)
{
	const struct expr *a = expr_compile(c, arg->expr1), *b;

	if (a == NULL)
		return NULL;
	if (arg->op_type == CS_OP_DOT && (arg->expr2->op_type & CS_TYPES_VAR))
		return path_expr(c, a, arg->expr2->s);
	if ((b = expr_compile(c, arg->expr2)) == NULL)
		return NULL;
	return expr_make(c, EXPR_INDEX, a, b);
}

const struct expr *
expr_compile(struct compiler *c, const CSARG *arg)
{
	const struct expr *e;

	switch (arg->op_type) {
	case CS_TYPE_STRING:
		return expr_const(
		    c, (struct value){.kind = VALUE_TEXT,
			   .text = arena_strdup(c->arena, arg->s)});
	case CS_TYPE_NUM:
		return expr_const(
		    c, (struct value){.kind = VALUE_NUMBER, .number = arg->n});
	case CS_TYPE_VAR:
		return path_expr(c, NULL, arg->s);
	case CS_TYPE_VAR_NUM:
		e = path_expr(c, NULL, arg->s);
		return e == NULL ? NULL : expr_make(c, EXPR_NUMBER, e, NULL);
	case CS_TYPE_FUNCTION:
		return function_expr(c, arg);
	case CS_OP_LPAREN:
	case CS_OP_NOT:
	case CS_OP_NUM:
	case CS_OP_EXISTS:
		return unary_expr(c, arg);
	case CS_OP_LBRACKET:
	case CS_OP_DOT:
		return inner_expr(c, arg);
	default:
		return operator_expr(c, arg);
	}
}

const struct expr *
expr_compile_target(struct compiler *c, const CSARG *arg)
{
	const struct expr *e = expr_compile(c, arg), *base = e;

	while (base != NULL &&
	       (base->kind == EXPR_MEMBER || base->kind == EXPR_INDEX))
		base = base->a;
	if (base != NULL && base->kind == EXPR_SLOT)
		return e;
	if (base != NULL)
		(void)compile_fail(c, "what is set is known");
	return NULL;
}
