/* SPDX-License-Identifier: MIT */
/*
 * params.c -- Names and values as browsers send them: queries, forms, cookies.
 *
 * Decoded in one pass into the arena: a decoded text is never longer than the
 * encoded one, so one copy of the whole serves all values.
 */
#include "web/params.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

size_t
percent_decode(char *out, const char *in, size_t n, bool plus)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (in[i] == '%' && i + 2 < n && hex_value(in[i + 1]) >= 0 &&
		    hex_value(in[i + 2]) >= 0) {
			out[len++] = (char)(hex_value(in[i + 1]) * 16 +
					    hex_value(in[i + 2]));
			i += 2;
		} else
			out[len++] = (char)(plus && in[i] == '+' ? ' ' : in[i]);
	}
	out[len] = '\0';
	return len;
}

const char *
percent_encode(struct arena *arena, const char *text)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~/";
	struct strbuf out;

	strbuf_init(&out, arena);
	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			strbuf_addc(&out, *text);
		else
			strbuf_addf(&out, "%%%02X", (unsigned char)*text);
	return out.data;
}

static size_t
count_of(const char *s, size_t n, char c)
{
	size_t count = 0;

	for (const char *at = s; (at = memchr(at, c, n - (size_t)(at - s)));
	     at++)
		count++;
	return count;
}

bool
params_decode(
    struct params *params, struct arena *arena, const char *text, size_t n)
{
	const char   *end = text + n;
	struct param *v;
	char	     *room;
	size_t	      max = count_of(text, n, '&') + 1, used = 0;

	*params = (struct params){0};
	if (n == 0)
		return true;
	if (max > PARAMS_MAX)
		return false;
	v = arena_alloc(arena, max * sizeof(*v));
	room = arena_alloc(arena, n + 2 * max);
	for (const char *at = text; at < end;) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		const char *equals;

		if (stop == NULL)
			stop = end;
		equals = memchr(at, '=', (size_t)(stop - at));
		if (equals == NULL)
			equals = stop;
		if (stop > at) {
			v[used].name = room;
			room += percent_decode(
				    room, at, (size_t)(equals - at), true) +
				1;
			v[used].value = room;
			if (equals < stop)
				equals++;
			v[used].len = percent_decode(
			    room, equals, (size_t)(stop - equals), true);
			room += v[used++].len + 1;
		}
		at = stop + 1;
	}
	*params = (struct params){v, used};
	return true;
}

void
params_cookies(struct params *params, struct arena *arena, const char *header)
{
	struct param *v;
	char	     *copy = arena_strdup(arena, header), *save = NULL;
	size_t	      used = 0, max;

	*params = (struct params){0};
	if (copy == NULL)
		return;
	max = count_of(copy, strlen(copy), ';') + 1;
	if (max > PARAMS_MAX)
		max = PARAMS_MAX;
	v = arena_alloc(arena, max * sizeof(*v));
	for (char *at = strtok_r(copy, ";", &save); at != NULL && used < max;
	     at = strtok_r(NULL, ";", &save)) {
		char *equals = strchr(at, '=');

		at += strspn(at, " \t");
		if (equals == NULL || equals <= at)
			continue;
		*equals++ = '\0';
		equals[strcspn(equals, " \t")] = '\0';
		v[used++] = (struct param){at, equals, strlen(equals)};
	}
	*params = (struct params){v, used};
}

const struct param *
params_find(const struct params *params, const char *name)
{
	for (size_t i = params->n; i > 0; i--)
		if (strcmp(params->v[i - 1].name, name) == 0)
			return &params->v[i - 1];
	return NULL;
}
