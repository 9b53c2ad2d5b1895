/* SPDX-License-Identifier: MIT */
/* web_function_test.c -- What the functions make that templates may call. */
#include "folder.h"
#include "template_world.h"
#include "web_test.h"

#include <stdlib.h>

#include "base/clock.h"

static void
what_functions_make_of_user_text_is_escaped(void **state)
{
	assert_string_equal(
	    render(state, "<?cs var:initials(a) ?>", "{\"a\":\"<\"}"), "&lt;");
	assert_string_equal(
	    render(state, "<?cs var:initials(a) ?>", "{\"a\":\"\\\" <\"}"),
	    "&quot;");
	assert_string_equal(
	    render(state, "<?cs var:\"<\" + initials(a) ?>", "{\"a\":\"&\"}"),
	    "&lt;&amp;");
	assert_string_equal(
	    render(state, "<?cs var:url_escape(a) ?>", "{\"a\":\"<\\\"' é/\"}"),
	    "%3C%22%27%20%C3%A9/");
}

static void
times_are_shown_where_the_reader_is(void **state)
{
	const char *text = "<?cs var:hm(t) ?>|<?cs var:day(t) ?>|"
			   "<?cs var:stamp(t) ?>|<?cs var:hm(none) ?>|"
			   "<?cs var:day(bad) ?>";
	const char *json = "{\"t\":\"2026-07-31T22:05:00.123Z\",\"bad\":\"x\"}";

	assert_string_equal(render_as(*state, text, json, "en", NULL),
	    "22:05|31 July 2026|31 July 2026 22:05||");
	assert_string_equal(
	    render_as(*state, text, json, "en", "Europe/Berlin"),
	    "00:05|1 August 2026|1 August 2026 00:05||");
	assert_string_equal(
	    render_as(*state, text, json, "zh", "Asia/Shanghai"),
	    "06:05|2026年8月1日|2026年8月1日 06:05||");
	assert_string_equal(
	    render_as(*state, text, json, "en", "../../../etc/passwd"),
	    "22:05|31 July 2026|31 July 2026 22:05||");
	assert_string_equal(render_as(*state, text, json, "en", "JST-9"),
	    "22:05|31 July 2026|31 July 2026 22:05||");
}

static void
spans_and_ends_are_words_of_the_language(void **state)
{
	const char *text = "<?cs var:span(a) ?>|<?cs var:span(b) ?>|"
			   "<?cs var:span(c) ?>|<?cs var:until(t) ?>|"
			   "<?cs var:until(ever) ?>|<?cs var:id_in(p) ?>|"
			   "<?cs var:id_in(none) ?>";
	const char *json =
	    "{\"a\":7200,\"b\":90,\"c\":300,\"p\":\"/c/17/info\","
	    "\"t\":\"2026-07-31T22:05:00Z\","
	    "\"ever\":\"9999-12-31T23:59:59.999Z\"}";

	assert_string_equal(render_as(*state, text, json, "en", NULL),
	    "2 h|90 s|5 min|until 31 July 2026 22:05|for good|17|");
	assert_string_equal(render_as(*state, text, json, "zh", NULL),
	    "2 小时|90 秒|5 分钟|至2026年7月31日 22:05|（永久）|17|");
}

static void
a_list_has_the_short_time(void **state)
{
	const char *text = "<?cs var:when(now) ?>|<?cs var:when(then) ?>";
	char	    now[TIME_SIZE];
	const char *json;

	time_format(clock_ms(), now);
	json = arena_printf(
	    *state, "{\"now\":\"%s\",\"then\":\"2001-02-03T04:05:06Z\"}", now);
	assert_string_equal(render_as(*state, text, json, "en", NULL),
	    arena_printf(*state, "%.5s|3 Feb", now + 11));
	assert_string_equal(render_as(*state, text, json, "zh", NULL),
	    arena_printf(*state, "%.5s|2月3日", now + 11));
}

