/* SPDX-License-Identifier: MIT */
/* cursor.c -- Where a list goes on: the sort key of the last row shown. */
#include "base/cursor.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

enum { DIGITS_MAX = 19 };

/* The number that *s begins with; *s then stands behind it. */
static bool
next_number(const char **s, int64_t *number_r)
{
	char   digits[DIGITS_MAX + 1] = "";
	size_t len = strspn(*s, "0123456789");

	if (len > DIGITS_MAX)
		return false;
	memcpy(digits, *s, len);
	*s += len;
	return parse_i64(digits, number_r);
}

int
cursor_parse(const char *cursor, int64_t *numbers_r, size_t n, struct err *e)
{
	bool is_ours = true;

	for (size_t i = 0; is_ours && i < n; i++)
		is_ours = (i == 0 || *cursor++ == '.') &&
			  next_number(&cursor, &numbers_r[i]);
	if (is_ours && *cursor == '\0')
		return 0;
	return err_field(
	    e, "cursor", "malformed", "This is no cursor of ours.");
}
