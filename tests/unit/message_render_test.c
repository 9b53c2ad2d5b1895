/* SPDX-License-Identifier: MIT */
/* message_render_test.c -- Text becomes safe HTML, whatever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "arena_world.h"
#include "message/message.h"
#include "message/render.h"

enum { FRAME_MAX = 64 * 1024, RANDOM_TEXTS = 20000 };

#define A(url, text)                                                \
	"<a href=\"" url "\" rel=\"nofollow noopener noreferrer\" " \
	"target=\"_blank\">" text "</a>"

static void
markdown_is_what_it_should_be(void **state)
{
	static const char *const table[][2] = {
	    {"hi", "<p>hi</p>"},
	    {"a\nb", "<p>a<br>b</p>"},
	    {"a\n\n\nb", "<p>a</p><p>b</p>"},
	    {"**b** *e* `c`",
		"<p><strong>b</strong> <em>e</em> <code>c</code></p>"},
	    {"```\nx <y>\n```", "<pre><code>x &lt;y&gt;\n</code></pre>"},
	    {"```", "<p>```</p>"},
	    {"```\n \n```", "<p>```<br> <br>```</p>"},
	    {"a\n\n~~~ c", "<p>a</p><p>```c</p>"},
	    {">", "<p>&gt;</p>"},
	    {"- ", "<p>- </p>"},
	    {"[](https://a.b)", "<p>" A("https://a.b", "https://a.b") "</p>"},
	    {"[](/local)", "<p>[](/local)</p>"},
	    {"> q", "<blockquote><p>q</p></blockquote>"},
	    {"- a\n- b", "<ul><li>a</li><li>b</li></ul>"},
	    {"3. a", "<ol start=\"3\"><li>a</li></ol>"},
	    {"# head", "<p><strong>head</strong></p>"},
	    {"---", "<hr>"},
	    {"[x](http://a.b)", "<p>" A("http://a.b", "x") "</p>"},
	    {"[x](mailto:a@b)", "<p>" A("mailto:a@b", "x") "</p>"},
	    {"[x](/local)", "<p>x</p>"},
	    {"![alt](https://a.b/i.png)",
		"<p>" A("https://a.b/i.png", "alt") "</p>"},
	    {"see http://a.b/c_d_e, ok",
		"<p>see " A("http://a.b/c_d_e", "http://a.b/c_d_e") ", ok</p>"},
	    {"看http://a.b/c。好",
		"<p>看" A("http://a.b/c", "http://a.b/c") "。好</p>"},
	    {"(http://a.b/x_(y))",
		"<p>(" A("http://a.b/x_(y)", "http://a.b/x_(y)") ")</p>"},
	    {"HTTPS://A.B/?a=1&b=2", "<p>" A("HTTPS://A.B/?a=1&amp;b=2",
					 "HTTPS://A.B/?a=1&amp;b=2") "</p>"},
	    {"http://", "<p>http://</p>"},
	    {"xhttp://a.b", "<p>xhttp://a.b</p>"},
	    {"**http://a.b**",
		"<p><strong>" A("http://a.b", "http://a.b") "</strong></p>"},
	    {"[http://a.b](http://c.d)",
		"<p>" A("http://c.d", "http://a.b") "</p>"},
	    {"a &amp; b", "<p>a &amp; b</p>"},
	    {"x &#x202e;evil", "<p>x evil</p>"},
	    {"x \xe2\x80\xae"
	     "evil",
		"<p>x evil</p>"},
	    {"a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>"},
	    {"<div>\nx\n</div>", "<p>&lt;div&gt;<br>x<br>&lt;/div&gt;</p>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(
		    message_html(arena, table[i][0], ""), table[i][1]);
}

/* -- whatever goes in, only our own tags come out -------------------------- */

static const char *const TAGS[] = {"p", "br", "strong", "em", "code", "pre",
    "blockquote", "ul", "li", "hr", "ol", "a"};

