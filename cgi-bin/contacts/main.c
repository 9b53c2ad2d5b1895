/* SPDX-License-Identifier: MIT */
/*
 * main.c -- contacts: who knows whom, who asks, who is barred.
 *
 * The bounds of texts are those of lib/contact, which judges them again for
 * whoever comes another way.
 */
#include "contacts.h"
#include "policy/guard.h"

#define PAGE                                                          \
	{"limit", FIELD_INT, FIELD_QUERY, 1, PAGE_MAX, 0, 0},         \
	{                                                             \
		"cursor", FIELD_STRING, FIELD_QUERY, 1, 64, 0, "0-9." \
	}

static const struct web_field page[] = {PAGE, {0}};

static const struct web_field requests[] = {
    PAGE, {"direction", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "in out"}, {0}};

static const struct web_field asking[] = {
    {"user_id", FIELD_ID, FIELD_REQUIRED, 0, 0, 0, 0},
    {"note", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX, 0,
	0},
    {"greeting", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX,
	0, 0},
    {0}};

static const struct web_field view_of[] = {
    {"remark", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_REMARK_MAX,
	0, 0},
    {"pinned", FIELD_BOOL, 0, 0, 0, 0, 0}, {0}};

static const struct web_field ending[] = {
    {"history", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "keep delete"}, {0}};

static const struct web_field ending_form[] = {
    {"history", FIELD_CHOICE, 0, 0, 0, 0, "keep delete"}, {0}};

static const struct web_field search[] = {
    {"query", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 0, 64, 0, 0}, {0}};

static const struct web_route routes[] = {
    /* -- contacts ------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/contacts", RIGHT_USER, contacts_get, .fields = page},
    {WEB_PATCH, SIDE_BOTH, "/contacts/{user_id}", RIGHT_USER, contact_patch,
	.fields = view_of, .form = user_page, .form_templ = "user"},
    {WEB_DELETE, SIDE_API, "/contacts/{user_id}", RIGHT_USER, contact_remove,
	.fields = ending},
    {WEB_DELETE, SIDE_PAGE, "/contacts/{user_id}", RIGHT_USER, contact_remove,
	.fields = ending_form, .form = user_page, .form_templ = "user"},

    /* -- requests ------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/contact-requests", RIGHT_USER, requests_get,
	.fields = requests},
    {WEB_POST, SIDE_BOTH, "/contact-requests", RIGHT_USER, requests_post,
	.fields = asking, .judge = asking_judge, .form = asked_user_page,
	.form_templ = "user"},
    {WEB_POST, SIDE_BOTH, "/contact-requests/{id}/accept", RIGHT_USER,
	request_accept_post, .form = contacts_page, .form_templ = "contacts"},
    {WEB_POST, SIDE_BOTH, "/contact-requests/{id}/reject", RIGHT_USER,
	request_reject_post, .form = contacts_page, .form_templ = "contacts"},
    {WEB_DELETE, SIDE_BOTH, "/contact-requests/{id}", RIGHT_USER,
	request_remove, .form = contacts_page, .form_templ = "contacts"},

    /* -- blocks --------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/blocks", RIGHT_USER, blocks_get, .fields = page},
    {WEB_PUT, SIDE_BOTH, "/blocks/{user_id}", RIGHT_USER, block_put,
	.form = user_page, .form_templ = "user"},
    {WEB_DELETE, SIDE_BOTH, "/blocks/{user_id}", RIGHT_USER, block_remove,
	.form = user_page, .form_templ = "user"},

    /* -- pages ---------------------------------------------------------- */
    {WEB_GET, SIDE_PAGE, "/contacts", RIGHT_USER, contacts_page,
	.fields = search, .templ = "contacts"},
    {WEB_GET, SIDE_PAGE, "/u/{user_id}", RIGHT_USER, user_page,
	.templ = "user"},
};

int
main(int argc, char **argv)
{
	static const struct web_program program = {"contacts", routes,
	    sizeof(routes) / sizeof(*routes), &policy_guard};

	return web_main(argc, argv, &program);
}
