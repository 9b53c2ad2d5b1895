/* SPDX-License-Identifier: MIT */
/* web_template_test.c -- JSON through templates: what a page may rely on. */
#include "folder.h"
#include "template_world.h"
#include "web_test.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

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
	assert_int_equal(templates_open(&t, ".", "static", &e), 0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEMPLATE_TEST(var_is_escaped_wherever_it_stands),
	    TEMPLATE_TEST(json_arrives_under_its_names),
	    TEMPLATE_TEST(a_page_that_sets_leaves_nothing_behind),
	    TEMPLATE_TEST(the_layout_of_a_template_is_not_sent),
	    TEMPLATE_TEST(texts_follow_the_language),
	    TEMPLATE_TEST(static_files_have_a_fingerprint),
	    TEMPLATE_TEST(a_broken_template_is_an_error_that_says_where),
	    TEMPLATE_TEST(what_no_page_needs_is_refused_when_it_is_read),
	    TEMPLATE_TEST(our_own_templates_are_understood),
	};

	return cmocka_run_group_tests(tests, templates_start, folder_tear_down);
}
