/* SPDX-License-Identifier: MIT */
/* web_rights_test.c -- Who may ask what, and from where. */
#include "web_program.h"

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
the_public_address_is_ours_too(void **state)
{
	struct test_request *t = *state;

	t->web.site_url = "https://parley.example:8443/";
	set_env(t, "HTTP_ORIGIN", "https://parley.example:8443");
	assert_status(fetch_form(t, "/open", "name=x"), 303);
	set_env(t, "HTTP_ORIGIN", "https://parley.example");
	assert_status(fetch_form(t, "/open", "name=x"), 403);
	set_env(t, "HTTP_ORIGIN", "https://");
	assert_status(fetch_form(t, "/open", "name=x"), 403);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REQUEST_TEST(rights_are_asked_before_anything_is_read),
	    REQUEST_TEST(a_bearer_wins_over_a_cookie),
	    REQUEST_TEST(a_stale_cookie_makes_a_stranger),
	    REQUEST_TEST(operators_are_known_by_address),
	    REQUEST_TEST(a_change_by_cookie_needs_the_token),
	    REQUEST_TEST(a_form_must_not_come_from_another_site),
	    REQUEST_TEST(the_public_address_is_ours_too),
	    REQUEST_TEST(a_stranger_is_led_to_the_log_in_and_back),
	    REQUEST_TEST(a_limit_says_when_to_come_back),
	    REQUEST_TEST(a_cookie_is_strict_about_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
