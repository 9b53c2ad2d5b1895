/* SPDX-License-Identifier: MIT */
/*
 * moment.c -- A moment as a form gives it.
 *
 * A page that is open for hours must not offer moments that were worked out
 * when it was made: so a form names a span, counted from when it is sent, or a
 * date and a time as the reader's clock has them.
 */
#include <time.h>

#include "base/err.h"
#include "web/function.h"
#include "web/request.h"
#include "web/web.h"

/* "2026-11-21T18:30", in the zone that pages show times in. */
static bool
local_parse(const struct req *req, const char *text, int64_t *ms_r)
{
	struct tm   tm = {.tm_isdst = -1};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	time_t	    seconds;

	if (end == NULL || *end != '\0')
		return false;
	functions_set_zone(request_preference(req, "tz"));
	seconds = mktime(&tm);
	*ms_r = (int64_t)seconds * 1000;
	return seconds > 0;
}

int
req_moment(const struct req *req, const char *span, const char *at,
    int64_t *ms_r, struct err *e)
{
	const char *text = req_str(req, at);

	*ms_r = 0;
	if (text != NULL && text[0] != '\0') {
		if (!local_parse(req, text, ms_r))
			return err_field(
			    e, at, "format", "A date and a time of day.");
		if (*ms_r <= req->now_ms)
			return err_field(
			    e, at, "past", "That is in the past already.");
		return 1;
	}
	if (!req_has(req, span))
		return 0;
	if (req_int(req, span, 0) > 0)
		*ms_r = req->now_ms + req_int(req, span, 0) * 1000;
	return 1;
}
