/* SPDX-License-Identifier: MIT */
/* web_template_test.c -- JSON through templates: what a page may rely on. */
#include "folder.h"
#include "web_test.h"

#include <sys/stat.h>

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

static struct templates *
open_templates(void)
{
	struct templates *t = NULL;
	struct err	  e = {0};

	if (templates_open(&t, folder, &e) == -1)
		fail_msg("%s", e.detail);
	return t;
}

/* Renders a template's text over JSON, twice: a second use must not differ. */
static const char *
render_as(struct arena *arena, const char *text, const char *json,
    const char *lang, const char *zone)
{
	struct templates *t;
	struct strbuf	  out[2];
	json_t		 *page = json_object(), *data;
	struct err	  e = {0};

	folder_write("templates/x.cst", text);
	data = json_loads(json, 0, NULL);
	assert_non_null(data);
	t = open_templates();
	for (int i = 0; i < 2; i++) {
		struct render r = {page, data, lang, zone, arena, &out[i]};

		strbuf_init(&out[i], arena);
		if (template_render(t, "x", &r, &e) == -1)
			fail_msg("%s", e.detail);
	}
	if (strstr(text, "fresh_id") == NULL)
		assert_string_equal(out[0].data, out[1].data);
	templates_close(&t);
	json_decref(page);
	json_decref(data);
	return out[0].data;
}

static const char *
render(void **state, const char *text, const char *json)
{
	return render_as(*state, text, json, "en", NULL);
}

#define EVIL "\"<b a='1'>&\\\"\""
#define SAFE "&lt;b a=&#39;1&#39;&gt;&amp;&quot;"

static void
var_is_escaped_wherever_it_stands(void **state)
{
	static const char *const places[] = {"<?cs var:a ?>",
	    "<?cs each:i = list ?><?cs var:i ?><?cs /each ?>",
	    "<?cs with:o = object ?><?cs var:o.a ?><?cs /with ?>",
	    "<?cs include:\"inside.cst\" ?>",
	    "<?cs def:m(x) ?><?cs var:x ?><?cs /def ?><?cs call:m(a) ?>",
	    "<?cs set:b = a ?><?cs var:b ?>",
	    "<?cs if:a ?><?cs var:a ?><?cs /if ?>",
	    "<?cs loop:i = 1, 1, 1 ?><?cs var:a ?><?cs /loop ?>",
	    "<?cs var:object[\"a\"] ?>", "<?cs var:none + a ?>",
	    "<?cs include:\"macro.cst\" ?><?cs call:shared(a + \"\") ?>",
	    "<?cs include:\"macro.cst\" ?><?cs call:outer(object.a) ?>",
	    "<?cs include:\"macro.cst\" ?><?cs call:shared(a) ?>"};

	folder_write("templates/inside.cst", "<?cs var:a ?>");
	folder_write("templates/macro.cst",
	    "<?cs def:shared(x) ?><?cs var:x ?><?cs /def ?>"
	    "<?cs def:outer(x) ?><?cs call:shared(x) ?><?cs /def ?>");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		assert_string_equal(render(state, places[i],
					"{\"a\":" EVIL ",\"list\":[" EVIL
					"],\"object\":{\"a\":" EVIL "}}"),
		    SAFE);
}

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
json_arrives_under_its_names(void **state)
{
	assert_string_equal(
	    render(state,
		"<?cs var:t ?>|<?cs var:f ?>|<?cs var:n ?>|<?cs var:i ?>|"
		"<?cs var:r ?>|<?cs var:l.0 ?>|<?cs var:l.1.x ?>|"
		"<?cs if:f ?>f<?cs /if ?>|<?cs if:!n ?>n<?cs /if ?>|"
		"<?cs var:subcount(l) ?>|<?cs var:missing ?>|"
		"<?cs if:i > 7 ?>big<?cs /if ?>",
		"{\"t\":true,\"f\":false,\"n\":null,\"i\":-12,"
		"\"r\":1.5,\"l\":[\"a\",{\"x\":\"b\"}]}"),
	    "1|0||-12|1.5|a|b||n|2||");
}

static void
a_page_that_sets_leaves_nothing_behind(void **state)
{
	assert_string_equal(
	    render(state,
		"<?cs var:a ?><?cs set:a = \"2\" ?><?cs var:a ?>"
		"<?cs set:o.a = \"3\" ?><?cs set:o.new = \"4\" ?>"
		"<?cs set:z.y.x = o.a + o.new ?><?cs var:z.y.x ?>"
		"<?cs loop:i = 1, 20, 1 ?><?cs set:many[i] = i ?><?cs /loop ?>"
		"<?cs var:many.17 ?>"
		"<?cs each:m = l ?><?cs set:m.x = \"5\" ?><?cs var:m.x ?>"
		"<?cs /each ?>",
		"{\"a\":\"1\",\"o\":{\"a\":\"1\"},\"l\":[{\"x\":\"1\"}]}"),
	    "1234175");
}

static void
the_layout_of_a_template_is_not_sent(void **state)
{
	assert_string_equal(
	    render(state, "<p>\n\t<b>x</b>\n\n\t\ty \n\tz\n</p>\n", "{}"),
	    "<p><b>x</b>y z</p>");
	assert_string_equal(
	    render(state, "<?cs if:a\n\t?><?cs var:a ?>\n<?cs /if ?>\n",
		"{\"a\":\"1\\n\\t2\"}"),
	    "1\n\t2");
}

