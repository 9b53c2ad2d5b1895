/* SPDX-License-Identifier: MIT */
/* web_serve_test.c -- What every request can count on, whatever it asks. */
#include "web_test.h"

static int
show(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	view_set(view, "id", json_id(req_path_id(req, "id")));
	return 0;
}

static int
who(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	view_set(view, "user", json_id(req->user.id));
	view_set(view, "address", json_text(req->address));
	view_set(view, "lang", json_text(req->lang));
	view_set(view, "path", json_text(req->path));
	view_set(view, "uri", json_text(req->uri));
	return 0;
}

static int
echo(struct req *req, struct view *view, struct err *e)
{
	(void)e;
	return view_created(view,
	    json_pack("{ss?}", "name", req_str(req, "name")), "/things/%s",
	    "ü\r\nX-Evil: 1");
}

static int
gone(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_no_content(view, "/things");
}

static int
cookie(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	view_cookie(view, "tune", "la", 60);
	return view_redirect(view, "/");
}

static int
breaks(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	return err_set(e, ERR_INTERNAL, "database", "secret detail");
}

static int
is_down(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	return err_set(e, ERR_UNAVAILABLE, "unavailable", "secret detail");
}

static int
text(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	return view_text(view, "text/plain", "hello");
}

static const struct web_field fields[] = {
    {.name = "name", .type = FIELD_STRING, .max = 20}, {0}};

static const struct web_route routes[] = {
    {WEB_GET, SIDE_BOTH, "/things/{id}", RIGHT_PUBLIC, show, .fields = 0},
    {WEB_GET, SIDE_BOTH, "/things/mine", RIGHT_USER, who, .fields = 0},
    {WEB_DELETE, SIDE_BOTH, "/things/mine", RIGHT_USER, gone, .fields = 0},
    {WEB_GET, SIDE_BOTH, "/things", RIGHT_OPTIONAL, who, .fields = 0},
    {WEB_POST, SIDE_BOTH, "/things", RIGHT_USER, echo, fields, .templ = 0},
    {WEB_POST, SIDE_BOTH, "/open", RIGHT_PUBLIC, echo, fields, .templ = 0},
    {WEB_GET, SIDE_BOTH, "/rule", RIGHT_ADMIN, who, .fields = 0},
    {WEB_GET, SIDE_ROOT, "/inside", RIGHT_OPERATOR, text, .fields = 0},
    {WEB_GET, SIDE_API, "/breaks", RIGHT_PUBLIC, breaks, .fields = 0},
    {WEB_GET, SIDE_API, "/down", RIGHT_PUBLIC, is_down, .fields = 0},
    {WEB_GET, SIDE_PAGE, "/cookie", RIGHT_PUBLIC, cookie, .fields = 0},
    {WEB_GET, SIDE_PAGE, "/s/{word:text}", RIGHT_PUBLIC, who, .fields = 0},
};

/* Bearer "user" and "admin", cookie "user"; all else is bad. */
static int
authenticate(struct req *req, struct err *e)
{
	const char *bearer = req_header(req, "Authorization");
	const char *by_cookie = req_cookie(req, WEB_LOGIN_COOKIE);

	if (bearer != NULL && strcmp(bearer, "Bearer user") == 0)
		req->user = (struct web_user){.id = 7};
	else if (bearer != NULL && strcmp(bearer, "Bearer admin") == 0)
		req->user = (struct web_user){.id = 1, .role = ROLE_ADMIN};
	else if (bearer == NULL && by_cookie != NULL &&
		 strcmp(by_cookie, "user") == 0)
		req->user = (struct web_user){
		    .id = 7, .by_cookie = true, .csrf_token = "token"};
	else if (bearer != NULL || by_cookie != NULL)
		return err_set(e, ERR_UNAUTHORIZED, "unauthorized", "bad");
	return 0;
}

static int
admit(struct req *req, const char *bucket, struct err *e)
{
	(void)bucket;
	if (req_header(req, "X-Too-Fast") == NULL)
		return 0;
	err_set(e, ERR_RATE_LIMITED, "rate_limited", "Too many requests.");
	e->retry_after_s = 9;
	return -1;
}

