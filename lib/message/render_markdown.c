/* SPDX-License-Identifier: MIT */
/*
 * render_markdown.c -- Markdown to HTML, by cmark and a walk over its tree.
 *
 * A subset of CommonMark: paragraphs, strong and emphasised text, code,
 * quotes, lists and links to http, https and mailto.  Raw HTML is shown as it
 * was typed, an image is a link to it, a heading is a strong paragraph, and a
 * line ends where it was ended.  What becomes of the text between is in
 * render_text.c.
 *
 * Only these two files and render.c write tags, each from a literal; all that
 * people wrote goes through strbuf_add_html().
 */
#include "message/render_private.h"

#include <cmark.h>
#include <string.h>

#include "base/arena.h"
#include "base/arena_heap.h"

static void
add_link(struct walk *w, cmark_node *node, bool is_entering)
{
	const char *url = cmark_node_get_url(node);

	if (!render_is_safe_url(url)) {
		/* What it says is shown, where it leads is not. */
		return;
	}
	if (is_entering && w->links++ == 0) {
		render_link_open(&w->out, url, strlen(url));
		if (cmark_node_first_child(node) == NULL) {
			render_text(&w->out, url, strlen(url));
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
		render_text(out, text + from, (to < n ? to : n) - from);
	}
	strbuf_adds(out, "</p>");
}

static void
add_code(struct strbuf *out, const char *text)
{
	strbuf_adds(out, "<code>");
	render_text(out, text, strlen(text));
	strbuf_adds(out, "</code>");
}

/* A fence with nothing behind it was more likely meant as itself. */
static void
add_code_block(struct walk *w, cmark_node *node, const char *text)
{
	const char *info = cmark_node_get_fence_info(node);

	if (text[strspn(text, " \t\n")] == '\0') {
		strbuf_adds(&w->out, "<p>```");
		render_text(&w->out, info, strlen(info));
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
		render_running_text(w, text);
	else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_HTML_INLINE)
		render_text(out, text, strlen(text));
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

static void
walk_tree(struct walk *w, cmark_node *root)
{
	cmark_iter	*iter = cmark_iter_new(root);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node     *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);

		if (!add_leaf(w, node, type))
			add_branch(w, node, type, event == CMARK_EVENT_ENTER);
	}
}

/*
 * cmark asks for dozens of small pieces, which takes as long as the parsing:
 * it gets them from an arena that is given back with the tree in it.
 */
static void
walk(struct walk *w, const char *text)
{
	static cmark_mem heap = {
	    arena_heap_calloc, arena_heap_realloc, arena_heap_free};
	struct arena *own = arena_new(0), *before = arena_heap_use(own);
	cmark_parser *parser =
	    cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &heap);
	cmark_node *root;

	cmark_parser_feed(parser, text, strlen(text));
	root = cmark_parser_finish(parser);
	cmark_consolidate_text_nodes(root);
	walk_tree(w, root);
	(void)arena_heap_use(before);
	arena_free(&own);
}

const char *
render_markdown(struct arena *a, const char *text, const char *mentions)
{
	struct walk w = {.links = 0};

	mention_list_read(mentions, &w.mentions);
	strbuf_init(&w.out, a);
	walk(&w, text);
	return w.shows ? w.out.data : NULL;
}

size_t
render_names(
    struct arena *a, const char *text, const char **names_r, size_t max)
{
	struct names names = {a, names_r, 0, max};
	struct walk  w = {.names = &names};

	strbuf_init(&w.out, a);
	walk(&w, text);
	return names.n;
}
