/* SPDX-License-Identifier: MIT */
/* text.c -- What a text from outside must be, to be taken. */
#include "web/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "web/web.h"

/* White space outside ASCII that people type: no-break and wide spaces. */
static const char *const BLANKS[] = {"\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x83",
    "\xe2\x80\x82", "\xe2\x80\x89", "\xef\xbb\xbf"};

enum { NBLANKS = sizeof(BLANKS) / sizeof(BLANKS[0]) };

/* Bytes of the blank that s starts with (or, at_end, ends with); 0: none. */
static size_t
blank(const char *s, size_t n, bool at_end)
{
	if (n == 0)
		return 0;
	if (strchr(" \t\n\r", s[at_end ? n - 1 : 0]) != NULL)
		return s[at_end ? n - 1 : 0] != '\0';
	for (size_t i = 0; i < NBLANKS; i++) {
		size_t len = strlen(BLANKS[i]);

		if (n >= len &&
		    memcmp(at_end ? s + n - len : s, BLANKS[i], len) == 0)
			return len;
	}
	return 0;
}

static void
trim(const char **s, size_t *n)
{
	size_t len;

	while ((len = blank(*s, *n, false)) > 0) {
		*s += len;
		*n -= len;
	}
	while ((len = blank(*s, *n, true)) > 0)
		*n -= len;
}

/* Browsers end the lines of a form with \r\n. */
static size_t
unify_lines(char *s, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			s[len++] = s[i];
	s[len] = '\0';
	return len;
}

/* Is c in a list like "a-z0-9_."? */
static bool
char_in(char c, const char *list)
{
	for (; *list != '\0'; list++) {
		if (list[1] == '-' && list[2] != '\0') {
			if (c >= list[0] && c <= list[2])
				return true;
			list += 2;
		} else if (c == *list)
			return true;
	}
	return false;
}

static bool
fits_pattern(const char *s, size_t n, const char *pattern)
{
	for (size_t i = 0; i < n; i++)
		if (!char_in(s[i], pattern))
			return false;
	return true;
}

static bool
has_control(const struct web_field *f, const char *s, size_t n)
{
	if (f->type == FIELD_SECRET)
		return memchr(s, '\0', n) != NULL;
	return f->type == FIELD_TEXT ? utf8_has_control_code(s, n, "\n\t")
				     : utf8_has_control(s, n, "");
}

static int
check_length(const struct web_field *f, const char *s, size_t n, struct err *e)
{
	int64_t length = (int64_t)utf8_length(s, n);

	if (length < f->min)
		return err_field(e, f->name, "too_short",
		    "%s must have at least %" PRId64 " characters.", f->name,
		    f->min);
	if (f->max > 0 && length > f->max)
		return err_field(e, f->name, "too_long",
		    "%s must have at most %" PRId64 " characters.", f->name,
		    f->max);
	if (f->max_bytes > 0 && n > f->max_bytes)
		return err_field(e, f->name, "too_long",
		    "%s must have at most %zu bytes.", f->name, f->max_bytes);
	return 0;
}

int
text_check(const struct web_field *f, struct arena *arena, const char *s,
    size_t n, const char **text_r, struct err *e)
{
	char *text;

	if (!utf8_valid(s, n))
		return err_field(
		    e, f->name, "utf8", "%s is not valid UTF-8.", f->name);
	if (f->flags & FIELD_TRIM)
		trim(&s, &n);
	text = arena_memdup(arena, s, n + 1);
	text[n] = '\0';
	if (f->type == FIELD_TEXT)
		n = unify_lines(text, n);
	if (has_control(f, text, n))
		return err_field(e, f->name, "control_character",
		    "%s holds a control character.", f->name);
	/* What shows nothing is nothing; but it may be searched for. */
	if ((f->flags & FIELD_TRIM) && !(f->flags & FIELD_QUERY) &&
	    utf8_is_blank(text, n))
		text[n = 0] = '\0';
	if (check_length(f, text, n, e) == -1)
		return -1;
	if (f->pattern != NULL && !fits_pattern(text, n, f->pattern))
		return err_field(e, f->name, "format",
		    "%s may hold only these characters: %s.", f->name,
		    f->pattern);
	*text_r = text;
	return 0;
}

bool
is_local_path(const char *path)
{
	if (path[0] != '/' || path[1] == '/')
		return false;
	for (; *path != '\0'; path++)
		if (*path == '\\' || (unsigned char)*path <= ' ' ||
		    *path == 0x7f)
			return false;
	return true;
}
