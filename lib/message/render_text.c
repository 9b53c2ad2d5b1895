/* SPDX-License-Identifier: MIT */
/*
 * render_text.c -- The text between the marks, as HTML.
 *
 * A bare http or https address becomes a link, and so does who is mentioned.
 */
#include "message/render_private.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "message/mention.h"

#define LINK_ATTRIBUTES \
	"\" rel=\"nofollow noopener noreferrer\" target=\"_blank\">"

/*
 * What turns the rest of the line around is left out, and what content may not
 * hold: entities can spell it (&#x202e;).
 */
void
render_text(struct strbuf *out, const char *s, size_t n)
{
	size_t end;

	if (!utf8_has_control(s, n, "\n\t")) {
		strbuf_add_html(out, s, n);
		return;
	}
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1;
		     end < n && ((unsigned char)s[end] & 0xc0) == 0x80; end++)
			continue;
		if (!utf8_has_control(s + i, end - i, "\n\t"))
			strbuf_add_html(out, s + i, end - i);
	}
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool
render_is_safe_url(const char *url)
{
	if (!has_prefix(url, "http://") && !has_prefix(url, "https://") &&
	    !has_prefix(url, "mailto:"))
		return false;
	return strpbrk(url, " \t\n") == NULL &&
	       !utf8_has_control(url, strlen(url), "");
}

void
render_link_open(struct strbuf *out, const char *url, size_t n)
{
	strbuf_adds(out, "<a href=\"");
	strbuf_add_html(out, url, n);
	strbuf_adds(out, LINK_ATTRIBUTES);
}

/*
 * The length of the address that begins here, 0 if none does.  It ends before
 * white space and before anything that is not ASCII (Chinese goes on without
 * a blank), and leaves a sentence its last full stop or bracket.
 */
static size_t
url_length(const char *s, size_t n)
{
	size_t scheme = 0, len;
	int    open = 0;

	if (n > 8 && has_prefix(s, "https://"))
		scheme = 8;
	else if (n > 7 && has_prefix(s, "http://"))
		scheme = 7;
	if (scheme == 0)
		return 0;
	for (len = scheme; len < n; len++) {
		if (s[len] <= ' ' || s[len] > '~' ||
		    strchr("<>\"`", s[len]) != NULL)
			break;
		open += s[len] == '(' ? 1 : s[len] == ')' ? -1 : 0;
	}
	while (len > scheme && (strchr(".,:;!?'*_]}", s[len - 1]) != NULL ||
				   (s[len - 1] == ')' && open < 0))) {
		if (s[len - 1] == ')')
			open++;
		len--;
	}
	return len > scheme ? len : 0;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static size_t
url_length_at(const char *s, size_t n, size_t at)
{
	if ((s[at] != 'h' && s[at] != 'H') || (at > 0 && is_word(s[at - 1])))
		return 0;
	return url_length(s + at, n - at);
}

static void
gather(struct names *names, const char *name, size_t len)
{
	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->list[i]) == len &&
		    strncasecmp(names->list[i], name, len) == 0)
			return;
	if (len > 0 && names->n < names->max)
		names->list[names->n++] =
		    arena_strndup(names->arena, name, len);
}

/*
 * The length of "@name" where somebody is called at s[at], else 0.  A name may
 * end in a full stop, and so may a sentence.
 */
static size_t
call_length(
    const struct walk *w, const char *s, size_t n, size_t at, uint64_t *id_r)
{
	const char *name = s + at + 1;
	size_t	    len = mention_length(s, n, at);
	size_t	    trimmed = mention_trim(name, len);

	if (w->names != NULL) {
		gather(w->names, name, len);
		gather(w->names, name, trimmed);
	}
	len = mention_called(&w->mentions, name, len, trimmed, id_r);
	return len > 0 ? len + 1 : 0;
}

static void
add_call(struct strbuf *out, const char *call, size_t len, uint64_t id)
{
	if (id == MENTION_ALL)
		strbuf_adds(out, "<strong class=\"at\">");
	else
		strbuf_addf(out, "<a class=\"at\" href=\"/u/%llu\">",
		    (unsigned long long)id);
	strbuf_add_html(out, call, len);
	strbuf_adds(out, id == MENTION_ALL ? "</strong>" : "</a>");
}

static void
add_url(struct strbuf *out, const char *url, size_t len)
{
	render_link_open(out, url, len);
	strbuf_add_html(out, url, len);
	strbuf_adds(out, "</a>");
}

void
render_running_text(struct walk *w, const char *s)
{
	size_t n = strlen(s), from = 0, i = 0;

	while (i < n) {
		uint64_t id = 0;
		bool	 calls = s[i] == '@';
		size_t	 len = calls ? call_length(w, s, n, i, &id)
				     : url_length_at(s, n, i);

		if (len == 0) {
			i++;
			continue;
		}
		render_text(&w->out, s + from, i - from);
		if (calls)
			add_call(&w->out, s + i, len, id);
		else
			add_url(&w->out, s + i, len);
		from = i += len;
	}
	render_text(&w->out, s + from, n - from);
}
