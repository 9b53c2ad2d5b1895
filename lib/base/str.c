/* SPDX-License-Identifier: MIT */
/*
 * str.c -- Text that grows in an arena, and what is read from text.
 *
 * A buffer doubles when it is full; what it leaves behind in the arena is less
 * than what it has.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static char nothing[1];

void
strbuf_init(struct strbuf *b, struct arena *a)
{
	*b = (struct strbuf){.data = nothing, .arena = a};
}

/* Room for n more bytes and the NUL. */
static void
reserve(struct strbuf *b, size_t n)
{
	size_t cap = b->cap == 0 ? 64 : b->cap;
	char  *data;

	if (n >= SIZE_MAX / 4 - b->len)
		abort();
	if (b->len + n < b->cap)
		return;
	while (cap <= b->len + n)
		cap *= 2;
	data = arena_take(b->arena, cap);
	memcpy(data, b->data, b->len);
	b->data = data;
	b->cap = cap;
}

void
strbuf_add(struct strbuf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	reserve(b, n);
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void
strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void
strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int	n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	reserve(b, (size_t)n);
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

static const char *
html_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
strbuf_add_html(struct strbuf *b, const char *s, size_t n)
{
	const char *entity;
	size_t	    plain = 0; /* start of what needs no escaping */

	for (size_t i = 0; i < n; i++) {
		if ((entity = html_entity(s[i])) == NULL)
			continue;
		strbuf_add(b, s + plain, i - plain);
		strbuf_adds(b, entity);
		plain = i + 1;
	}
	strbuf_add(b, s + plain, n - plain);
}

bool
parse_u64(const char *s, uint64_t *out_r)
{
	uint64_t value = 0;

	if (s == NULL || *s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return false;
	}
	*out_r = value;
	return true;
}

bool
parse_i64(const char *s, int64_t *out_r)
{
	uint64_t magnitude;
	bool	 negative = s != NULL && *s == '-';

	if (!parse_u64(negative ? s + 1 : s, &magnitude) ||
	    magnitude > (uint64_t)INT64_MAX + negative)
		return false;
	*out_r = (int64_t)(negative ? -magnitude : magnitude);
	return true;
}

/* A page has hundreds of ids: printf() would show in its cost. */
const char *
id_format(char text[ID_SIZE], uint64_t id)
{
	char *at = text + ID_SIZE - 1;

	*at = '\0';
	do
		*--at = (char)('0' + id % 10);
	while ((id /= 10) > 0);
	return at;
}

const char *
id_text(struct arena *a, uint64_t id)
{
	return id_format(arena_take(a, ID_SIZE), id);
}

bool
id_parse(const char *s, uint64_t *id_r)
{
	uint64_t id;

	/* One id has one text: no leading zero. */
	if (s == NULL || *s == '0' || !parse_u64(s, &id))
		return false;
	*id_r = id;
	return true;
}

bool
word_in(const char *word, const char *list)
{
	size_t n = strlen(word);

	if (n == 0)
		return false;
	while (*list != '\0') {
		size_t len = strcspn(list, " ");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len;
		list += strspn(list, " ");
	}
	return false;
}