static const struct web_guard guard = {
    .authenticate = authenticate, .admit = admit};

static const struct web_program program = {
    "test", routes, sizeof(routes) / sizeof(routes[0]), &guard};

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
rights_are_asked_before_anything_is_read(void **state)
{
	struct test_request *t = *state;
	const char *r = fetch_json(t, "POST", "/api/v1/things", "not json");

	assert_status(r, 401);
	assert_contains(r, "WWW-Authenticate: Bearer\r\n");
	assert_contains(r, "\"code\":\"unauthorized\"");
	set_env(t, "HTTP_AUTHORIZATION", "Bearer forged");
	assert_status(fetch(t, "GET", "/api/v1/things/mine"), 401);
	set_env(t, "HTTP_AUTHORIZATION", "Bearer user");
	assert_contains(
	    fetch(t, "GET", "/api/v1/things/mine"), "\"user\":\"7\"");
	set_env(t, "HTTP_AUTHORIZATION", "Bearer user");
	assert_contains(
	    fetch(t, "GET", "/api/v1/rule"), "\"code\":\"forbidden\"");
	set_env(t, "HTTP_AUTHORIZATION", "Bearer admin");
	assert_status(fetch(t, "GET", "/api/v1/rule"), 200);
}

static void
a_bearer_wins_over_a_cookie(void **state)
{
	struct test_request *t = *state;

	set_env(t, "HTTP_AUTHORIZATION", "Bearer admin");
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_contains(fetch(t, "GET", "/api/v1/things"), "\"user\":\"1\"");
	set_env(t, "HTTP_AUTHORIZATION", "Bearer forged");
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_status(fetch(t, "GET", "/api/v1/things"), 401);
}

static void
a_stale_cookie_makes_a_stranger(void **state)
{
	struct test_request *t = *state;

	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=old");
	assert_contains(fetch(t, "GET", "/api/v1/things"), "\"user\":\"0\"");
}

static void
operators_are_known_by_address(void **state)
{
	struct test_request *t = *state;

	assert_contains(fetch(t, "GET", "/inside"), "\r\n\r\nhello");
	set_env(t, "REMOTE_ADDR", "192.0.2.1");
	assert_status(fetch(t, "GET", "/inside"), 404);
	set_env(t, "REMOTE_ADDR", "10.20.30.40");
	assert_status(fetch(t, "GET", "/inside"), 200);
	set_env(t, "REMOTE_ADDR", "::ffff:10.20.30.40");
	assert_status(fetch(t, "GET", "/inside"), 200);
	set_env(t, "REMOTE_ADDR", "::1");
	assert_status(fetch(t, "GET", "/inside"), 200);
	set_env(t, "REMOTE_ADDR", "");
	assert_status(fetch(t, "GET", "/inside"), 404);
}

static void
a_change_by_cookie_needs_the_token(void **state)
{
	struct test_request *t = *state;

	set_env(t, "HTTP_COOKIE", "a=b; " WEB_LOGIN_COOKIE "=user; c=d");
	assert_contains(
	    fetch_json(t, "POST", "/api/v1/things", "{}"), "\"code\":\"csrf\"");
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	set_env(t, "HTTP_X_CSRF_TOKEN", "tokeN");
	assert_status(fetch_json(t, "POST", "/api/v1/things", "{}"), 403);
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	set_env(t, "HTTP_X_CSRF_TOKEN", "token");
	assert_status(fetch_json(t, "POST", "/api/v1/things", "{}"), 201);
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_status(fetch_json(t, "POST", "/api/v1/things",
			  "{\"csrf_token\":\"token\"}"),
	    201);
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_status(fetch_form(t, "/things", "csrf_token=token&name=x"), 303);
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_status(fetch_form(t, "/things", "csrf_token=&name=x"), 403);
	set_env(t, "HTTP_AUTHORIZATION", "Bearer user");
	assert_status(fetch_json(t, "POST", "/api/v1/things", "{}"), 201);
}

