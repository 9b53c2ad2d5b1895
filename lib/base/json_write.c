/* SPDX-License-Identifier: MIT */
/* json_write.c -- JSON as text, in an arena. */
#include "base/json_write.h"

#include "base/arena.h"

const char *
json_write(struct arena *a, const json_t *json, size_t *len_r)
{
	size_t n = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char  *text;

	if (n == 0)
		return NULL;
	text = arena_alloc(a, n + 1);
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
