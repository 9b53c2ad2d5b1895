/* SPDX-License-Identifier: MIT */
/*
 * fold.c -- Text as it is looked for.
 *
 * What this gives is stored (see lib/account/names.h): whoever changes it has
 * all names written anew.
 */
#include "base/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

#include "base/arena.h"
#include "base/str.h"

enum {
	DECOMPOSE = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
		    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
	COMPOSE = UTF8PROC_STABLE | UTF8PROC_COMPOSE
};

/* The marks that Latin, Greek and Cyrillic letters wear. */
static bool
is_accent(utf8proc_int32_t point)
{
	return point >= 0x300 && point <= 0x36f;
}

/*
 * Scripts that part no words by blanks: those of South-East Asia, and all from
 * U+2E80 on, which are the Chinese, Japanese and Korean ones, and emoji.
 */
static bool
is_unspaced(utf8proc_int32_t point)
{
	return point >= 0x2e80 || (point >= 0xe00 && point <= 0xeff) ||
	       (point >= 0x1000 && point <= 0x109f) ||
	       (point >= 0x1780 && point <= 0x17ff);
}

static bool
is_blank(utf8proc_int32_t point)
{
	utf8proc_category_t category = utf8proc_category(point);

	return category == UTF8PROC_CATEGORY_ZS ||
	       category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP ||
	       category == UTF8PROC_CATEGORY_CC;
}

static bool
is_mark(utf8proc_int32_t point)
{
	utf8proc_category_t category = utf8proc_category(point);

	return category >= UTF8PROC_CATEGORY_MN &&
	       category <= UTF8PROC_CATEGORY_ME;
}

/* Letters, marks, numbers and symbols: what is neither blank nor stop. */
static bool
is_of_word(utf8proc_int32_t point)
{
	utf8proc_category_t category = utf8proc_category(point);

	return (category >= UTF8PROC_CATEGORY_LU &&
		   category <= UTF8PROC_CATEGORY_NO) ||
	       (category >= UTF8PROC_CATEGORY_SM &&
		   category <= UTF8PROC_CATEGORY_SO);
}

/* Takes accents away and makes blanks one, none of them at an end. */
static utf8proc_ssize_t
tidy(utf8proc_int32_t *points, utf8proc_ssize_t n)
{
	utf8proc_ssize_t kept = 0;
	bool		 is_after_blank = true;

	for (utf8proc_ssize_t i = 0; i < n; i++) {
		bool blank = is_blank(points[i]);

		if (is_accent(points[i]) || (blank && is_after_blank))
			continue;
		points[kept++] = blank ? ' ' : points[i];
		is_after_blank = blank;
	}
	return kept > 0 && is_after_blank ? kept - 1 : kept;
}

const char *
text_fold(struct arena *a, const char *text)
{
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t	len = (utf8proc_ssize_t)strlen(text), n;
	utf8proc_int32_t       *points;
	struct strbuf		out;
	utf8proc_uint8_t	bytes[4];

	n = utf8proc_decompose(in, len, NULL, 0, (utf8proc_option_t)DECOMPOSE);
	if (n <= 0)
		return "";
	points = arena_alloc(a, (size_t)n * sizeof(*points));
	n = utf8proc_decompose(
	    in, len, points, n, (utf8proc_option_t)DECOMPOSE);
	n = utf8proc_normalize_utf32(
	    points, tidy(points, n), (utf8proc_option_t)COMPOSE);
	strbuf_init(&out, a);
	for (utf8proc_ssize_t i = 0; i < n; i++)
		strbuf_add(&out, bytes,
		    (size_t)utf8proc_encode_char(points[i], bytes));
	return out.data;
}

size_t
text_words(const char *folded, const char **starts_r, size_t max)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)folded;
	utf8proc_ssize_t	len = (utf8proc_ssize_t)strlen(folded), step;
	utf8proc_int32_t	point;
	bool			was_in_word = false;
	size_t			n = 0;

	for (; len > 0 && n < max; at += step, len -= step) {
		step = utf8proc_iterate(at, len, &point);
		if (step <= 0)
			break;
		if (is_of_word(point) && !is_mark(point) &&
		    (!was_in_word || is_unspaced(point)))
			starts_r[n++] = (const char *)at;
		was_in_word = is_of_word(point) && !is_unspaced(point);
	}
	return n;
}

const char *
text_head(struct arena *a, const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n <= max)
		return text;
	for (n = max; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return arena_strndup(a, text, n);
}
