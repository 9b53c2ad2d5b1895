/* SPDX-License-Identifier: MIT */
/*
 * main.c -- accounts: users, sessions, the way in and the settings.
 *
 * It runs as two pools: what hashes a password is sent to the pool `password`
 * by lighttpd, so that logging in starves nothing else.
 *
 * Of a user's own fields the table says only the type; the rest is judged by
 * lib/account, which is asked, too, where a type is wrong.
 */
#include "account/rules.h"
#include "accounts.h"
#include "policy/guard.h"

/* Far above what any rule allows, and far below what hurts. */
enum { ANY = 4096 };

static const struct web_field registration[] = {
    {"username", FIELD_STRING, FIELD_TRIM, 0, ANY, 0, 0},
    {"password", FIELD_SECRET, 0, 0, ANY, 0, 0},
    {"display_name", FIELD_STRING, FIELD_TRIM, 0, ANY, 0, 0},
    {"email", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, ANY, 0, 0},
    {"locale", FIELD_STRING, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field registration_form[] = {
    {"username", FIELD_STRING, FIELD_TRIM, 0, ANY, 0, 0},
    {"password", FIELD_SECRET, 0, 0, ANY, 0, 0},
    {"display_name", FIELD_STRING, FIELD_TRIM, 0, ANY, 0, 0},
    {"email", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, ANY, 0, 0},
    {"next", FIELD_STRING, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field next[] = {
    {"next", FIELD_STRING, FIELD_QUERY, 0, ANY, 0, 0}, {0}};

static const struct web_field search[] = {
    {"query", FIELD_STRING, FIELD_QUERY | FIELD_REQUIRED | FIELD_TRIM, 1, 64, 0,
	0},
    FIELD_LIMIT,
    {"cursor", FIELD_STRING, FIELD_QUERY, 1, 400, 0, "A-Za-z0-9_.-"}, {0}};

static const struct web_field page[] = {
    FIELD_LIMIT, {"cursor", FIELD_ID, FIELD_QUERY, 0, 0, 0, 0}, {0}};

static const struct web_field blocks[] = {
    FIELD_LIMIT, {"cursor", FIELD_STRING, FIELD_QUERY, 1, 64, 0, "0-9."}, {0}};

static const struct web_field profile[] = {
    {"display_name", FIELD_STRING, FIELD_TRIM, 0, ANY, 0, 0},
    {"bio", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, ANY, 0, 0},
    {"email", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, ANY, 0, 0},
    {"locale", FIELD_STRING, 0, 0, ANY, 0, 0},
    {"theme", FIELD_STRING, 0, 0, ANY, 0, 0},
    {"presence", FIELD_STRING, 0, 0, ANY, 0, 0},
    {"hidden", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"page", FIELD_STRING, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field leaving[] = {
    {"password", FIELD_SECRET, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field new_password[] = {
    {"old_password", FIELD_SECRET, 0, 0, ANY, 0, 0},
    {"new_password", FIELD_SECRET, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field login[] = {
    {"login", FIELD_STRING, FIELD_REQUIRED | FIELD_TRIM, 1, EMAIL_MAX, 0, 0},
    {"password", FIELD_SECRET, FIELD_REQUIRED, 1, PASSWORD_MAX, PASSWORD_MAX,
	0},
    {"device", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, DEVICE_MAX, 0, 0},
    {"next", FIELD_STRING, 0, 0, ANY, 0, 0}, {0}};

static const struct web_field refresh[] = {
    {"refresh_token", FIELD_SECRET, FIELD_REQUIRED, 1, 256, 0, 0}, {0}};

static const struct web_route routes[] = {
    /* -- users ---------------------------------------------------------- */
    {WEB_POST, SIDE_API, "/users", RIGHT_PUBLIC, users_post,
	.fields = registration, .judge = registration_judge,
	.bucket = "register"},
    {WEB_GET, SIDE_API, "/users", RIGHT_USER, users_get, .fields = search},
    {WEB_GET, SIDE_API, "/users/me", RIGHT_USER, me_get},
    {WEB_PATCH, SIDE_BOTH, "/users/me", RIGHT_USER, me_patch, .fields = profile,
	.judge = profile_judge, .form = settings_again,
	.form_templ = "settings_profile"},
    {WEB_DELETE, SIDE_BOTH, "/users/me", RIGHT_USER, me_delete,
	.fields = leaving, .form = settings_page,
	.form_templ = "settings_password"},
    {WEB_PUT, SIDE_BOTH, "/users/me/password", RIGHT_USER, me_password_put,
	.fields = new_password, .form = settings_page,
	.form_templ = "settings_password"},
    {WEB_GET, SIDE_API, "/users/{id}", RIGHT_USER, user_get},

    /* -- sessions ------------------------------------------------------- */
    {WEB_POST, SIDE_API, "/sessions", RIGHT_PUBLIC, sessions_post,
	.fields = login, .bucket = "login"},
    {WEB_POST, SIDE_API, "/sessions/refresh", RIGHT_PUBLIC, sessions_refresh,
	.fields = refresh},
    {WEB_GET, SIDE_API, "/sessions", RIGHT_USER, sessions_get, .fields = page},
    {WEB_DELETE, SIDE_BOTH, "/sessions/current", RIGHT_USER,
	session_current_delete},
    {WEB_DELETE, SIDE_BOTH, "/sessions/{id}", RIGHT_USER, session_delete},

    /* -- the way in ----------------------------------------------------- */
    {WEB_GET, SIDE_PAGE, "/login", RIGHT_OPTIONAL, login_page, .fields = next,
	.templ = "login"},
    {WEB_POST, SIDE_PAGE, "/login", RIGHT_PUBLIC, login_post, .fields = login,
	.form = login_page, .form_templ = "login", .bucket = "login"},
    {WEB_GET, SIDE_PAGE, "/register", RIGHT_OPTIONAL, register_page,
	.fields = next, .templ = "register"},
    {WEB_POST, SIDE_PAGE, "/register", RIGHT_PUBLIC, register_post,
	.fields = registration_form, .judge = registration_judge,
	.form = register_page, .form_templ = "register", .bucket = "register"},
    {WEB_GET, SIDE_PAGE, "/setup/{token:text}", RIGHT_PUBLIC, setup_page,
	.templ = "setup"},
    {WEB_POST, SIDE_PAGE, "/setup/{token:text}", RIGHT_PUBLIC, setup_post,
	.fields = registration_form, .judge = registration_judge,
	.form = setup_page, .form_templ = "setup", .bucket = "register"},

    /* -- settings ------------------------------------------------------- */
    {WEB_GET, SIDE_PAGE, "/settings", RIGHT_USER, settings_root},
    {WEB_GET, SIDE_PAGE, "/settings/profile", RIGHT_USER, settings_page,
	.templ = "settings_profile"},
    {WEB_GET, SIDE_PAGE, "/settings/appearance", RIGHT_USER, settings_page,
	.templ = "settings_appearance"},
    {WEB_GET, SIDE_PAGE, "/settings/password", RIGHT_USER, settings_page,
	.templ = "settings_password"},
    {WEB_GET, SIDE_PAGE, "/settings/sessions", RIGHT_USER, settings_sessions,
	.fields = page, .templ = "settings_sessions"},
    {WEB_GET, SIDE_PAGE, "/settings/blocks", RIGHT_USER, settings_blocks,
	.fields = blocks, .templ = "settings_blocks"},
};

int
main(int argc, char **argv)
{
	static const struct web_program program = {
	    "accounts", routes, sizeof routes / sizeof *routes, &policy_guard};

	return web_main(argc, argv, &program);
}
