/* SPDX-License-Identifier: MIT */
/* web_fields_test.c -- Declared fields: what is taken, and what is said. */
#include "web_test.h"

static const struct web_field fields[] = {
    {.name = "name",
	.type = FIELD_STRING,
	.flags = FIELD_REQUIRED | FIELD_TRIM,
	.min = 2,
	.max = 5},
    {.name = "body", .type = FIELD_TEXT, .max = 100, .max_bytes = 12},
    {.name = "pass", .type = FIELD_SECRET, .max = 20},
    {.name = "tag",
	.type = FIELD_STRING,
	.min = 1,
	.max = 10,
	.pattern = "a-z0-9_."},
    {.name = "to", .type = FIELD_ID},
    {.name = "list", .type = FIELD_ID_LIST, .max = 3},
    {.name = "n", .type = FIELD_INT, .min = 1, .max = 200},
    {.name = "free", .type = FIELD_INT},
    {.name = "yes", .type = FIELD_BOOL},
    {.name = "kind", .type = FIELD_CHOICE, .pattern = "red green blue"},
    {.name = "until", .type = FIELD_INT, .flags = FIELD_NULLABLE},
    {.name = "q", .type = FIELD_STRING, .flags = FIELD_QUERY, .max = 10},
    {.name = "limit",
	.type = FIELD_INT,
	.flags = FIELD_QUERY,
	.min = 1,
	.max = 200},
    {0},
};

static int
tell(struct req *req, struct view *view, struct err *e)
{
	const uint64_t *ids;
	size_t		n = req_ids(req, "list", &ids);
	json_t	       *list = json_array();

	(void)e;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_id(ids[i]));
	view_set(view, "name", json_text(req_str(req, "name")));
	view_set(view, "body", json_text(req_str(req, "body")));
	view_set(view, "pass", json_text(req_str(req, "pass")));
	view_set(view, "tag", json_text(req_str(req, "tag")));
	view_set(view, "to", json_id(req_u64(req, "to")));
	view_set(view, "list", list);
	view_set(view, "n", json_integer(req_int(req, "n", -5)));
	view_set(view, "free", json_integer(req_int(req, "free", -5)));
	view_set(view, "has_yes", json_boolean(req_has(req, "yes")));
	view_set(view, "yes", json_boolean(req_bool(req, "yes")));
	view_set(view, "kind", json_text(req_str(req, "kind")));
	view_set(view, "until_null", json_boolean(req_is_null(req, "until")));
	view_set(view, "q", json_text(req_str(req, "q")));
	view_set(view, "limit", json_integer(req_int(req, "limit", 50)));
	view_set(view, "unknown", json_text(req_str(req, "unknown")));
	return 0;
}

/* A page whose change can be looked at: the form is shown again as JSON. */
static const struct web_route routes[] = {
    {WEB_POST, SIDE_BOTH, "/f", RIGHT_PUBLIC, tell, fields, .templ = 0},
};

static const struct web_program program = {"test", routes, 1, NULL};

static const char *
post(struct test_request *t, const char *body)
{
	return fetch_json(t, "POST", "/api/v1/f", body);
}

static void
values_arrive_as_their_types(void **state)
{
	struct test_request *t = *state;
	const char	    *r =
	    post(t, "{\"name\":\" Li \",\"body\":\"a\\nb\\tc\","
		    "\"pass\":\"\\u0007\",\"tag\":\"a_1.\","
		    "\"to\":\"18446744073709551615\","
		    "\"list\":[\"1\",2,\"3\"],\"n\":200,"
		    "\"free\":-9223372036854775808,\"yes\":true,"
		    "\"kind\":\"green\",\"until\":null,\"unknown\":\"x\"}");

	assert_status(r, 200);
	assert_contains(r, "\"name\":\"Li\"");
	assert_contains(r, "\"body\":\"a\\nb\\tc\"");
	assert_contains(r, "\"to\":\"18446744073709551615\"");
	assert_contains(r, "\"list\":[\"1\",\"2\",\"3\"]");
	assert_contains(r, "\"n\":200");
	assert_contains(r, "\"free\":-9223372036854775808");
	assert_contains(r, "\"has_yes\":true,\"yes\":true");
	assert_contains(r, "\"kind\":\"green\"");
	assert_contains(r, "\"until_null\":true");
	assert_contains(r, "\"limit\":50");
	assert_contains(r, "\"unknown\":null");
}

