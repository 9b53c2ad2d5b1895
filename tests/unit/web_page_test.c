/* SPDX-License-Identifier: MIT */
/*
 * web_page_test.c -- What a browser gets: pages, forms shown again, errors.
 *
 * The templates are few lines each, made here, that print what they are given.
 */
#include "folder.h"
#include "web_test.h"

#include <sys/stat.h>

#include <stdlib.h>

static const struct web_field fields[] = {
    {.name = "note", .type = FIELD_TEXT, .min = 2, .max = 10},
    {.name = "password", .type = FIELD_SECRET, .min = 8, .max = 100},
    {.name = "to", .type = FIELD_ID, .flags = FIELD_REQUIRED},
    {0},
};

static int
list(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	view_set(view, "items", json_pack("[s]", "<one>"));
	view_page(view, "title", json_string("Things"));
	view_page(view, "items2", json_string("x"));
	return 0;
}

/* The page of a form may lean on what the form did say rightly. */
static int
form(struct req *req, struct view *view, struct err *e)
{
	if (req_u64(req, "to") == 404)
		return err_set(e, ERR_NOT_FOUND, "not_found", "No such page.");
	view_page(view, "to", json_id(req_u64(req, "to")));
	return list(req, view, e);
}

static int
add(struct req *req, struct view *view, struct err *e)
{
	if (req_u64(req, "to") == 1)
		return err_set(e, ERR_FORBIDDEN, "blocked", "You <may> not.");
	if (req_u64(req, "to") == 2)
		return err_set(e, ERR_INTERNAL, "database", "secret");
	return view_created(view, json_object(), "/things?ok=saved");
}

static int
remove_one(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)view;
	(void)e;
	view->location = NULL;
	return 0;
}

static int
broken(struct req *req, struct view *view, struct err *e)
{
	(void)req;
	(void)e;
	view->templ = "broken";
	return 0;
}

static const struct web_route routes[] = {
    {WEB_GET, SIDE_BOTH, "/things", RIGHT_OPTIONAL, list, NULL, "things", NULL,
	NULL, NULL},
    {WEB_POST, SIDE_BOTH, "/things", RIGHT_OPTIONAL, add, fields, NULL, form,
	"things", NULL},
    {WEB_DELETE, SIDE_BOTH, "/things", RIGHT_OPTIONAL, remove_one, NULL, NULL,
	NULL, NULL, NULL},
    {WEB_POST, SIDE_PAGE, "/admin", RIGHT_ADMIN, add, fields, NULL, form,
	"things", NULL},
    {WEB_GET, SIDE_PAGE, "/broken", RIGHT_OPTIONAL, broken, NULL, "x", NULL,
	NULL, NULL},
};

static int
authenticate(struct req *req, struct err *e)
{
	(void)e;
	if (req_cookie(req, WEB_LOGIN_COOKIE) != NULL)
		req->user = (struct web_user){.id = 7,
		    .by_cookie = true,
		    .csrf_token = "token",
		    .cookie = "fresh",
		    .cookie_age_s = 9};
	return 0;
}

static int
decorate(struct req *req, json_t *data, struct err *e)
{
	if (req_header(req, "X-No-Database") != NULL)
		return err_set(e, ERR_UNAVAILABLE, "unavailable", "gone");
	json_object_set_new(data, "me",
	    json_pack("{ssssss}", "id", "7", "locale", "zh", "theme", "dark"));
	return 0;
}

static const struct web_guard guard = {
    .authenticate = authenticate, .decorate = decorate};

static const struct web_program program = {
    "test", routes, sizeof(routes) / sizeof(routes[0]), &guard};

static void
a_page_shows_what_the_api_says(void **state)
{
	struct test_request *t = *state;

	assert_contains(fetch(t, "GET", "/things"), "<li>&lt;one&gt;");
	assert_contains(fetch(t, "GET", "/things"), "<title>Things</title>");
	assert_contains(fetch(t, "GET", "/things"), "Vary: Accept-Language");
	assert_contains(fetch(t, "GET", "/api/v1/things"),
	    "\r\n\r\n{\"items\":[\"<one>\"]}");
	assert_lacks(fetch(t, "GET", "/things"), "Set-Cookie");
}

static void
a_page_knows_its_reader(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=x; theme=light; lang=en");
	r = fetch(t, "GET", "/things?ok=saved&x=%22");
	assert_contains(r, "me=7 lang=zh theme=dark page=things path=/things "
			   "uri=/things?ok=saved&amp;x=%22 csrf=token "
			   "ok=saved 你好;");
	assert_contains(r, "Set-Cookie: " WEB_LOGIN_COOKIE "=fresh;");
	set_env(t, "HTTP_COOKIE", "theme=light; lang=zh");
	assert_contains(fetch(t, "GET", "/things?ok=%3Cb%3E"),
	    "me= lang=zh theme=light page=things path=/things "
	    "uri=/things?ok=%3Cb%3E csrf= ok= 你好;");
	set_env(t, "HTTP_COOKIE", "theme=x\"><b>; lang=xx");
	assert_contains(fetch(t, "GET", "/things"), "lang=en theme=auto");
}

