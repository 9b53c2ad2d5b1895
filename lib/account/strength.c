/* SPDX-License-Identifier: MIT */
/*
 * strength.c -- How soon would a password be guessed?
 *
 * zxcvbn takes a password apart into what guessers try (words, names, dates,
 * rows of keys) and counts the guesses.  What it found also says why a password
 * is weak, in words that help to find a better one.
 */
#include <string.h>

#include <zxcvbn.h>

#include "account/rules.h"
#include "base/err.h"
#include "base/str.h"

/* zxcvbn's scores as log2 of the least guesses: 10^3, 10^6, 10^8, 10^10. */
static const double score_bits[] = {0, 9.965784284662087, 19.931568569324174,
    26.575424759098897, 33.21928094887362};

/* zxcvbn's time grows with the length; past this much nothing is weak. */
enum { JUDGED_MAX = 128 };

struct weakness {
	const char *code, *detail;
};

static struct weakness
weakness_of(ZxcTypeMatch_t type)
{
	if ((unsigned)type & MULTIPLE_MATCH)
		type = REPEATS_MATCH;
	switch (type) {
	case DICTIONARY_MATCH:
	case DICT_LEET_MATCH:
		return (struct weakness){"weak_common",
		    "Common words and passwords are guessed first, also "
		    "with letters swapped for digits. Add another word "
		    "or two."};
	case USER_MATCH:
	case USER_LEET_MATCH:
		return (struct weakness){"weak_personal",
		    "It is made of your own name or address. Choose "
		    "something that nobody knows of you."};
	case REPEATS_MATCH:
		return (struct weakness){
		    "weak_repeat", "Repeats like \"aaa\" are easy to guess."};
	case SEQUENCE_MATCH:
		return (struct weakness){"weak_sequence",
		    "Sequences like \"abc\" or \"6543\" are easy to "
		    "guess."};
	case SPATIAL_MATCH:
		return (struct weakness){"weak_keyboard",
		    "Rows of keys like \"qwerty\" are easy to guess."};
	case DATE_MATCH:
	case YEAR_MATCH:
		return (struct weakness){
		    "weak_date", "Dates and years are easy to guess."};
	default:
		return (struct weakness){"weak",
		    "It is too easy to guess. Add another word or two; "
		    "length helps more than special characters."};
	}
}

/* The part that gives most of it away: the longest one that is a pattern. */
static struct weakness
weakness_main(const ZxcMatch_t *part)
{
	const ZxcMatch_t *longest = NULL;

	for (; part != NULL; part = part->Next) {
		if (part->Type == NON_MATCH || part->Type == BRUTE_MATCH)
			continue;
		if (longest == NULL || part->Length > longest->Length)
			longest = part;
	}
	return weakness_of(longest == NULL ? BRUTE_MATCH : longest->Type);
}

/* Words a guesser tries first: whole fields, and an address's first part. */
static void
words_of(const struct password_owner *o, char local[static EMAIL_MAX + 1],
    const char *words_r[static 6])
{
	size_t n = 0;

	words_r[n++] = "parley";
	if (o->username != NULL && *o->username != '\0')
		words_r[n++] = o->username;
	if (o->display_name != NULL && *o->display_name != '\0')
		words_r[n++] = o->display_name;
	if (o->email != NULL && *o->email != '\0') {
		size_t len = strcspn(o->email, "@");

		if (len > EMAIL_MAX)
			len = EMAIL_MAX;
		memcpy(local, o->email, len);
		local[len] = '\0';
		words_r[n++] = o->email;
		if (len > 0)
			words_r[n++] = local;
	}
	words_r[n] = NULL;
}

static int
strength_check(const char *field, const char *password,
    const struct password_owner *owner, int min_score, struct err *e)
{
	char		local[EMAIL_MAX + 1], judged[JUDGED_MAX + 1];
	const char     *words[6];
	ZxcMatch_t     *parts = NULL;
	struct weakness weakness;
	double		bits;

	words_of(owner, local, words);
	memcpy(judged, password, strnlen(password, JUDGED_MAX));
	judged[strnlen(password, JUDGED_MAX)] = '\0';
	bits = ZxcvbnMatch(judged, words, &parts);
	weakness = weakness_main(parts);
	ZxcvbnFreeInfo(parts);
	explicit_bzero(judged, sizeof judged);
	if (bits >= score_bits[min_score])
		return 0;
	return err_field(e, field, weakness.code, "%s", weakness.detail);
}

int
password_check(const char *field, const char *password,
    const struct password_owner *owner, int min_score, struct err *e)
{
	size_t n = password == NULL ? 0 : strlen(password);

	if (n == 0)
		return err_field(e, field, "required", "Choose a password.");
	if (n > PASSWORD_MAX)
		return err_field(e, field, "too_long",
		    "At most %d bytes are possible.", PASSWORD_MAX);
	if (!utf8_valid(password, n))
		return err_field(e, field, "utf8", "It is not valid UTF-8.");
	if (utf8_length(password, n) < PASSWORD_MIN)
		return err_field(e, field, "too_short",
		    "At least %d characters are needed.", PASSWORD_MIN);
	return strength_check(field, password, owner, min_score, e);
}
