/* SPDX-License-Identifier: MIT */
/* endpoint.c -- Where an engine listens, as a setting says it. */
#include "base/endpoint.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

enum { PORT_MAX = 65535 };

static int
parse_host(struct arena *a, const char *text, struct endpoint *to)
{
	const char *colon = strrchr(text, ':');
	size_t	    n;
	int64_t	    port;

	if (colon == NULL || colon == text || !parse_i64(colon + 1, &port) ||
	    port < 1 || port > PORT_MAX)
		return -1;
	n = (size_t)(colon - text);
	if (*text == '[' && colon[-1] == ']') {
		text++;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL)
		return -1;
	if (n == 0 || strcspn(text, " \t/") < n)
		return -1;
	to->host = arena_strndup(a, text, n);
	to->port = (unsigned)port;
	return 0;
}

static int
parse_one(struct arena *a, const char *text, struct endpoint *to)
{
	*to = (struct endpoint){.text = text};
	if (strncmp(text, "unix:", 5) != 0)
		return parse_host(a, text, to);
	if (text[5] != '/')
		return -1;
	to->path = text + 5;
	return 0;
}

int
endpoints_parse(struct arena *a, const char *text,
    const struct endpoint **list_r, size_t *n_r)
{
	struct endpoint *list = arena_alloc(a, strlen(text) * sizeof(*list));

	*list_r = list;
	*n_r = 0;
	text += strspn(text, " \t");
	while (*text != '\0') {
		size_t n = strcspn(text, ","), kept = n;

		while (kept > 0 && strchr(" \t", text[kept - 1]) != NULL)
			kept--;
		if (parse_one(a, arena_strndup(a, text, kept), &list[*n_r]) ==
		    -1)
			return -1;
		(*n_r)++;
		text += n;
		if (*text == ',' && *++text == '\0')
			return -1;
		text += strspn(text, " \t");
	}
	return 0;
}
