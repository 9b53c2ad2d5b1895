/* SPDX-License-Identifier: MIT */
/* language.c -- Which of our languages a browser would like best. */
#include "web/language.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const LANGUAGES[] = {"en", "zh"};

enum { NLANGUAGES = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]) };

/* The one of ours that a range ("zh-Hans-CN") of n bytes means. */
static const char *
language_of(const char *range, size_t n)
{
	for (size_t i = 0; i < NLANGUAGES; i++)
		if (n >= 2 && strncasecmp(range, LANGUAGES[i], 2) == 0 &&
		    (n == 2 || range[2] == '-'))
			return LANGUAGES[i];
	return NULL;
}

bool
language_is_known(const char *name)
{
	for (size_t i = 0; i < NLANGUAGES; i++)
		if (strcmp(name, LANGUAGES[i]) == 0)
			return true;
	return false;
}

/* The weight in thousandths that follows a range: ";q=0.8". */
static int
weight(const char *at)
{
	int thousandths, digit = 100;

	at += strspn(at, " \t");
	if (*at != ';')
		return 1000;
	at++;
	at += strspn(at, " \t");
	if (strncasecmp(at, "q=", 2) != 0)
		return 1000;
	at += 2;
	if (*at != '0')
		return 1000;
	thousandths = 0;
	if (*++at == '.')
		for (at++; *at >= '0' && *at <= '9' && digit > 0; at++) {
			thousandths += (*at - '0') * digit;
			digit /= 10;
		}
	return thousandths;
}

const char *
language_choose(const char *chosen, const char *accept, const char *fallback)
{
	const char *best = NULL;
	int	    best_weight = 0;

	if (chosen != NULL && language_is_known(chosen))
		return language_of(chosen, strlen(chosen));
	while (accept != NULL && *accept != '\0') {
		size_t	    n;
		const char *language;

		accept += strspn(accept, ", \t");
		n = strcspn(accept, ",; \t");
		language = language_of(accept, n);
		if (language != NULL && weight(accept + n) > best_weight) {
			best = language;
			best_weight = weight(accept + n);
		}
		accept += n;
		accept += strcspn(accept, ",");
	}
	return best == NULL ? fallback : best;
}