static bool
is_own_tag(const char *s, size_t n)
{
	static const char link[] = "a href=\"";
	static const char rest[] =
	    "\" rel=\"nofollow noopener noreferrer\" target=\"_blank\"";
	const char *url = s + sizeof(link) - 1;
	size_t	    len;

	if (n > 11 && memcmp(s, "ol start=\"", 10) == 0)
		return strspn(s + 10, "0123456789") == n - 11 &&
		       s[n - 1] == '"';
	if (n > sizeof(link) && memcmp(s, link, sizeof(link) - 1) == 0) {
		len = strcspn(url, "\"");
		return len + sizeof(link) + sizeof(rest) - 2 == n &&
		       memcmp(url + len, rest, sizeof(rest) - 1) == 0 &&
		       render_is_safe_url(arena_strndup(arena, url, len));
	}
	for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++)
		if (strlen(TAGS[i]) == n && memcmp(TAGS[i], s, n) == 0)
			return true;
	return false;
}

/* Every "<" opens or closes one of our tags, and they nest. */
static void
assert_safe(const char *html)
{
	const char *open[1024];
	size_t	    lens[1024], depth = 0;

	for (const char *s = html; *s != '\0'; s++) {
		size_t n;

		assert_true(*s != '>');
		if (*s != '<')
			continue;
		n = strcspn(++s, ">");
		assert_true(s[n] == '>');
		if (*s == '/') {
			size_t name = strcspn(s + 1, ">");

			assert_true(depth-- > 0);
			assert_int_equal(lens[depth], name);
			assert_memory_equal(open[depth], s + 1, name);
		} else {
			assert_true(is_own_tag(s, n));
			if (memcmp(s, "br", 2) != 0 &&
			    memcmp(s, "hr", 2) != 0) {
				assert_true(depth < 1024);
				open[depth] = s;
				lens[depth++] = strcspn(s, " >");
			}
		}
		s += n;
	}
	assert_int_equal(depth, 0);
}

static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<!-- <b> -->",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "<!DOCTYPE x>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html,<script>1</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](http:evil)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<http://a.b/\"onclick=x>",
    "[x](http://a.b/\"onclick=\"x)",
    "[x](http://a.b 'title\" onclick=\"x')",
    "http://a.b/\"onclick=\"alert(1)",
    "http://a.b/<script>",
    "http://a.b/'><script>",
    "http://`x`",
    "https://[x](y)",
    "[http://a](http://b)",
    "[![x](http://i)](http://a)",
    "[a]: javascript:alert(1)\n\n[a]",
    "[a][a]\n\n[a]: data:x",
    "```\"><script>\nx\n```",
    "`<script>`",
    "~~~html\n<b>\n~~~",
    "> <script>\n> x",
    "- <img src=x>",
    "1) <b",
    "a\\<b>",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&#x3c;img&#x3e;",
    "\xe2\x80\xa8<script>",
    "*<b>*",
    "**<b**>",
    "<b",
    "</p></div>",
    "&#0;",
    "&#x202e;",
    "&#7;",
    "[x](http://a&#10;b)",
    "[x](http://a&#x202e;b)",
    "\"'<>&",
};

static void
attacks_stay_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		const char *html = message_html(arena, attacks[i], "");

		assert_safe(html);
		assert_null(strstr(html, "javascript:alert(1)\""));
	}
}

/* Text of pieces that mean something, by a generator that repeats itself. */
static const char *
random_text(unsigned *seed)
{
	static const char *const pieces[] = {"a", "b ", "\n", "\n\n", "*", "**",
	    "_", "`", "```", "[", "]", "(", ")", "](", "<", ">", "</", "&",
	    "&amp;", "\"", "'", "#", "# ", "- ", "1. ", "> ", "    ", "\t", "!",
	    "![", "http://", "https://a.b/c", "mailto:", "javascript:", "\\",
	    "~~~", "---", "=", "|", "你", "😀", ".", ",", ":", "/", "x", "word",
	    "0", "<b>", "<!--", "-->", "<a ", "href=", "+", "%"};
	static char		 text[512];
	unsigned		 n = 1 + (unsigned)rand_r(seed) % 24;

	text[0] = '\0';
	while (n-- > 0)
		strcat(text, pieces[(unsigned)rand_r(seed) %
				    (sizeof(pieces) / sizeof(pieces[0]))]);
	return text;
}

