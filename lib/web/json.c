/* SPDX-License-Identifier: MIT */
/*
 * json.c -- Ids, times and texts as every JSON value of ours carries them.
 *
 * Stands apart from the rest of lib/web: daemons that push JSON link this
 * object, and with it neither FastCGI nor templates.
 */
#include "web/web.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

json_t *
json_id(uint64_t id)
{
	char text[24];
	int  n = snprintf(text, sizeof(text), "%" PRIu64, id);

	return json_stringn_nocheck(text, (size_t)n);
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
