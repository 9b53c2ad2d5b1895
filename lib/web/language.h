/* SPDX-License-Identifier: MIT */
/* language.h -- Which of our languages a browser would like best. */
#ifndef PARLEY_WEB_LANGUAGE_H
#define PARLEY_WEB_LANGUAGE_H

#include <stdbool.h>

/* Is it one of ours, "en" or "zh"? */
bool language_is_known(const char *);

/*
 * The chosen one if it is one of ours, else the best of an Accept-Language
 * header (RFC 9110, section 12.5.4), else fallback.  The others may be NULL.
 * What is returned is static, or fallback.
 */
const char *
language_choose(const char *chosen, const char *accept, const char *fallback);

#endif
