/* SPDX-License-Identifier: MIT */
/*
 * str.h -- Text that grows in an arena, and what we ask of bytes from outside.
 */
#ifndef PARLEY_BASE_STR_H
#define PARLEY_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Always NUL-terminated once something was added; data is "" before that. */
struct strbuf {
	char	     *data;
	size_t	      len;
	size_t	      cap;
	struct arena *arena;
};

void strbuf_init(struct strbuf *, struct arena *);
void strbuf_add(struct strbuf *, const void *, size_t n);
void strbuf_adds(struct strbuf *, const char *);
void strbuf_addc(struct strbuf *, char);
void strbuf_addf(struct strbuf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds text with & < > " ' escaped: safe in HTML text and quoted attributes. */
void strbuf_add_html(struct strbuf *, const char *, size_t n);

/* Is it well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool utf8_valid(const char *, size_t n);

/* Code points in valid UTF-8. */
size_t utf8_length(const char *, size_t n);

/*
 * Has it a control character (C0, DEL, C1) other than those in allowed, or a
 * character that turns text around (bidi overrides U+202A-E, U+2066-9)?
 */
bool utf8_has_control(const char *, size_t n, const char *allowed);

/*
 * The first of them alone: for what people write, which stands by itself where
 * it is shown, and may have been copied from where such marks are usual.
 */
bool utf8_has_control_code(const char *, size_t n, const char *allowed);

/*
 * Does it show nothing: white space and characters that are never seen alone
 * (zero-width ones, variation selectors, fillers)?  True for "".
 */
bool utf8_is_blank(const char *, size_t n);

/* Whole decimal numbers; no sign, blanks, or overflow.  True if it is one. */
bool parse_u64(const char *, uint64_t *out_r);
bool parse_i64(const char *, int64_t *out_r); /* takes a leading '-' */

/* Is it one of the words of a list with blanks between?  "" never is. */
bool word_in(const char *word, const char *list);

/* A 64-bit id as JSON carries it: a decimal string, in text or an arena. */
enum { ID_SIZE = sizeof("18446744073709551615") };
const char *id_format(char text[ID_SIZE], uint64_t id);
const char *id_text(struct arena *, uint64_t id);
bool	    id_parse(const char *, uint64_t *id_r); /* 0 is no id */

#endif
