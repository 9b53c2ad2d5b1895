/* SPDX-License-Identifier: MIT */
/*
 * template_value.c -- What an expression of a template is worth.
 *
 * As ClearSilver has it: everything is text, bar what was written as a number
 * or counted.  What is not there is not "" either, and is false; so are "",
 * "0", and what has members but no text of its own.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "web/template_tree.h"

static struct value
number_value(long number)
{
	return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static struct value
text_value(const char *text)
{
	return (struct value){
	    .kind = text != NULL ? VALUE_TEXT : VALUE_NONE, .text = text};
}

/* A page has hundreds of numbers, hardly one of them below 0. */
static const char *
decimal(struct arena *arena, int64_t number)
{
	return number < 0 ? arena_printf(arena, "%" PRId64, number)
			  : id_text(arena, (uint64_t)number);
}

static const char *
json_text_of(const json_t *json, struct arena *arena)
{
	switch (json_typeof(json)) {
	case JSON_STRING:
		return json_string_value(json);
	case JSON_INTEGER:
		return decimal(arena, json_integer_value(json));
	case JSON_REAL:
		return arena_printf(arena, "%.17g", json_real_value(json));
	case JSON_TRUE:
		return "1";
	case JSON_FALSE:
		return "0";
	case JSON_NULL:
		return "";
	case JSON_OBJECT: /* a text that has others below it: see texts.h */
		return json_string_value(json_object_get(json, ""));
	case JSON_ARRAY:
		break;
	}
	return NULL;
}

const char *
value_text(const struct value *v, struct arena *arena)
{
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_TEXT:
		return v->text;
	case VALUE_NUMBER:
		return decimal(arena, v->number);
	case VALUE_JSON:
		return json_text_of(v->json, arena);
	}
	return NULL;
}

long
value_number(const struct value *v)
{
	if (v->kind == VALUE_NUMBER)
		return v->number;
	if (v->kind == VALUE_TEXT)
		return strtol(v->text, NULL, 10);
	if (v->kind == VALUE_NONE)
		return 0;
	if (json_is_string(v->json))
		return strtol(json_string_value(v->json), NULL, 10);
	return json_is_true(v->json) ? 1 : json_integer_value(v->json);
}

/* A number is true if it is not 0, another text if it is not empty. */
static bool
is_true_text(const char *text)
{
	char *end;
	long  number;

	if (text == NULL || *text == '\0')
		return false;
	if (strchr(" \t+-0", *text) == NULL)
		return true;
	number = strtol(text, &end, 0);
	return *end != '\0' || number != 0;
}

bool
value_is_true(const struct value *v, struct arena *arena)
{
	if (v->kind == VALUE_NUMBER)
		return v->number != 0;
	return is_true_text(value_text(v, arena));
}

/* The member, or the item with this number; VALUE_NONE if there is none. */
static struct value
member_of(const struct value *v, const char *name)
{
	json_t	*found = NULL;
	uint64_t i;

	if (v->kind == VALUE_JSON && json_is_object(v->json))
		found = json_object_get(v->json, name);
	else if (v->kind == VALUE_JSON && parse_u64(name, &i))
		found = json_array_get(v->json, (size_t)i);
	if (found == NULL)
		return (struct value){0};
	return (struct value){.kind = VALUE_JSON, .json = found, .name = name};
}

/* -- expressions ----------------------------------------------------------- */

static long
count(const struct value *v)
{
	if (v->kind != VALUE_JSON)
		return 0;
	return (long)(json_is_object(v->json) ? json_object_size(v->json)
					      : json_array_size(v->json));
}

static struct value
add(const struct value *a, const struct value *b, struct arena *arena)
{
	const char *x = value_text(a, arena), *y = value_text(b, arena);

	if (x == NULL || y == NULL)
		return text_value(x != NULL ? x : y);
	return text_value(arena_printf(arena, "%s%s", x, y));
}

