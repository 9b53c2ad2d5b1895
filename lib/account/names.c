/* SPDX-License-Identifier: MIT */
/*
 * names.c -- The parts of a name, and how well somebody fits a needle.
 *
 * Pure, but for the arena: the same two functions decide what is stored and
 * what is shown, so that the index and the answer cannot disagree.
 */
#include "account/names.h"

#include <string.h>

#include "account/rules.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fold.h"
#include "base/str.h"

/* A name that is being taken apart. */
struct taking {
	struct arena	 *arena;
	struct name_part *parts;
	size_t		  n, max;
};

static void
take(struct taking *t, enum name_place place, const char *from)
{
	if (t->n < t->max)
		t->parts[t->n++] = (struct name_part){
		    place, text_head(t->arena, from, NAME_PART_MAX)};
}

/* Of the bytes of a text those where a character begins that is no blank. */
static bool
begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80 && c != ' ';
}

/* The whole of it at a place, its further words, and what is within them. */
static void
take_apart(struct taking *t, const char *folded, enum name_place whole)
{
	const char *words[NAME_PARTS_MAX];
	size_t	    n = text_words(folded, words, NAME_PARTS_MAX), w = 0;

	if (folded[0] != '\0')
		take(t, whole, folded);
	for (size_t i = 0; i < n; i++)
		if (words[i] != folded)
			take(t, NAME_WORD, words[i]);
	for (const char *s = folded; whole == NAME_BEGINS && *s != '\0'; s++) {
		while (w < n && words[w] < s)
			w++;
		if (s != folded && begins(*s) && (w == n || words[w] != s))
			take(t, NAME_INSIDE, s);
	}
}

size_t
name_parts(struct arena *a, const char *username, const char *display_name,
    struct name_part parts[NAME_PARTS_MAX])
{
	struct taking t = {a, parts, 0, NAME_PARTS_MAX};

	take_apart(&t, text_fold(a, username), NAME_USERNAME);
	take_apart(&t, text_fold(a, display_name), NAME_BEGINS);
	return t.n;
}

void
account_needle_make(
    struct arena *a, const char *typed, struct account_needle *needle)
{
	struct err no_name = {0};

	typed += *typed == '@';
	*needle = (struct account_needle){
	    .text = text_head(a, text_fold(a, typed), NAME_PART_MAX),
	    .username = ""};
	(void)id_parse(typed, &needle->id);
	if (username_check(typed, &no_name) == 0)
		needle->username = username_fold(a, typed);
}

/* The best of them that begins so; nothing begins with no text at all. */
static enum name_place
best_of(const struct account_needle *needle, const struct name_part *parts,
    size_t n, const char **part_r)
{
	enum name_place best = NAME_NOWHERE;
	size_t		len = strlen(needle->text);

	for (size_t i = 0; i < n && len > 0; i++) {
		const struct name_part *p = &parts[i];

		if (strncmp(p->text, needle->text, len) != 0 ||
		    p->place > best ||
		    (p->place == best && strcmp(p->text, *part_r) >= 0))
			continue;
		best = p->place;
		*part_r = p->text;
	}
	return best;
}

enum name_place
account_fit(struct arena *a, const struct account_needle *needle,
    const struct user *user, const char **part_r)
{
	struct name_part parts[NAME_PARTS_MAX];

	*part_r = "";
	if (needle->id == user->id ||
	    strcmp(needle->username, user->username) == 0)
		return NAME_EXACT;
	return best_of(needle, parts,
	    name_parts(a, user->username, user->display_name, parts), part_r);
}

enum name_place
account_fit_text(struct arena *a, const struct account_needle *needle,
    const char *name, const char **part_r)
{
	struct name_part parts[NAME_PARTS_MAX];
	struct taking	 t = {a, parts, 0, NAME_PARTS_MAX};

	*part_r = "";
	take_apart(&t, text_fold(a, name), NAME_BEGINS);
	return best_of(needle, parts, t.n, part_r);
}
