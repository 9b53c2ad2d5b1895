/* SPDX-License-Identifier: MIT */
/* web_serve_test.c -- What every request can count on, whatever it asks. */
#include "web_program.h"

#define JSON_TYPE "Content-Type: application/json; charset=utf-8"
#define PROBLEM_TYPE "Content-Type: application/problem+json"

static void
a_path_and_a_method_find_their_row(void **state)
{
	struct test_request *t = *state;

	assert_contains(
	    fetch(t, "GET", "/api/v1/things/12"), "{\"id\":\"12\"}");
	assert_contains(fetch(t, "GET", "/api/v1/things/12"), JSON_TYPE);
	assert_status(fetch(t, "GET", "/api/v1/things/mine"), 401);
	assert_status(fetch(t, "GET", "/api/v1/nothing"), 404);
	assert_status(fetch(t, "GET", "/api/v1/things/"), 404);
	assert_status(fetch(t, "GET", "/api/v1/"), 404);
	assert_status(fetch(t, "GET", "/api/v1"), 404);
	assert_status(fetch(t, "GET", "/api/v1things"), 404);
}

static void
a_malformed_id_is_not_found(void **state)
{
	static const char *const bad[] = {"abc", "-1", "0", "1.5", "%00",
	    "1%00", "18446744073709551616", "99999999999999999999999", "+1",
	    "0x1", "%ff", "1%2f2", "{id}"};
	struct test_request	*t = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_contains(
		    fetch(t, "GET",
			arena_printf(t->arena, "/api/v1/things/%s", bad[i])),
		    "\"code\":\"not_found\"");
	assert_contains(fetch(t, "GET", "/api/v1/things/18446744073709551615"),
	    "{\"id\":\"18446744073709551615\"}");
}

static void
another_method_is_told_what_is_allowed(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "PUT", "/api/v1/things/mine");

	assert_status(r, 405);
	assert_contains(r, "Allow: GET, HEAD, OPTIONS, DELETE\r\n");
	assert_contains(r, PROBLEM_TYPE);
	assert_status(fetch(t, "TRACE", "/api/v1/things/3"), 405);
	assert_contains(fetch(t, "POST", "/inside"), PROBLEM_TYPE);
	r = fetch(t, "OPTIONS", "/api/v1/things");
	assert_status(r, 204);
	assert_contains(r, "Allow: GET, HEAD, OPTIONS, POST\r\n");
	assert_status(fetch(t, "OPTIONS", "/api/v1/nothing"), 404);
}

static void
head_is_get_without_the_body(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "HEAD", "/api/v1/things/12");

	assert_status(r, 200);
	assert_contains(r, "Content-Length: 11\r\n");
	assert_lacks(r, "{");
}

static void
every_reply_has_a_request_id(void **state)
{
	struct test_request *t = *state;

	assert_contains(fetch(t, "GET", "/api/v1/things/1"), "X-Request-Id: ");
	set_env(t, "HTTP_X_REQUEST_ID", "mine-1._Z");
	assert_contains(
	    fetch(t, "GET", "/api/v1/x"), "X-Request-Id: mine-1._Z\r\n");
	set_env(t, "HTTP_X_REQUEST_ID", "mine-1._Z");
	assert_contains(
	    fetch(t, "GET", "/api/v1/x"), "\"request_id\":\"mine-1._Z\"");
	set_env(t, "HTTP_X_REQUEST_ID", "no good");
	assert_lacks(fetch(t, "GET", "/api/v1/x"), "no good");
	set_env(t, "HTTP_X_REQUEST_ID",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a");
	assert_lacks(fetch(t, "GET", "/api/v1/x"), "aaaaaaaa");
}

static void
a_hidden_method_chooses_the_route_of_a_form(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	r = fetch_form(t, "/things/mine", "csrf_token=token&_method=DELETE");
	assert_status(r, 303);
	assert_contains(r, "Location: /things\r\n");
	assert_status(fetch_form(t, "/things/1", "_method=GET"), 405);
	assert_status(fetch_form(t, "/things/1", "_method=EVIL"), 405);
	set_env(t, "HTTP_AUTHORIZATION", "Bearer user");
	r = fetch(t, "DELETE", "/api/v1/things/mine");
	assert_status(r, 204);
	assert_lacks(r, "Content-Length");
}

static void
no_header_can_be_smuggled_in(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	r = fetch_form(t, "/open", "name=x");
	assert_contains(r, "Location: /things/%C3%BC%0D%0AX-Evil:%201\r\n");
}

static void
what_is_no_json_object_is_malformed(void **state)
{
	static const char *const bad[] = {"nope", "{", "{\"name\":}", "[]", "1",
	    "\"x\"", "null", "{} x", "{\"a\":1e999}", "{\"a\":\"\xff\"}",
	    "{\"a\":\"\\ud800\"}", "{'a':1}"};
	struct test_request	*t = *state;
	char			*deep;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_contains(fetch_json(t, "POST", "/api/v1/open", bad[i]),
		    "\"code\":\"malformed\"");
	deep = arena_alloc(t->arena, 100001);
	memset(deep, '[', 100000);
	assert_status(fetch_json(t, "POST", "/api/v1/open", deep), 400);
	assert_status(
	    fetch_bytes(t, "POST", "/api/v1/open", "text/xml", "{}", 2), 400);
	assert_status(fetch_bytes(t, "POST", "/api/v1/open",
			  "application/x-www-form-urlencoded", "name=x", 6),
	    400);
	assert_status(fetch_bytes(t, "POST", "/api/v1/open",
			  "application/json; charset=utf-8", "{}", 2),
	    201);
	assert_status(fetch_json(t, "POST", "/api/v1/open",
			  "{\"x\":{\"y\":[1,2,\"]]]\"]},\"x\":2}"),
	    201);
}

static void
a_body_has_a_limit(void **state)
{
	struct test_request *t = *state;
	size_t		     n = 300 * 1024;
	char		    *body = arena_alloc(t->arena, n + 1);

	memset(body, ' ', n);
	assert_contains(fetch_json(t, "POST", "/api/v1/open", body),
	    "\"code\":\"too_large\"");
	memcpy(body, "{}", 2);
	body[256 * 1024] = '\0';
	assert_status(fetch_json(t, "POST", "/api/v1/open", body), 201);
	set_env(t, "CONTENT_LENGTH", "18446744073709551616");
	assert_status(fetch(t, "POST", "/api/v1/open"), 400);
	set_env(t, "CONTENT_LENGTH", "-1");
	assert_status(fetch(t, "POST", "/api/v1/open"), 400);
	set_env(t, "CONTENT_LENGTH", "50");
	assert_status(fetch(t, "POST", "/api/v1/open"), 400);
}

static void
too_many_parameters_are_malformed(void **state)
{
	struct test_request *t = *state;
	struct strbuf	     uri;

	strbuf_init(&uri, t->arena);
	strbuf_adds(&uri, "/api/v1/things/1?");
	for (int i = 0; i < 300; i++)
		strbuf_addf(&uri, "a%d=1&", i);
	assert_status(fetch(t, "GET", uri.data), 400);
	assert_status(fetch(t, "GET", "/api/v1/things/1?&&&=&%&%1&a=%zz"), 200);
}

static void
a_flood_of_headers_does_no_harm(void **state)
{
	struct test_request *t = *state;
	struct strbuf	     cookies;

	strbuf_init(&cookies, t->arena);
	for (int i = 0; i < 3000; i++)
		strbuf_addf(&cookies, "c%d=%d;;=;", i, i);
	set_env(t, "HTTP_COOKIE", cookies.data);
	for (int i = 0; i < 300; i++)
		set_env(t, arena_printf(t->arena, "HTTP_X_%d", i), "x");
	set_env(t, "HTTP_USER_AGENT", cookies.data);
	set_env(t, "HTTP_ACCEPT_LANGUAGE", cookies.data);
	assert_status(fetch(t, "GET", "/api/v1/things"), 200);
}

static void
our_own_faults_are_not_told(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "GET", "/api/v1/breaks");

	assert_status(r, 500);
	assert_contains(r, "\"code\":\"internal\"");
	assert_lacks(r, "secret");
}

