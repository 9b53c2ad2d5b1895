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
#include <time.h>

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
	char	  text[40];
	int64_t	  milli = (ms % 1000 + 1000) % 1000;
	time_t	  seconds = (time_t)((ms - milli) / 1000);
	struct tm tm;
	size_t	  n;

	if (ms == 0)
		return json_null();
	gmtime_r(&seconds, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)milli);
	return json_stringn_nocheck(text, n);
}

json_t *
json_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}
