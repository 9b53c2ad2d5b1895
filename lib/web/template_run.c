/* SPDX-License-Identifier: MIT */
/*
 * template_run.c -- A page: a program walked over a view.
 *
 * The view is only read.  What a template sets is set in the frame; a member
 * of an object, in a copy of the object.
 */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "web/template_tree.h"

struct run {
	struct value		      *frame;
	const struct function_context *ctx;
	struct strbuf		      *out;
	json_t			      *copies; /* what was set, to be freed */
};

static void run_parts(struct run *, const struct part *);

static struct value
value_of(const struct run *r, const struct expr *e)
{
	return expr_value(e, r->frame, r->ctx);
}

static void
print(struct run *r, const struct expr *e)
{
	struct value v = value_of(r, e);
	const char  *text = value_text(&v, r->ctx->arena);

	if (text != NULL)
		strbuf_add_html(r->out, text, strlen(text));
}

/* Only the text of a message comes here: see the rules of the house. */
static void
print_raw(struct run *r, const struct expr *e)
{
	struct value v = value_of(r, e);
	const char  *text = value_text(&v, r->ctx->arena);

	if (text != NULL)
		strbuf_adds(r->out, text);
}

static void
run_each(struct run *r, const struct part *p)
{
	struct value  list = value_of(r, p->expr);
	struct value *item = &r->frame[p->slot];
	const char   *key;
	json_t	     *value;

	if (list.kind != VALUE_JSON)
		return;
	json_object_foreach (list.json, key, value) {
		*item = (struct value){VALUE_JSON, 0, NULL, value, key};
		run_parts(r, p->body);
	}
	for (size_t i = 0; i < json_array_size(list.json); i++) {
		*item = (struct value){VALUE_JSON, 0, NULL,
		    json_array_get(list.json, i), id_text(r->ctx->arena, i)};
		run_parts(r, p->body);
	}
}

/* A number that has a name is a text: so are all variables. */
static struct value
held(const struct run *r, struct value v)
{
	if (v.kind == VALUE_NUMBER) {
		v.text = value_text(&v, r->ctx->arena);
		v.kind = VALUE_TEXT;
	}
	return v;
}

static void
run_loop(struct run *r, const struct part *p)
{
	struct value from = value_of(r, p->expr);
	struct value to = value_of(r, p->target);
	long	     last = value_number(&to);

	for (long n = value_number(&from); n <= last; n++) {
		r->frame[p->slot] =
		    held(r, (struct value){.kind = VALUE_NUMBER, .number = n});
		run_parts(r, p->body);
	}
}

static json_t *
json_of(const struct value *v)
{
	return v->kind == VALUE_JSON ? json_incref(v->json)
				     : json_string_nocheck(v->text);
}

/* Puts a value where the target is, in a copy of what it is in. */
static void
set_at(struct run *r, const struct expr *target, const struct value *v)
{
	struct value parent, key;
	const char  *name = target->name;
	json_t	    *copy;
	uint64_t     i;

	if (target->kind == EXPR_SLOT) {
		const char *kept = r->frame[target->slot].name;

		r->frame[target->slot] = *v;
		r->frame[target->slot].name = kept;
		return;
	}
	if (target->kind == EXPR_INDEX) {
		key = value_of(r, target->b);
		name = value_text(&key, r->ctx->arena);
	}
	if (name == NULL)
		return;
	parent = value_of(r, target->a);
	copy = parent.kind == VALUE_JSON && (json_is_object(parent.json) ||
						json_is_array(parent.json))
		   ? json_copy(parent.json)
		   : json_object();
	if (json_is_object(copy))
		json_object_set_new_nocheck(copy, name, json_of(v));
	else if (parse_u64(name, &i))
		json_array_set_new(copy, (size_t)i, json_of(v));
	json_array_append_new(r->copies, copy);
	set_at(r, target->a, &(struct value){VALUE_JSON, 0, NULL, copy, NULL});
}

static void
run_set(struct run *r, const struct part *p)
{
	struct value v = value_of(r, p->expr);
	const char  *text = value_text(&v, r->ctx->arena);

	if (r->copies == NULL)
		r->copies = json_array();
	set_at(r, p->target,
	    &(struct value){
		.kind = VALUE_TEXT, .text = text != NULL ? text : ""});
}

static void
run_if(struct run *r, const struct part *p)
{
	struct value v = value_of(r, p->expr);

	run_parts(r, value_is_true(&v, r->ctx->arena) ? p->body : p->other);
}

static void
run_parts(struct run *r, const struct part *p)
{
	for (; p != NULL; p = p->next)
		switch (p->kind) {
		case PART_TEXT:
			strbuf_add(r->out, p->text, p->len);
			break;
		case PART_PRINT:
			print(r, p->expr);
			break;
		case PART_RAW:
			print_raw(r, p->expr);
			break;
		case PART_IF:
			run_if(r, p);
			break;
		case PART_EACH:
			run_each(r, p);
			break;
		case PART_LOOP:
			run_loop(r, p);
			break;
		case PART_LET:
			r->frame[p->slot] = held(r, value_of(r, p->expr));
			break;
		case PART_SET:
			run_set(r, p);
			break;
		}
}

static struct value
root_value(const json_t *page, const json_t *data, const char *name)
{
	json_t *found = json_object_get(page, name);

	if (found == NULL)
		found = json_object_get(data, name);
	if (found == NULL)
		return (struct value){0};
	return (struct value){.kind = VALUE_JSON, .json = found, .name = name};
}

void
template_run(const struct program *program, const json_t *page,
    const json_t *data, const struct function_context *ctx, struct strbuf *out)
{
	struct run r = {.ctx = ctx, .out = out};

	r.frame = arena_alloc(ctx->arena, program->nslots * sizeof(*r.frame));
	for (unsigned i = 0; i < program->nroots; i++)
		r.frame[i] = root_value(page, data, program->roots[i]);
	run_parts(&r, program->parts);
	json_decref(r.copies);
}
