/* SPDX-License-Identifier: MIT */
/*
 * excerpt.c -- What sanitised HTML says, in one line of text.
 *
 * A list shows how a message begins, as it reads and not as it was typed.
 * What comes in is our own HTML, so only its tags and entities are known
 * here; the result is text again, to be escaped like any other.
 */
#include "web/excerpt.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

/* Does what stands on the two sides of a tag belong to one word? */
static bool
is_inline(const char *tag)
{
	static const char *const names[] = {"a", "em", "strong", "code"};
	size_t			 n;

	tag += *tag == '/';
	n = strcspn(tag, " >");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && memcmp(names[i], tag, n) == 0)
			return true;
	return false;
}

/* The character that stands here, an entity or itself, and past it. */
static char
char_read(const char **at)
{
	static const struct {
		const char *name;
		char	    c;
	} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'},
	    {"&quot;", '"'}, {"&#39;", '\''}};

	for (size_t i = 0;
	     **at == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
		size_t n = strlen(entities[i].name);

		if (strncmp(*at, entities[i].name, n) == 0) {
			*at += n;
			return entities[i].c;
		}
	}
	return *(*at)++;
}

const char *
html_excerpt(struct arena *a, const char *html, size_t max)
{
	struct strbuf text;
	bool	      is_apart = false; /* a blank is due before the next */

	strbuf_init(&text, a);
	while (*html != '\0') {
		bool begins = ((unsigned char)*html & 0xc0) != 0x80;

		if (*html == '<') {
			is_apart = is_apart || !is_inline(html + 1);
			html += strcspn(html, ">");
			html += *html == '>';
		} else if (strchr(" \t\n", *html) != NULL) {
			is_apart = true;
			html++;
		} else if (begins && text.len >= max) {
			break;
		} else {
			if (is_apart && text.len > 0)
				strbuf_addc(&text, ' ');
			is_apart = false;
			strbuf_addc(&text, char_read(&html));
		}
	}
	return text.len == 0 ? "" : text.data;
}