static void
each_fault_has_its_code(void **state)
{
	static const struct {
		const char *body, *field, *code;
	} cases[] = {
	    {"{}", "name", "required"},
	    {"{\"name\":null}", "name", "required"},
	    {"{\"name\":7}", "name", "type"},
	    {"{\"name\":[]}", "name", "type"},
	    {"{\"name\":\"\"}", "name", "too_short"},
	    {"{\"name\":\" \\u3000x\\u00a0 \"}", "name", "too_short"},
	    {"{\"name\":\"sechs!\"}", "name", "too_long"},
	    {"{\"name\":\"\\u4e2d\\u6587\\u4e2d\\u6587\\u4e2d\\u6587\"}",
		"name", "too_long"},
	    {"{\"name\":\"a\\nb\"}", "name", "control_character"},
	    {"{\"name\":\"a\\u0000b\"}", "name", "control_character"},
	    {"{\"name\":\"a\\u202eb\"}", "name", "control_character"},
	    {"{\"body\":\"a\\rb\"}", "body", "control_character"},
	    {"{\"body\":\"\\u4e2d\\u6587\\u4e2d\\u6587\\u4e2d\"}", "body",
		"too_long"},
	    {"{\"pass\":\"a\\u0000\"}", "pass", "control_character"},
	    {"{\"tag\":\"UP\"}", "tag", "format"},
	    {"{\"tag\":\"a-b\"}", "tag", "format"},
	    {"{\"to\":\"x\"}", "to", "format"},
	    {"{\"to\":\"0\"}", "to", "format"},
	    {"{\"to\":-3}", "to", "format"},
	    {"{\"to\":1.5}", "to", "format"},
	    {"{\"to\":\"1\\u00002\"}", "to", "format"},
	    {"{\"to\":\"18446744073709551616\"}", "to", "format"},
	    {"{\"to\":99999999999999999999}", "to", "format"},
	    {"{\"to\":true}", "to", "type"},
	    {"{\"list\":\"1\"}", "list", "type"},
	    {"{\"list\":[1,2,3,4]}", "list", "too_long"},
	    {"{\"list\":[\"x\"]}", "list", "format"},
	    {"{\"list\":[[]]}", "list", "type"},
	    {"{\"n\":0}", "n", "too_small"},
	    {"{\"n\":201}", "n", "too_large"},
	    {"{\"n\":1.5}", "n", "type"},
	    {"{\"n\":\"5\"}", "n", "type"},
	    {"{\"n\":99999999999999999999}", "n", "too_large"},
	    {"{\"free\":-99999999999999999999}", "free", "too_small"},
	    {"{\"yes\":1}", "yes", "type"},
	    {"{\"yes\":\"true\"}", "yes", "type"},
	    {"{\"kind\":\"re\"}", "kind", "choice"},
	    {"{\"kind\":\"red green\"}", "kind", "choice"},
	    {"{\"kind\":\"\"}", "kind", "choice"},
	    {"{\"kind\":3}", "kind", "type"},
	};
	struct test_request *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *r = post(t, cases[i].body);

		assert_status(r, 422);
		assert_contains(r, "\"code\":\"invalid\"");
		assert_contains(r,
		    arena_printf(t->arena, "{\"field\":\"%s\",\"code\":\"%s\"",
			cases[i].field, cases[i].code));
	}
}