static void
a_form_must_not_come_from_another_site(void **state)
{
	static const struct {
		const char *origin, *site;
		int	    status;
	} cases[] = {
	    {NULL, NULL, 303},
	    {"https://chat.example", NULL, 303},
	    {"https://evil.example", NULL, 403},
	    {"https://chat.example.evil", NULL, 403},
	    {"null", NULL, 403},
	    {"null", "same-origin", 303},
	    {NULL, "cross-site", 403},
	    {"https://chat.example", "cross-site", 403},
	    {NULL, "none", 303},
	};
	struct test_request *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].origin != NULL)
			set_env(t, "HTTP_ORIGIN", cases[i].origin);
		if (cases[i].site != NULL)
			set_env(t, "HTTP_SEC_FETCH_SITE", cases[i].site);
		assert_status(
		    fetch_form(t, "/open", "name=x"), cases[i].status);
	}
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
a_stranger_is_led_to_the_log_in_and_back(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "GET", "/things/mine?a=b&c=%20");

	assert_status(r, 303);
	assert_contains(
	    r, "Location: /login?next=/things/mine%3Fa%3Db%26c%3D%2520\r\n");
	set_env(t, "HTTP_REFERER", "https://chat.example/things?x");
	r = fetch_form(t, "/things", "name=x");
	assert_contains(r, "Location: /login?next=/things%3Fx\r\n");
	set_env(t, "HTTP_REFERER", "https://evil.example/things?x");
	r = fetch_form(t, "/things", "name=x");
	assert_contains(r, "Location: /login\r\n");
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
a_cookie_is_strict_about_itself(void **state)
{
	struct test_request *t = *state;

	assert_contains(fetch(t, "GET", "/cookie"),
	    "Set-Cookie: tune=la; Path=/; Max-Age=60; HttpOnly; "
	    "SameSite=Lax\r\n");
	set_env(t, "HTTPS", "on");
	assert_contains(fetch(t, "GET", "/cookie"),
	    "Set-Cookie: __Host-tune=la; Path=/; Max-Age=60; HttpOnly; "
	    "SameSite=Lax; Secure\r\n");
	set_env(t, "HTTPS", "on");
	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=user");
	assert_contains(fetch(t, "GET", "/api/v1/things"), "\"user\":\"0\"");
	set_env(t, "HTTPS", "on");
	set_env(t, "HTTP_COOKIE", "__Host-" WEB_LOGIN_COOKIE "=user");
	assert_contains(fetch(t, "GET", "/api/v1/things"), "\"user\":\"7\"");
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
a_limit_says_when_to_come_back(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	set_env(t, "HTTP_X_TOO_FAST", "1");
	r = fetch(t, "GET", "/api/v1/things");
	assert_status(r, 429);
	assert_contains(r, "Retry-After: 9\r\n");
	r = fetch(t, "GET", "/api/v1/down");
	assert_status(r, 503);
	assert_contains(r, "Retry-After: ");
	assert_lacks(r, "secret");
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

static int
setup(void **state)
{
	*state = request_new(&program);
	return 0;
}

static int
teardown(void **state)
{
	request_free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_path_and_a_method_find_their_row),
	    TEST(a_malformed_id_is_not_found),
	    TEST(another_method_is_told_what_is_allowed),
	    TEST(head_is_get_without_the_body),
	    TEST(every_reply_has_a_request_id),
	    TEST(rights_are_asked_before_anything_is_read),
	    TEST(a_bearer_wins_over_a_cookie),
	    TEST(a_stale_cookie_makes_a_stranger),
	    TEST(operators_are_known_by_address),
	    TEST(a_change_by_cookie_needs_the_token),
	    TEST(a_form_must_not_come_from_another_site),
	    TEST(a_hidden_method_chooses_the_route_of_a_form),
	    TEST(a_stranger_is_led_to_the_log_in_and_back),
	    TEST(no_header_can_be_smuggled_in),
	    TEST(a_cookie_is_strict_about_itself),
	    TEST(what_is_no_json_object_is_malformed),
	    TEST(a_body_has_a_limit),
	    TEST(too_many_parameters_are_malformed),
	    TEST(a_flood_of_headers_does_no_harm),
	    TEST(a_limit_says_when_to_come_back),
	    TEST(our_own_faults_are_not_told),
	    TEST(a_page_can_always_be_answered),
	    TEST(the_language_is_negotiated),
	    TEST(a_path_is_decoded_and_its_link_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
