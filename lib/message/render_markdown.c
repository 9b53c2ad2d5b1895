/* SPDX-License-Identifier: MIT */
/*
 * render_markdown.c -- Markdown to HTML, by cmark and a walk over its tree.
 *
 * A subset of CommonMark: paragraphs, strong and emphasised text, code,
 * quotes, lists and links to http, https and mailto.  Raw HTML is shown as it
 * was typed, an image is a link to it, a heading is a strong paragraph, and a
 * line ends where it was ended.  A bare http or https address becomes a link.
 *
 * Only this file and render.c write tags, each from a literal; all that people
 * wrote goes through strbuf_add_html().
 */
#include "message/render.h"

#include <cmark.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"

#define LINK_ATTRIBUTES \
	"\" rel=\"nofollow noopener noreferrer\" target=\"_blank\">"

/* -- text and addresses ---------------------------------------------------- */

/*
 * Entities can spell characters that content may not hold (&#x202e; turns the
 * rest of the line around): those are left out.
 */
static void
add_text(struct strbuf *out, const char *s, size_t n)
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

static void
add_link_open(struct strbuf *out, const char *url, size_t n)
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

static void
add_text_with_links(struct strbuf *out, const char *s)
{
	size_t n = strlen(s), from = 0;

	for (size_t i = 0; i < n;) {
		size_t len = 0;

		if ((s[i] == 'h' || s[i] == 'H') &&
		    (i == 0 || !is_word(s[i - 1])))
			len = url_length(s + i, n - i);
		if (len == 0) {
			i++;
			continue;
		}
		add_text(out, s + from, i - from);
		add_link_open(out, s + i, len);
		strbuf_add_html(out, s + i, len);
		strbuf_adds(out, "</a>");
		from = i += len;
	}
	add_text(out, s + from, n - from);
}

/* -- the tree -------------------------------------------------------------- */

struct walk {
	struct strbuf out;
	int	      links; /* how many we are inside of: links do not nest */
	bool	      shows; /* there is something to see, so far */
};

static void
add_link(struct walk *w, cmark_node *node, bool is_entering)
{
	const char *url = cmark_node_get_url(node);

	if (!render_is_safe_url(url)) {
		/* What it says is shown, where it leads is not. */
		return;
	}
	if (is_entering && w->links++ == 0) {
		add_link_open(&w->out, url, strlen(url));
		if (cmark_node_first_child(node) == NULL) {
			add_text(&w->out, url, strlen(url));
			w->shows = true;
		}
	} else if (!is_entering && --w->links == 0)
		strbuf_adds(&w->out, "</a>");
}

/* In a tight list, an item is its text and not a paragraph. */
static bool
is_tight(cmark_node *paragraph)
{
	cmark_node *list = cmark_node_parent(cmark_node_parent(paragraph));

	return list != NULL && cmark_node_get_type(list) == CMARK_NODE_LIST &&
	       cmark_node_get_list_tight(list);
}

static void
add_list(struct strbuf *out, cmark_node *node, bool is_entering)
{
	bool is_ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;

	if (!is_entering)
		strbuf_adds(out, is_ordered ? "</ol>" : "</ul>");
	else if (is_ordered && cmark_node_get_list_start(node) != 1)
		strbuf_addf(
		    out, "<ol start=\"%d\">", cmark_node_get_list_start(node));
	else
		strbuf_adds(out, is_ordered ? "<ol>" : "<ul>");
}

/* Raw HTML is what was typed: shown, line by line, never obeyed. */
static void
add_html_block(struct strbuf *out, const char *text)
{
	size_t n = strlen(text);

	strbuf_adds(out, "<p>");
	while (n > 0 && text[n - 1] == '\n')
		n--;
	for (size_t from = 0, to; from < n; from = to + 1) {
		to = from + strcspn(text + from, "\n");
		if (from > 0)
			strbuf_adds(out, "<br>");
		add_text(out, text + from, (to < n ? to : n) - from);
	}
	strbuf_adds(out, "</p>");
}

static void
add_code(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "<code>");
	add_text(out, text, strlen(text));
	strbuf_adds(out, "</code>");
}

/* A fence with nothing behind it was more likely meant as itself. */
static void
add_code_block(struct walk *w, cmark_node *node, const char *text)
{
	const char *info = cmark_node_get_fence_info(node);

	if (text[strspn(text, " \t\n")] == '\0') {
		strbuf_adds(&w->out, "<p>```");
		add_text(&w->out, info, strlen(info));
		strbuf_adds(&w->out, "</p>");
		return;
	}
	w->shows = true;
	strbuf_adds(&w->out, "<pre>");
	add_code(&w->out, text);
	strbuf_adds(&w->out, "</pre>");
}

/* Nodes that have no end. */
static bool
add_leaf(struct walk *w, cmark_node *node, cmark_node_type type)
{
	struct strbuf *out = &w->out;
	const char    *text = cmark_node_get_literal(node);

	if (type == CMARK_NODE_TEXT && w->links == 0)
		add_text_with_links(out, text);
	else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_HTML_INLINE)
		add_text(out, text, strlen(text));
	else if (type == CMARK_NODE_CODE)
		add_code(out, text);
	else if (type == CMARK_NODE_CODE_BLOCK) {
		add_code_block(w, node, text);
		return true;
	} else if (type == CMARK_NODE_HTML_BLOCK)
		add_html_block(out, text);
	else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
		strbuf_adds(out, "<br>");
	else if (type == CMARK_NODE_THEMATIC_BREAK)
		strbuf_adds(out, "<hr>");
	else
		return false;
	w->shows = w->shows || type != CMARK_NODE_SOFTBREAK;
	return true;
}

/* Nodes that enclose others. */
static void
add_branch(struct walk *w, cmark_node *node, cmark_node_type type, bool in)
{
	struct strbuf *out = &w->out;

	if (type == CMARK_NODE_PARAGRAPH && !is_tight(node))
		strbuf_adds(out, in ? "<p>" : "</p>");
	else if (type == CMARK_NODE_HEADING)
		strbuf_adds(out, in ? "<p><strong>" : "</strong></p>");
	else if (type == CMARK_NODE_STRONG)
		strbuf_adds(out, in ? "<strong>" : "</strong>");
	else if (type == CMARK_NODE_EMPH)
		strbuf_adds(out, in ? "<em>" : "</em>");
	else if (type == CMARK_NODE_BLOCK_QUOTE)
		strbuf_adds(out, in ? "<blockquote>" : "</blockquote>");
	else if (type == CMARK_NODE_ITEM)
		strbuf_adds(out, in ? "<li>" : "</li>");
	else if (type == CMARK_NODE_LIST)
		add_list(out, node, in);
	else if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE)
		add_link(w, node, in);
}

const char *
render_markdown(struct arena *a, const char *text)
{
	struct walk	 w = {0};
	cmark_node	*root;
	cmark_iter	*iter;
	cmark_event_type event;

	strbuf_init(&w.out, a);
	root = cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT);
	cmark_consolidate_text_nodes(root);
	iter = cmark_iter_new(root);
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node     *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);

		if (!add_leaf(&w, node, type))
			add_branch(&w, node, type, event == CMARK_EVENT_ENTER);
	}
	cmark_iter_free(iter);
	cmark_node_free(root);
	return w.shows ? w.out.data : NULL;
}