static void
today_and_yesterday_are_called_so(void **state)
{
	enum { DAY_MS = 24 * 60 * 60 * 1000 };
	const char *text = "<?cs var:day(now) ?>|<?cs var:day(then) ?>";
	char	    now[TIME_SIZE], then[TIME_SIZE];
	const char *json;

	time_format(clock_ms(), now);
	time_format(clock_ms() - DAY_MS, then);
	json =
	    arena_printf(*state, "{\"now\":\"%s\",\"then\":\"%s\"}", now, then);
	assert_string_equal(
	    render_as(*state, text, json, "en", NULL), "Today|Yesterday");
	assert_string_equal(
	    render_as(*state, text, json, "zh", "Asia/Shanghai"), "今天|昨天");
}

static void
names_have_initials_and_ids_a_hue(void **state)
{
	static const struct {
		const char *name, *initials;
	} names[] = {{"Ada Lovelace", "AL"}, {"ada", "A"}, {"王小明", "王"},
	    {"  Élan vital  x ", "ÉX"}, {"Jean Luc Picard", "JP"}, {"", ""},
	    {"Jonas (boxes)", "JB"}, {"周末骑行 🚲", "周"}, {"→ (a) →", "A"},
	    {"🚲 🚲", "🚲"}, {"( )", "("}};
	static const struct {
		const char *id, *hue;
	} ids[] = {{"1", "1"}, {"8", "0"}, {"18446744073709551615", "7"},
	    {"1003", "3"}, {"x", "0"}, {"", "0"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(
		    render(state, "<?cs var:initials(a) ?>",
			arena_printf(*state, "{\"a\":\"%s\"}", names[i].name)),
		    names[i].initials);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_string_equal(
		    render(state, "<?cs var:hue(a) ?>",
			arena_printf(*state, "{\"a\":\"%s\"}", ids[i].id)),
		    ids[i].hue);
}

static void
an_excerpt_is_the_text_of_a_body(void **state)
{
	static const struct {
		const char *html, *text;
	} table[] = {{"", ""}, {"<p>a</p>", "a"},
	    {"<p>a<br>b</p><p>c</p>", "a b c"},
	    {"<p><strong>bo</strong>ld <em>e</em></p>", "bold e"},
	    {"<ul><li>x</li><li>y</li></ul>", "x y"},
	    {"<pre><code>if (a\\n  b)\\n</code></pre>", "if (a b)"},
	    {"<p>&lt;b&gt; &amp;amp; &quot;&#39;</p>",
		"&lt;b&gt; &amp;amp; &quot;&#39;"},
	    {"<p><a href=\\\"http://a?b&gt;\\\" "
	     "rel=\\\"x\\\">http://a</a>!</p>",
		"http://a!"}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(
		    render(state, "<?cs var:excerpt(a) ?>",
			arena_printf(*state, "{\"a\":\"%s\"}", table[i].html)),
		    table[i].text);
}

static void
a_long_excerpt_is_cut_between_characters(void **state)
{
	char	    json[4096] = "{\"a\":\"<p>";
	const char *text;

	for (int i = 0; i < 300; i++)
		strcat(json, "字");
	strcat(json, "</p>\"}");
	text = render(state, "<?cs var:excerpt(a) ?>", json);
	assert_in_range(strlen(text), 200, 203);
	assert_int_equal(strlen(text) % 3, 0);
}

static void
a_fresh_id_is_fresh(void **state)
{
	const char *a = render(state, "<?cs var:fresh_id(1) ?>", "{}");
	const char *b = render(state, "<?cs var:fresh_id(1) ?>", "{}");

	assert_in_range(strlen(a), 16, 64);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEMPLATE_TEST(what_functions_make_of_user_text_is_escaped),
	    TEMPLATE_TEST(times_are_shown_where_the_reader_is),
	    TEMPLATE_TEST(spans_and_ends_are_words_of_the_language),
	    TEMPLATE_TEST(a_list_has_the_short_time),
	    TEMPLATE_TEST(today_and_yesterday_are_called_so),
	    TEMPLATE_TEST(names_have_initials_and_ids_a_hue),
	    TEMPLATE_TEST(an_excerpt_is_the_text_of_a_body),
	    TEMPLATE_TEST(a_long_excerpt_is_cut_between_characters),
	    TEMPLATE_TEST(a_fresh_id_is_fresh),
	};

	return cmocka_run_group_tests(tests, templates_start, folder_tear_down);
}
