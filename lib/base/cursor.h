/* SPDX-License-Identifier: MIT */
/*
 * cursor.h -- Where a list goes on: the sort key of the last row shown.
 *
 * Decimal numbers with dots between, most significant first, as "1.1700.42".
 * Whoever pages a list knows how many there are and what they mean; they come
 * back from outside, so anything may stand there.
 */
#ifndef PARLEY_BASE_CURSOR_H
#define PARLEY_BASE_CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct err;

/* Exactly n numbers, or -1 "invalid" for the field cursor. */
int
cursor_parse(const char *cursor, int64_t *numbers_r, size_t n, struct err *e);

#endif
