/* SPDX-License-Identifier: MIT */
/* err.c -- What went wrong, set where it is known, answered at the edge. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const int http_status[] = {
    [ERR_NONE] = 200,
    [ERR_MALFORMED] = 400,
    [ERR_UNAUTHORIZED] = 401,
    [ERR_FORBIDDEN] = 403,
    [ERR_NOT_FOUND] = 404,
    [ERR_METHOD] = 405,
    [ERR_CONFLICT] = 409,
    [ERR_TOO_LARGE] = 413,
    [ERR_INVALID] = 422,
    [ERR_RATE_LIMITED] = 429,
    [ERR_INTERNAL] = 500,
    [ERR_UNAVAILABLE] = 503,
};

/* detail may be among the arguments, so the text is made aside. */
static void
set_detail(char *detail, size_t size, const char *fmt, va_list ap)
{
	char text[sizeof(((struct err *)0)->detail)];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)snprintf(detail, size, "%.*s", (int)size - 1, text);
}

int
err_set_at(struct err *e, enum err_kind kind, const char *code,
    const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_detail(e->detail, sizeof(e->detail), fmt, ap);
	va_end(ap);
	e->kind = kind;
	e->code = code;
	e->file = file;
	e->line = line;
	e->retry_after_s = 0;
	e->is_retryable = false;
	return -1;
}

bool
err_has_field(const struct err *e, const char *field)
{
	for (unsigned i = 0; i < e->nfields; i++)
		if (strcmp(e->fields[i].field, field) == 0)
			return true;
	return false;
}

int
err_field(
    struct err *e, const char *field, const char *code, const char *fmt, ...)
{
	struct err_field *f;
	va_list		  ap;

	if (e->kind != ERR_INVALID)
		err_set(e, ERR_INVALID, "invalid", "Some fields are invalid.");
	if (e->nfields == ERR_FIELDS_MAX || err_has_field(e, field))
		return -1;
	f = &e->fields[e->nfields++];
	f->field = field;
	f->code = code;
	va_start(ap, fmt);
	set_detail(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
	return -1;
}

void
err_clear(struct err *e)
{
	memset(e, 0, sizeof(*e));
}

int
err_http_status(enum err_kind kind)
{
	return http_status[kind];
}