static void
texts_follow_the_language(void **state)
{
	const char *text = "<?cs var:T.hello ?> <?cs var:T.deep.er ?>"
			   "<?cs var:T.code[error.code] ?>";

	assert_string_equal(
	    render_as(*state, text, "{}", "en", NULL), "Hello &amp; deep");
	assert_string_equal(render_as(*state, text,
				"{\"error\":{\"code\":\"bad\"}}", "zh", NULL),
	    "你好 深坏");
	assert_string_equal(
	    render_as(*state, text, "{}", "xx", NULL), "Hello &amp; deep");
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
	assert_string_equal(render_as(*state, text, json, "en", "XXX-9"),
	    "22:05|31 July 2026|31 July 2026 22:05||");
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

static void
static_files_have_a_fingerprint(void **state)
{
	const char *text = "<?cs var:asset.js_app_min_js ?> "
			   "<?cs var:asset.icon_svg ?> <?cs var:asset ?>";
	const char *before, *after;

	folder_write("static/js/app.min.js", "1");
	folder_write("static/icon.svg", "2");
	before = render(state, text, "{}");
	assert_int_equal(strncmp(before, "/static/", 8), 0);
	assert_string_equal(before + 18, strstr(before, "/js/app.min.js "));
	assert_contains(before, "/icon.svg ");
	folder_write("static/icon.svg", "3");
	after = render(state, text, "{}");
	assert_string_not_equal(before, after);
}

static void
a_broken_template_is_an_error_that_says_where(void **state)
{
	struct templates *t;
	struct strbuf	  out;
	json_t		 *none = json_object();
	struct err	  e = {0};
	struct render	  r = {none, none, "en", NULL, *state, &out};

	strbuf_init(&out, *state);
	folder_write("templates/broken.cst", "<?cs var:a + ?>");
	t = open_templates();
	assert_int_equal(template_render(t, "broken", &r, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_contains(e.detail, "broken");
	err_clear(&e);
	assert_int_equal(template_render(t, "missing", &r, &e), -1);
	assert_contains(e.detail, "missing");
	err_clear(&e);
	assert_int_equal(template_load(t, "missing", &e), -1);
	assert_contains(e.detail, "missing");
	templates_close(&t);
	json_decref(none);
}

static void
what_no_page_needs_is_refused_when_it_is_read(void **state)
{
	static const char *const texts[] = {"<?cs lvar:a ?>", "<?cs evar:a ?>",
	    "<?cs alt:a ?>b<?cs /alt ?>", "<?cs linclude:\"x.cst\" ?>",
	    "<?cs escape:\"none\" ?><?cs var:a ?><?cs /escape ?>",
	    "<?cs var:string.slice(a, 0, 1) ?>", "<?cs var:#a * 2 ?>",
	    "<?cs loop:i = 1, 9, 2 ?><?cs /loop ?>", "<?cs set:T.a = b ?>",
	    "<?cs set:asset = b ?>",
	    "<?cs with:x = \"0\" ?><?cs set:x = \"1\" ?><?cs /with ?>"};
	struct templates	*t;
	struct err		 e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		folder_write("templates/odd.cst", texts[i]);
		t = open_templates();
		if (template_load(t, "odd", &e) == 0)
			fail_msg("taken: %s", texts[i]);
		assert_contains(e.detail, "odd");
		err_clear(&e);
		templates_close(&t);
	}
}

/* The rest of a page may never be shown: so each is looked at here. */
static void
our_own_templates_are_understood(void **state)
{
	struct templates *t = NULL;
	struct err	  e = {0};
	glob_t		  found;

	(void)state;
	assert_int_equal(templates_open(&t, ".", &e), 0);
	assert_int_equal(glob("templates/*.cst", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *name = found.gl_pathv[i] + strlen("templates/");

		name[strlen(name) - strlen(".cst")] = '\0';
		if (template_load(t, name, &e) == -1)
			fail_msg("%s", e.detail);
	}
	globfree(&found);
	templates_close(&t);
}

static int
setup(void **state)
{
	*state = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

static int
make_home(void **state)
{
	static const char *const dirs[] = {
	    "templates", "templates/lang", "static", "static/js"};

	if (folder_set_up(state) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		folder_make(dirs[i]);
	folder_write("templates/lang/en.hdf",
	    "T {\n hello = Hello &\n deep.er = deep\n code.bad = bad\n}\n");
	folder_write("templates/lang/zh.hdf",
	    "T {\n hello = 你好\n deep.er = 深\n code.bad = 坏\n}\n");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(var_is_escaped_wherever_it_stands),
	    TEST(what_functions_make_of_user_text_is_escaped),
	    TEST(json_arrives_under_its_names),
	    TEST(a_page_that_sets_leaves_nothing_behind),
	    TEST(the_layout_of_a_template_is_not_sent),
	    TEST(texts_follow_the_language),
	    TEST(times_are_shown_where_the_reader_is),
	    TEST(a_list_has_the_short_time),
	    TEST(today_and_yesterday_are_called_so),
	    TEST(names_have_initials_and_ids_a_hue),
	    TEST(an_excerpt_is_the_text_of_a_body),
	    TEST(a_long_excerpt_is_cut_between_characters),
	    TEST(a_fresh_id_is_fresh),
	    TEST(static_files_have_a_fingerprint),
	    TEST(a_broken_template_is_an_error_that_says_where),
	    TEST(what_no_page_needs_is_refused_when_it_is_read),
	    TEST(our_own_templates_are_understood),
	};

	return cmocka_run_group_tests(tests, make_home, folder_tear_down);
}
