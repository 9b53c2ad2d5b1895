/* SPDX-License-Identifier: MIT */
/*
 * fold.h -- Text as it is looked for: what reads the same is the same.
 *
 * By Unicode's rules (NFKC and case folding, by utf8proc), and further: accents
 * do not count, nor what has no width, and blanks are one blank.
 */
#ifndef PARLEY_BASE_FOLD_H
#define PARLEY_BASE_FOLD_H

#include <stddef.h>

struct arena;

/* The folded form of valid UTF-8, in the arena; "" of what is none. */
const char *text_fold(struct arena *, const char *);

/*
 * Where the words of a folded text begin, at most max of them.  Where words
 * have no blanks between them, as in Chinese, each character begins one.
 */
size_t text_words(const char *folded, const char **starts_r, size_t max);

/* At most so many bytes of it, and no part of a character. */
const char *text_head(struct arena *, const char *, size_t max);

#endif
