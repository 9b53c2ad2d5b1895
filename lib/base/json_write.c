/* SPDX-License-Identifier: MIT */
/* json_write.c -- JSON as text, in an arena. */
#include "base/json_write.h"

#include <string.h>

#include "base/arena.h"

/* Most texts are this short, and need not be counted first. */
enum { SMALL = 4096 };

const char *
json_write(struct arena *a, const json_t *json, size_t *len_r)
{
	char   small[SMALL];
	size_t n = json_dumpb(json, small, sizeof(small), JSON_COMPACT);
	char  *text;

	if (n == 0)
		return NULL;
	text = arena_take(a, n + 1);
	text[n] = '\0';
	if (n <= sizeof(small))
		memcpy(text, small, n);
	else
		(void)json_dumpb(json, text, n, JSON_COMPACT);
	if (len_r != NULL)
		*len_r = n;
	return text;
}

const char *
json_write_new(struct arena *a, json_t *json)
{
	const char *text = json_write(a, json, NULL);

	json_decref(json);
	return text != NULL ? text : "{}";
}