/* What is not there equals nothing that is. */
static bool
is_equal(const struct value *a, const struct value *b, struct arena *arena)
{
	const char *x = value_text(a, arena), *y = value_text(b, arena);

	if (x == NULL || y == NULL)
		return x == y;
	return strcmp(x, y) == 0;
}

static struct value
calculated(CSTOKEN_TYPE op, long x, long y)
{
	switch (op) {
	case CS_OP_EQUAL:
		return number_value(x == y);
	case CS_OP_NEQUAL:
		return number_value(x != y);
	case CS_OP_LT:
		return number_value(x < y);
	case CS_OP_LTE:
		return number_value(x <= y);
	case CS_OP_GT:
		return number_value(x > y);
	case CS_OP_GTE:
		return number_value(x >= y);
	case CS_OP_ADD:
		return number_value(x + y);
	case CS_OP_SUB:
		return number_value(x - y);
	default: /* nothing else is compiled */
		abort();
	}
}

/* Two numbers are compared as such, and so is what has an order. */
static struct value
operated(CSTOKEN_TYPE op, const struct value *a, const struct value *b,
    struct arena *arena)
{
	bool is_text = a->kind != VALUE_NUMBER && b->kind != VALUE_NUMBER;

	if (is_text && op == CS_OP_ADD)
		return add(a, b, arena);
	if (is_text && op == CS_OP_EQUAL)
		return number_value(is_equal(a, b, arena));
	if (is_text && op == CS_OP_NEQUAL)
		return number_value(!is_equal(a, b, arena));
	return calculated(op, value_number(a), value_number(b));
}

static struct value
operator_value(const struct expr *e, const struct value *frame,
    const struct function_context *ctx)
{
	struct value a = expr_value(e->a, frame, ctx), b;

	/* The right side is not asked where the left one decides. */
	if ((e->op == CS_OP_AND || e->op == CS_OP_OR) &&
	    value_is_true(&a, ctx->arena) == (e->op == CS_OP_OR))
		return number_value(e->op == CS_OP_OR);
	b = expr_value(e->b, frame, ctx);
	if (e->op == CS_OP_AND || e->op == CS_OP_OR)
		return number_value(value_is_true(&b, ctx->arena));
	return operated(e->op, &a, &b, ctx->arena);
}

static struct value
index_value(const struct expr *e, const struct value *frame,
    const struct function_context *ctx)
{
	struct value a = expr_value(e->a, frame, ctx);
	struct value b = expr_value(e->b, frame, ctx);
	const char  *name = value_text(&b, ctx->arena);

	if (name == NULL || *name == '\0')
		return (struct value){0};
	return member_of(&a, name);
}

/* What is made of one operand. */
static struct value
made_value(const struct expr *e, const struct value *a,
    const struct function_context *ctx)
{
	const char *text;

	switch (e->kind) {
	case EXPR_FUNCTION:
		text = value_text(a, ctx->arena);
		return text_value(text != NULL ? e->function(ctx, text) : "");
	case EXPR_COUNT:
		return number_value(count(a));
	case EXPR_NAME:
		return text_value(a->name != NULL ? a->name : "");
	case EXPR_NUMBER:
		return number_value(value_number(a));
	case EXPR_EXISTS:
		return number_value(value_text(a, ctx->arena) != NULL);
	default:
		return number_value(!value_is_true(a, ctx->arena));
	}
}

struct value
expr_value(const struct expr *e, const struct value *frame,
    const struct function_context *ctx)
{
	struct value a;

	switch (e->kind) {
	case EXPR_CONST:
		return e->value;
	case EXPR_SLOT:
		return frame[e->slot];
	case EXPR_MEMBER:
		a = expr_value(e->a, frame, ctx);
		return member_of(&a, e->name);
	case EXPR_INDEX:
		return index_value(e, frame, ctx);
	case EXPR_OPERATOR:
		return operator_value(e, frame, ctx);
	default:
		a = expr_value(e->a, frame, ctx);
		return made_value(e, &a, ctx);
	}
}
