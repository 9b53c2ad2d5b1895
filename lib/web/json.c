/* SPDX-License-Identifier: MIT */
/*
 * json.c -- Ids, times and texts as every JSON value of ours carries them.
 *
 * Stands apart from the rest of lib/web: daemons that push JSON link this
 * object, and with it neither FastCGI nor templates.
 */
#include "web/web.h"

#include "base/clock.h"
#include "base/str.h"

json_t *
json_id(uint64_t id)
{
	char text[ID_SIZE];

	return json_string_nocheck(id_format(text, id));
}

json_t *
json_ids(const uint64_t *ids, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_id(ids[i]));
	return array;
}

json_t *
json_time(int64_t ms)
{
	char text[TIME_SIZE];

	if (ms == 0)
		return json_null();
	time_format(ms, text);
	return json_stringn_nocheck(text, TIME_SIZE - 1);
}

json_t *
json_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

json_t *
json_list(json_t *items, const char *next)
{
	return json_pack("{s:o, s:o}", "items", items, "next", json_text(next));
}
