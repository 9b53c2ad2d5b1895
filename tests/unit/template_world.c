/* SPDX-License-Identifier: MIT */
/* template_world.c -- A text as a template, over a JSON, in a folder. */
#include "folder.h"
#include "template_world.h"
#include "web_test.h"

int
templates_start(void **state)
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

int
template_set_up(void **state)
{
	*state = arena_new(0);
	return 0;
}

int
template_tear_down(void **state)
{
	struct arena *arena = *state;

	arena_free(&arena);
	return 0;
}

struct templates *
open_templates(void)
{
	struct templates *t = NULL;
	struct err	  e = {0};

	if (templates_open(&t, folder, folder_path("static"), &e) == -1)
		fail_msg("%s", e.detail);
	return t;
}

const char *
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

const char *
render(void **state, const char *text, const char *json)
{
	return render_as(*state, text, json, "en", NULL);
}
