/* SPDX-License-Identifier: MIT */
/*
 * render.c -- Text to sanitised HTML: the one function that makes it.
 *
 * What Markdown means to us is render_markdown.c's; here it is decided whether
 * it is asked.  Plain text takes a short cut past the parser, and must come
 * out as it would have from the long way (a test compares them).  What would
 * cost too much, grow too long, or show nothing is shown as it was typed.
 */
#include "message/render.h"

#include <string.h>

#include "base/str.h"
#include "message/message.h"
#include "message/render_private.h"

/*
 * What a frame of 64 KiB has room for beside the longest content, counted as
 * JSON.  Markup that grows beyond it (a thousand nested quotes) is shown as
 * it was typed.
 */
enum { HTML_MAX = 36 * 1024 };

/*
 * What a message may cost.  Nobody writes more marks than this by hand, or
 * opens so many quotes and lists in one line; a parser can be kept busy with
 * them, once for everybody who reads.  Such text is shown as it was typed.
 */
enum { MARKS_MAX = 2000, PREFIX_MAX = 64 };

/* -- the short cut --------------------------------------------------------- */

/* Could this line mean something to Markdown by how it begins or ends? */
static bool
is_plain_line(const char *line, size_t n)
{
	if (n == 0)
		return true;
	return strchr(" \t-+=#>~0123456789", line[0]) == NULL &&
	       line[n - 1] != ' ' && line[n - 1] != '\t';
}

bool
render_is_plain(const char *text)
{
	if (strpbrk(text, "\\`*_[<&") != NULL || strstr(text, "://") != NULL)
		return false;
	for (;;) {
		size_t n = strcspn(text, "\n");

		if (!is_plain_line(text, n))
			return false;
		if (text[n] == '\0')
			return true;
		text += n + 1;
	}
}

/* What turns text around is left out, and begins with this byte. */
static void
add_line(struct strbuf *out, const char *line, size_t n)
{
	if (memchr(line, 0xe2, n) != NULL)
		render_text(out, line, n);
	else
		strbuf_add_html(out, line, n);
}

/* Lines end in <br>; one or more empty lines part two paragraphs. */
static void
add_plain(struct strbuf *out, const char *text)
{
	text += strspn(text, "\n");
	strbuf_adds(out, "<p>");
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		size_t ends = strspn(text + n, "\n");

		add_line(out, text, n);
		text += n + ends;
		if (*text != '\0')
			strbuf_adds(out, ends > 1 ? "</p><p>" : "<br>");
	}
	strbuf_adds(out, "</p>");
}

/* -- the long way ---------------------------------------------------------- */

static bool
is_costly(const char *text)
{
	size_t marks = 0;

	for (const char *c = text; *(c += strcspn(c, "\\`*_[]<>&!@")) != '\0';
	     c++)
		marks++;
	for (; text != NULL && marks <= MARKS_MAX; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strspn(text, " \t>+-*.)0123456789") > PREFIX_MAX)
			return true;
	}
	return marks > MARKS_MAX;
}

/* How long it gets within a frame. */
static size_t
json_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += strchr("\"\\\n\t", *s) != NULL ? 2 : 1;
	return n;
}

const char *
message_html(struct arena *a, const char *text, const char *mentions)
{
	struct strbuf plain;
	const char   *html;

	if ((mentions[0] != '\0' || !render_is_plain(text)) &&
	    !is_costly(text)) {
		html = render_markdown(a, text, mentions);
		if (html != NULL && json_length(html) <= HTML_MAX)
			return html;
	}
	strbuf_init(&plain, a);
	add_plain(&plain, text);
	return plain.data;
}

size_t
message_names(
    struct arena *a, const char *text, const char **names_r, size_t max)
{
	if (strchr(text, '@') == NULL || is_costly(text))
		return 0;
	return render_names(a, text, names_r, max);
}