static void
a_page_can_always_be_answered(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "GET", "/nothing");

	assert_status(r, 404);
	assert_contains(r, "Content-Type: text/html; charset=utf-8\r\n");
	assert_contains(r, "<h1>Not Found</h1>");
}

static void
the_language_is_negotiated(void **state)
{
	static const struct {
		const char *cookie, *accept, *lang;
	} cases[] = {
	    {NULL, NULL, "en"},
	    {NULL, "zh-CN,zh;q=0.9,en;q=0.8", "zh"},
	    {NULL, "de, fr;q=0.9", "en"},
	    {NULL, "de, zh;q=0.1", "zh"},
	    {NULL, "en;q=0.5, zh ; q=0.7", "zh"},
	    {NULL, "en;q=0, zh;q=0.001", "zh"},
	    {NULL, "*", "en"},
	    {NULL, ",,;q=,;;", "en"},
	    {NULL, "zha", "en"},
	    {"zh", "en", "zh"},
	    {"xx", "zh", "zh"},
	};
	struct test_request *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].cookie != NULL)
			set_env(t, "HTTP_COOKIE",
			    arena_printf(t->arena, "lang=%s", cases[i].cookie));
		if (cases[i].accept != NULL)
			set_env(t, "HTTP_ACCEPT_LANGUAGE", cases[i].accept);
		assert_contains(fetch(t, "GET", "/api/v1/things"),
		    arena_printf(t->arena, "\"lang\":\"%s\"", cases[i].lang));
	}
}

static void
a_path_is_decoded_and_its_link_kept(void **state)
{
	struct test_request *t = *state;

	assert_contains(fetch(t, "GET", "/s/a%2Eb?x=%41"),
	    "\"path\":\"/s/a.b\",\"uri\":\"/s/a%2Eb?x=%41\"");
	assert_contains(fetch(t, "GET", "/api/v1/things?x=1"),
	    "\"path\":\"/things\",\"uri\":\"/things?x=1\"");
	assert_status(fetch(t, "GET", "/s/a%20b"), 404);
	assert_status(fetch(t, "GET", "nonsense"), 404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REQUEST_TEST(a_path_and_a_method_find_their_row),
	    REQUEST_TEST(a_malformed_id_is_not_found),
	    REQUEST_TEST(another_method_is_told_what_is_allowed),
	    REQUEST_TEST(head_is_get_without_the_body),
	    REQUEST_TEST(every_reply_has_a_request_id),
	    REQUEST_TEST(a_hidden_method_chooses_the_route_of_a_form),
	    REQUEST_TEST(no_header_can_be_smuggled_in),
	    REQUEST_TEST(what_is_no_json_object_is_malformed),
	    REQUEST_TEST(a_body_has_a_limit),
	    REQUEST_TEST(too_many_parameters_are_malformed),
	    REQUEST_TEST(a_flood_of_headers_does_no_harm),
	    REQUEST_TEST(our_own_faults_are_not_told),
	    REQUEST_TEST(a_page_can_always_be_answered),
	    REQUEST_TEST(the_language_is_negotiated),
	    REQUEST_TEST(a_path_is_decoded_and_its_link_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