static void
random_text_comes_out_safe_and_the_short_cut_changes_nothing(void **state)
{
	unsigned seed = 1, plain = 0;

	(void)state;
	for (int i = 0; i < RANDOM_TEXTS; i++) {
		const char *text = random_text(&seed);
		const char *html = message_html(arena, text, "");

		assert_safe(html);
		if (strspn(text, " \t\n") != strlen(text) &&
		    render_is_plain(text)) {
			assert_string_equal(
			    html, render_markdown(arena, text, ""));
			plain++;
		}
		arena_reset(arena);
	}
	assert_true(plain > RANDOM_TEXTS / 100);
}

/* What costs most room, as often as a content may hold it. */
static void
every_content_fits_a_frame(void **state)
{
	static const char *const units[] = {"\"", "&", "<", "'", "x\n", "> ",
	    "- ", "*a*", "`a`", "[](http:)", "[a](http://b)", "http://a ", "字",
	    "𠮷", "\\", "1. ", "![](http://)", "a\n\n", "\t-", "<http://a>"};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char	       text[MESSAGE_BYTES_MAX + 1] = "";
		size_t	       len = strlen(units[i]), n = 0, chars = 0;
		struct message m = {.id = UINT64_MAX,
		    .mentions = "",
		    .conv_id = UINT64_MAX,
		    .seq = UINT32_MAX,
		    .sender_id = UINT64_MAX,
		    .sender_type = "system",
		    .type = "text",
		    .status = "delivered",
		    .content = text,
		    .client_msg_id = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
				     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
				     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
				     "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
		    .sender_name = "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"
				   "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"
				   "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"
				   "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷",
		    .reply_to = UINT64_MAX,
		    .created_ms = 1,
		    .edited_ms = 1,
		    .recalled_ms = 1};

		while (
		    n + len <= MESSAGE_BYTES_MAX &&
		    chars + len <= MESSAGE_CHARS_MAX +
				       (len > 2 && units[i][0] < 0
					       ? MESSAGE_CHARS_MAX * (len - 1)
					       : 0)) {
			memcpy(text + n, units[i], len);
			n += len;
			chars += len;
		}
		text[n] = '\0';
		(void)message_frame(arena, &m, &len);
		assert_true(len <= FRAME_MAX);
		assert_safe(message_html(arena, text, ""));
		arena_reset(arena);
	}
}

/* Hostile text costs no more than its length: it is not parsed at all. */
static void
what_would_cost_too_much_is_shown_as_typed(void **state)
{
	static const char *const units[] = {">", "> ", "1. ", "*a", "[a]", "&"};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		char text[MESSAGE_CHARS_MAX + 1] = "";

		for (size_t n = 0; n + strlen(units[i]) < sizeof(text);
		     n += strlen(units[i]))
			strcpy(text + n, units[i]);
		assert_null(strstr(message_html(arena, text, ""), "<em>"));
		assert_null(
		    strstr(message_html(arena, text, ""), "<blockquote>"));
		assert_null(strstr(message_html(arena, text, ""), "<ol>"));
		arena_reset(arena);
	}
}

static void
only_three_schemes_are_safe(void **state)
{
	static const char *const good[] = {
	    "http://a", "https://a", "mailto:a@b", "HTTP://A"};
	static const char *const bad[] = {"", "http:", "http:/a", "ftp://a",
	    "javascript:1", " http://a", "http://a b", "http://a\nb",
	    "https://\x7f", "data:", "//a", "/a", "httpx://a"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(render_is_safe_url(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(render_is_safe_url(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(markdown_is_what_it_should_be),
	    cmocka_unit_test(attacks_stay_text),
	    cmocka_unit_test(
		random_text_comes_out_safe_and_the_short_cut_changes_nothing),
	    cmocka_unit_test(every_content_fits_a_frame),
	    cmocka_unit_test(what_would_cost_too_much_is_shown_as_typed),
	    cmocka_unit_test(only_three_schemes_are_safe),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