static void
a_change_leads_to_the_next_page(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch_form(t, "/things", "to=5");

	assert_status(r, 303);
	assert_contains(r, "Location: /things?ok=saved\r\n");
	set_env(t, "HTTP_REFERER", "http://chat.example/things?x=1#here");
	r = fetch_form(t, "/things", "_method=DELETE");
	assert_contains(r, "Location: /things?x=1#here\r\n");
	set_env(t, "HTTP_REFERER", "http://evil.example/");
	r = fetch_form(t, "/things", "_method=DELETE");
	assert_contains(r, "Location: /\r\n");
	assert_status(
	    fetch_json(t, "POST", "/api/v1/things", "{\"to\":\"5\"}"), 201);
}

static void
a_form_at_fault_is_shown_again_with_what_was_typed(void **state)
{
	struct test_request *t = *state;
	const char	    *r =
	    fetch_form(t, "/things", "note=%3Cx%3E&password=hunter2&to=nobody");

	assert_status(r, 422);
	assert_contains(r, "error=invalid 422 ");
	assert_contains(r, "note=&lt;x&gt; note_error= ");
	assert_contains(r, "to_error=format");
	assert_contains(r, "password_error=too_short");
	assert_lacks(r, "hunter2");
	r = fetch_form(t, "/things", "note=hello&to=1");
	assert_status(r, 403);
	assert_contains(r, "error=blocked 403 You &lt;may&gt; not.");
	assert_contains(r, "note=hello");
	assert_contains(r, "to=1 ");
}

/* The page that the form stands on is as little theirs as the form. */
static void
who_lacks_the_right_is_not_shown_the_form_either(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=x");
	r = fetch_form(t, "/admin", "to=1");
	assert_status(r, 403);
	assert_contains(r, "oops forbidden 403");
	assert_lacks(r, "Things");
}

static void
an_error_has_its_page(void **state)
{
	struct test_request *t = *state;
	const char	    *r = fetch(t, "GET", "/nothing");

	assert_status(r, 404);
	assert_contains(r, "oops not_found 404");
	r = fetch_form(t, "/things", "to=2");
	assert_status(r, 500);
	assert_contains(r, "oops internal 500");
	assert_lacks(r, "secret");
	r = fetch_form(
	    t, "/things", "to=404&note=x"); /* its form has no page */
	assert_status(r, 422);
	assert_contains(r, "oops invalid 422");
	r = fetch(t, "GET", "/broken");
	assert_status(r, 500);
	assert_contains(r, "oops internal 500");
	assert_contains(r, "X-Request-Id: ");
}

static void
without_a_database_there_is_still_a_page(void **state)
{
	struct test_request *t = *state;
	const char	    *r;

	set_env(t, "HTTP_COOKIE", WEB_LOGIN_COOKIE "=x");
	set_env(t, "HTTP_X_NO_DATABASE", "1");
	r = fetch(t, "GET", "/things");
	assert_status(r, 503);
	assert_contains(r, "Retry-After: ");
	assert_contains(r, "oops unavailable 503");
}

static int
make_home(void **state)
{
	if (folder_set_up(state) == -1)
		return -1;
	folder_make("templates");
	folder_make("templates/lang");
	folder_write("templates/lang/en.hdf", "T {\n hello = Hello\n}\n");
	folder_write("templates/lang/zh.hdf", "T {\n hello = 你好\n}\n");
	folder_write("templates/error.cst",
	    "oops <?cs var:error.code ?> <?cs var:error.status ?>\n");
	folder_write("templates/broken.cst", "<?cs var:a + ?>");
	folder_write("templates/things.cst",
	    "<title><?cs var:title ?></title>me=<?cs var:me.id ?> "
	    "lang=<?cs var:lang ?> theme=<?cs var:theme ?> "
	    "page=<?cs var:page ?> path=<?cs var:path ?> uri=<?cs var:uri ?> "
	    "csrf=<?cs var:csrf_token ?> ok=<?cs var:ok ?> "
	    "<?cs var:T.hello ?>;"
	    "<?cs each:i = items ?><li><?cs var:i ?><?cs /each ?>\n"
	    "error=<?cs var:error.code ?> <?cs var:error.status ?> "
	    "<?cs var:error.detail ?>\n"
	    "note=<?cs var:form.values.note ?> "
	    "note_error=<?cs var:form.errors.note ?> "
	    "to=<?cs var:form.values.to ?> "
	    "to_error=<?cs var:form.errors.to ?> "
	    "password=<?cs var:form.values.password ?> "
	    "password_error=<?cs var:form.errors.password ?>\n");
	return 0;
}

static int
setup(void **state)
{
	struct test_request *t = request_new(&program);
	struct err	     e = {0};

	*state = t;
	return templates_open(
	    &t->web.templates, folder, folder_path("static"), &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REQUEST_TEST(a_page_shows_what_the_api_says),
	    REQUEST_TEST(a_page_knows_its_reader),
	    REQUEST_TEST(a_change_leads_to_the_next_page),
	    REQUEST_TEST(a_form_at_fault_is_shown_again_with_what_was_typed),
	    REQUEST_TEST(who_lacks_the_right_is_not_shown_the_form_either),
	    REQUEST_TEST(an_error_has_its_page),
	    REQUEST_TEST(without_a_database_there_is_still_a_page),
	};

	return cmocka_run_group_tests(tests, make_home, folder_tear_down);
}
