/* SPDX-License-Identifier: MIT */
/*
 * utf8.c -- What we ask of text from outside.
 *
 * One decoder (RFC 3629) that refuses surrogates, overlong forms and what is
 * past U+10FFFF; all questions are asked of the code points it gives.
 */
#include "base/str.h"

#include <string.h>

/*
 * Reads the code point at s, n > 0 bytes from the end: its length in bytes, or
 * 0 if it is not well-formed.
 */
static size_t
decode(const char *s, size_t n, uint32_t *point_r)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char  *p = (const unsigned char *)s;
	uint32_t	      point;
	size_t		      len;

	if (p[0] < 0x80) {
		*point_r = p[0];
		return 1;
	}
	len = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len == 0 || p[0] > 0xf4 || len > n)
		return 0;
	point = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3fu);
	}
	if (point < least[len] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*point_r = point;
	return len;
}

bool
utf8_valid(const char *s, size_t n)
{
	uint32_t point;
	size_t	 len;

	for (size_t i = 0; i < n; i += len)
		if ((len = decode(s + i, n - i, &point)) == 0)
			return false;
	return true;
}

size_t
utf8_length(const char *s, size_t n)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		length += ((unsigned char)s[i] & 0xc0) != 0x80;
	return length;
}

static bool
is_control_code(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

static bool
is_control(uint32_t point)
{
	return is_control_code(point) || (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

static bool
has_any(const char *s, size_t n, bool (*is_one)(uint32_t), const char *allowed)
{
	uint32_t point;
	size_t	 len;

	for (size_t i = 0; i < n; i += len) {
		if ((len = decode(s + i, n - i, &point)) == 0)
			return true;
		if (is_one(point) && (point == 0 || point > 0x7f ||
					 strchr(allowed, (int)point) == NULL))
			return true;
	}
	return false;
}

bool
utf8_has_control(const char *s, size_t n, const char *allowed)
{
	return has_any(s, n, is_control, allowed);
}

bool
utf8_has_control_code(const char *s, size_t n, const char *allowed)
{
	return has_any(s, n, is_control_code, allowed);
}

/*
 * What shows nothing: White_Space and Default_Ignorable_Code_Point of Unicode
 * (15.0), interlinear marks, and the empty Braille cell.  Ascending.
 */
static const struct {
	uint32_t from, to;
} BLANKS[] = {{0x09, 0x0d}, {0x20, 0x20}, {0x85, 0x85}, {0xa0, 0xa0},
    {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160},
    {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},
    {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},
    {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff}};

static bool
is_blank(uint32_t point)
{
	for (size_t i = 0; i < sizeof(BLANKS) / sizeof(BLANKS[0]); i++)
		if (point <= BLANKS[i].to)
			return point >= BLANKS[i].from;
	return false;
}

bool
utf8_is_blank(const char *s, size_t n)
{
	uint32_t point;
	size_t	 len;

	for (size_t i = 0; i < n; i += len)
		if ((len = decode(s + i, n - i, &point)) == 0 ||
		    !is_blank(point))
			return false;
	return true;
}
