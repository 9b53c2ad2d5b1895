/* SPDX-License-Identifier: MIT */
/*
 * main.c -- contacts: who knows whom, who asks, who is barred.
 *
 * The bounds of texts are those of lib/contact, which judges them again for
 * whoever comes another way.
 */
#include "contacts.h"
#include "policy/guard.h"

#define PAGE                                                                   \
	FIELD_LIMIT,                                                           \
	{                                                                      \
		"cursor", FIELD_STRING, FIELD_QUERY, 1, 400, 0, "A-Za-z0-9_.-" \
	}

static const struct web_field page[] = {PAGE, {0}};

#define LOOKING                                                               \
	PAGE, {"query", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 0, 64, 0, 0}, \
	    {"filter", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0,                    \
		"shown hidden all"},                                          \
	{                                                                     \
		"label", FIELD_ID, FIELD_QUERY, 0, 0, 0, 0                    \
	}

static const struct web_field contacts[] = {LOOKING, {0}};

static const struct web_field contacts_shown[] = {LOOKING,
    {"list", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0,
	"requests_in requests_out requests_expired"},
    {0}};

static const struct web_field requests[] = {PAGE,
    {"direction", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "in out"},
    {"status", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "pending expired"}, {0}};

static const struct web_field asking[] = {
    {"user_id", FIELD_ID, FIELD_REQUIRED, 0, 0, 0, 0},
    {"note", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX, 0,
	0},
    {"greeting", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX,
	0, 0},
    {0}};

static const struct web_field asking_by_link[] = {
    {"note", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX, 0,
	0},
    {"greeting", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_NOTE_MAX,
	0, 0},
    {0}};

static const struct web_field naming[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED | FIELD_TRIM, 1, CONTACT_LABEL_MAX, 0,
	0},
    {0}};

static const struct web_field view_of[] = {
    {"remark", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0, CONTACT_REMARK_MAX,
	0, 0},
    {"pinned", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"hidden", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"labels", FIELD_ID_LIST, 0, 0, CONTACT_LABELS_MAX, 0, 0}, {0}};

static const struct web_field ending[] = {
    {"history", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "keep delete"}, {0}};

static const struct web_field ending_form[] = {
    {"history", FIELD_CHOICE, 0, 0, 0, 0, "keep delete"}, {0}};

static const struct web_route routes[] = {
    /* -- contacts ------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/contacts", RIGHT_USER, contacts_get,
	.fields = contacts},
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

    /* -- labels --------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/contact-labels", RIGHT_USER, labels_get},
    {WEB_POST, SIDE_BOTH, "/contact-labels", RIGHT_USER, labels_post,
	.fields = naming, .form = contacts_page, .form_templ = "contacts"},
    {WEB_PATCH, SIDE_BOTH, "/contact-labels/{label_id}", RIGHT_USER,
	label_patch, .fields = naming, .form = contacts_page,
	.form_templ = "contacts"},
    {WEB_DELETE, SIDE_BOTH, "/contact-labels/{label_id}", RIGHT_USER,
	label_remove, .form = contacts_page, .form_templ = "contacts"},

    /* -- the link to hand out ------------------------------------------- */
    {WEB_GET, SIDE_API, "/contact-link", RIGHT_USER, link_get},
    {WEB_POST, SIDE_BOTH, "/contact-link", RIGHT_USER, link_post,
	.form = link_page, .form_templ = "contact_link"},
    {WEB_DELETE, SIDE_BOTH, "/contact-link", RIGHT_USER, link_remove,
	.form = link_page, .form_templ = "contact_link"},
    {WEB_GET, SIDE_API, "/add/{token:text}", RIGHT_USER, add_get},
    {WEB_POST, SIDE_BOTH, "/add/{token:text}", RIGHT_USER, add_post,
	.fields = asking_by_link, .form = add_page, .form_templ = "add"},

    /* -- blocks --------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/blocks", RIGHT_USER, blocks_get, .fields = page},
    {WEB_PUT, SIDE_BOTH, "/blocks/{user_id}", RIGHT_USER, block_put,
	.form = user_page, .form_templ = "user"},
    {WEB_DELETE, SIDE_BOTH, "/blocks/{user_id}", RIGHT_USER, block_remove,
	.form = user_page, .form_templ = "user"},

    /* -- pages ---------------------------------------------------------- */
    {WEB_GET, SIDE_PAGE, "/contacts", RIGHT_USER, contacts_page,
	.fields = contacts_shown, .templ = "contacts"},
    {WEB_GET, SIDE_PAGE, "/contacts/link", RIGHT_USER, link_page,
	.templ = "contact_link"},
    {WEB_GET, SIDE_PAGE, "/add/{token:text}", RIGHT_OPTIONAL, add_page,
	.templ = "add"},
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
