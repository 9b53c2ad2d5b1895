/* SPDX-License-Identifier: MIT */
/* template_parts.c -- Parts of a program, one after the other. */
#include "web/template_parts.h"

#include <string.h>

#include "base/arena.h"

void
parts_begin(struct compiler *c, struct parts *to)
{
	*to = (struct parts){.end = NULL};
	to->end = &to->first;
	strbuf_init(&to->text, c->arena);
}

void
parts_flush(struct compiler *c, struct parts *to)
{
	struct part *p;

	if (to->text.len == 0)
		return;
	p = arena_alloc(c->kept, sizeof(*p));
	p->kind = PART_TEXT;
	p->text = arena_memdup(c->kept, to->text.data, to->text.len);
	p->len = to->text.len;
	*to->end = p;
	to->end = &p->next;
	strbuf_init(&to->text, c->arena);
}

struct part *
part_add(struct compiler *c, struct parts *to, enum part_kind kind,
    const struct expr *expr)
{
	struct part *p;

	parts_flush(c, to);
	p = arena_alloc(c->kept, sizeof(*p));
	p->kind = kind;
	p->expr = expr_keep(c, expr);
	*to->end = p;
	to->end = &p->next;
	return p;
}

void
parts_print(
    struct compiler *c, struct parts *to, const struct expr *e, bool is_raw)
{
	const char *text;

	if (e->kind != EXPR_CONST) {
		(void)part_add(c, to, is_raw ? PART_RAW : PART_PRINT, e);
		return;
	}
	text = value_text(&e->value, c->arena);
	if (text != NULL && is_raw)
		strbuf_adds(&to->text, text);
	else if (text != NULL)
		strbuf_add_html(&to->text, text, strlen(text));
}