static void
all_faults_are_told_at_once(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch_json(t, "POST", "/api/v1/f?limit=x",
		     "{\"body\":1,\"n\":0,\"kind\":\"x\"}");

	assert_contains(r, "\"field\":\"name\"");
	assert_contains(r, "\"field\":\"body\"");
	assert_contains(r, "\"field\":\"n\"");
	assert_contains(r, "\"field\":\"kind\"");
	assert_contains(r, "\"field\":\"limit\"");
}

static void
a_query_is_checked_like_a_body(void **state)
{
	static const struct {
		const char *query, *code;
	} cases[] = {
	    {"limit=0", "too_small"},
	    {"limit=201", "too_large"},
	    {"limit=-1", "too_small"},
	    {"limit=99999999999999999999", "too_large"},
	    {"limit=-99999999999999999999", "too_small"},
	    {"limit=1e3", "type"},
	    {"limit=5%00", "type"},
	    {"limit=%2b5", "type"},
	    {"q=%ff", "utf8"},
	    {"q=a%00b", "control_character"},
	    {"q=01234567890", "too_long"},
	};
	struct test_request *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_contains(
		    fetch_json(t, "POST",
			arena_printf(t->arena, "/api/v1/f?%s", cases[i].query),
			"{\"name\":\"Li\"}"),
		    arena_printf(t->arena, "\"code\":\"%s\"", cases[i].code));
	assert_contains(fetch_json(t, "POST", "/api/v1/f?limit=&q=%E4%B8%AD+a",
			    "{\"name\":\"Li\",\"q\":\"body\"}"),
	    "\"q\":\"中 a\",\"limit\":50");
}

/* Shown again by the page that the form stands on. */
static int
form_page(struct req *req, struct view *view, struct err *e)
{
	tell(req, view, e);
	view_page(view, "mark", json_string("form"));
	return 0;
}

static int
form_ok(struct req *req, struct view *view, struct err *e)
{
	tell(req, view, e);
	view->location = arena_printf(req->arena,
	    "/ok?body=%s&list=%zu&yes=%d&until=%d&tag=%d",
	    req_str(req, "body") == NULL ? "-" : req_str(req, "body"),
	    json_array_size(json_object_get(view->data, "list")),
	    req_bool(req, "yes"), req_is_null(req, "until"),
	    req_has(req, "tag"));
	return 0;
}

static const struct web_route form_routes[] = {
    {WEB_POST, SIDE_BOTH, "/f", RIGHT_PUBLIC, form_ok, fields, NULL, form_page,
	"form", NULL},
};

static const struct web_program form_program = {"test", form_routes, 1, NULL};

static void
a_form_says_what_its_inputs_say(void **state)
{
	struct test_request *t = *state;

	t->web.program = &form_program;
	assert_contains(fetch_form(t, "/f",
			    "name=Li&body=a%0D%0Ab&list=1&list=2&yes=0&yes=1"
			    "&until=&tag=&to=&kind=&n="),
	    "Location: /ok?body=a%0Ab&list=2&yes=1&until=1&tag=0\r\n");
	assert_contains(fetch_form(t, "/f", "name=Li&body=&yes=on"),
	    "Location: /ok?body=&list=0&yes=1&until=0&tag=0\r\n");
	assert_status(fetch_form(t, "/f", "name="), 422);
	assert_status(fetch_form(t, "/f", "name=Li&yes=maybe"), 422);
	assert_status(fetch_form(t, "/f", "name=Li&list=x"), 422);
	assert_status(fetch_form(t, "/f", "name=%ff%fe"), 422);
}

static int
setup(void **state)
{
	*state = request_new(&program);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REQUEST_TEST(values_arrive_as_their_types),
	    REQUEST_TEST(each_fault_has_its_code),
	    REQUEST_TEST(all_faults_are_told_at_once),
	    REQUEST_TEST(a_query_is_checked_like_a_body),
	    REQUEST_TEST(a_form_says_what_its_inputs_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
