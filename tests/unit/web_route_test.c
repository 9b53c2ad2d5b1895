/* SPDX-License-Identifier: MIT */
/* web_route_test.c -- A table that is not sound stops the start. */
#include "arena_world.h"
#include "web_test.h"

static int
handler(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	(void)e;
	return 0;
}

#define ROW(method_, side_, path_)                                     \
	{                                                              \
		.method = (method_), .side = (side_), .path = (path_), \
		.right = RIGHT_PUBLIC, .handler = handler              \
	}

static void
assert_fault(const struct web_route *routes, size_t n, const char *what)
{
	struct err e = {0};

	assert_int_equal(routes_check(routes, n, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_contains(e.detail, what);
}

static void
a_row_without_a_right_stops_the_start(void **state)
{
	const struct web_route routes[] = {
	    ROW(WEB_GET, SIDE_BOTH, "/a"),
	    {.method = WEB_GET, .path = "/b", .handler = handler},
	};

	(void)state;
	assert_fault(routes, 2, "route 1, GET /b, says no right");
}

static void
a_row_must_be_whole(void **state)
{
	const struct web_route no_handler = {
	    .method = WEB_GET, .path = "/b", .right = RIGHT_PUBLIC};
	const struct web_route no_path = {
	    .method = WEB_GET, .right = RIGHT_PUBLIC, .handler = handler};
	const struct web_route two_methods[] = {
	    ROW(WEB_GET | WEB_POST, SIDE_BOTH, "/a")};
	const struct web_route unclosed[] = {ROW(WEB_GET, SIDE_BOTH, "/a/{id")};
	struct web_route       no_form = ROW(WEB_POST, SIDE_BOTH, "/a");

	(void)state;
	no_form.form = handler;
	assert_fault(&no_handler, 1, "no handler");
	assert_fault(&no_path, 1, "no path");
	assert_fault(two_methods, 1, "one method");
	assert_fault(unclosed, 1, "brace");
	assert_fault(&no_form, 1, "template");
}

static void
two_rows_must_not_mean_the_same(void **state)
{
	const struct web_route both[] = {ROW(WEB_GET, SIDE_BOTH, "/a/{id}"),
	    ROW(WEB_GET, SIDE_PAGE, "/a/{user}")};
	const struct web_route sides[] = {ROW(WEB_GET, SIDE_API, "/a/{id}"),
	    ROW(WEB_GET, SIDE_PAGE, "/a/{user}"),
	    ROW(WEB_POST, SIDE_BOTH, "/a/{user}"),
	    ROW(WEB_GET, SIDE_BOTH, "/a/me"),
	    ROW(WEB_GET, SIDE_BOTH, "/a/{id}/b")};
	struct err	       e = {0};

	(void)state;
	assert_fault(both, 2, "twice");
	assert_int_equal(routes_check(sides, 5, &e), 0);
}

static void
fixed_parts_go_before_names(void **state)
{
	const struct web_route routes[] = {
	    ROW(WEB_GET, SIDE_API, "/u/{id}"),
	    ROW(WEB_PUT, SIDE_API, "/u/{id}"),
	    ROW(WEB_GET, SIDE_API, "/u/me"),
	    ROW(WEB_GET, SIDE_API, "/u/{id}/x"),
	    ROW(WEB_GET, SIDE_API, "/{word:text}/5"),
	};
	struct route_match m;

	(void)state;
	routes_find(routes, 5, arena, true, WEB_GET, "/u/me", &m);
	assert_ptr_equal(m.route, &routes[2]);
	routes_find(routes, 5, arena, true, WEB_PUT, "/u/me", &m);
	assert_null(m.route);
	assert_int_equal(m.allowed, WEB_GET);
	routes_find(routes, 5, arena, true, WEB_PUT, "/u/5", &m);
	assert_ptr_equal(m.route, &routes[1]);
	assert_int_equal(m.allowed, WEB_GET | WEB_PUT);
	routes_find(routes, 5, arena, true, WEB_GET, "/v/5", &m);
	assert_ptr_equal(m.route, &routes[4]);
	assert_string_equal(m.args[0].text, "v");
	routes_find(routes, 5, arena, false, WEB_GET, "/u/5", &m);
	assert_int_equal(m.allowed, 0);
	routes_find(routes, 5, arena, true, WEB_GET, "/u/5/x/y", &m);
	assert_int_equal(m.allowed, 0);
	routes_find(routes, 5, arena, true, WEB_GET, "", &m);
	assert_int_equal(m.allowed, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_row_without_a_right_stops_the_start),
	    TEST(a_row_must_be_whole),
	    TEST(two_rows_must_not_mean_the_same),
	    TEST(fixed_parts_go_before_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
