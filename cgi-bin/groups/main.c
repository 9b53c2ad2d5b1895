/* SPDX-License-Identifier: MIT */
/*
 * main.c -- groups: who is in them, who may do what, and the ways in and out.
 *
 * Groups are opened, arranged and dissolved where all conversations are: in
 * the program history.
 */
#include "groups.h"
#include "policy/guard.h"

#define PAGE                                                          \
	FIELD_LIMIT,                                                  \
	{                                                             \
		"cursor", FIELD_STRING, FIELD_QUERY, 1, 64, 0, "0-9." \
	}

static const struct web_field page[] = {PAGE, {0}};

static const struct web_field adding[] = {{"user_id", FIELD_ID, 0, 0, 0, 0, 0},
    {"user_ids", FIELD_ID_LIST, 0, 1, GROUP_ADD_MAX, 0, 0}, {0}};

#define MEMBER                                                           \
	{"role", FIELD_CHOICE, 0, 0, 0, 0, "admin member"},              \
	    {"permissions", FIELD_WORDS, 0, 0, 0, 0,                     \
		"invite remove mute edit pin delete_messages"},          \
	    {"nickname", FIELD_STRING, FIELD_TRIM | FIELD_NULLABLE, 0,   \
		GROUP_NICKNAME_MAX, 0, 0},                               \
	{                                                                \
		"muted_until", FIELD_STRING, FIELD_NULLABLE, 1, 40, 0, 0 \
	}

static const struct web_field member[] = {MEMBER, {0}};

/* A form counts from when it is sent: see req_moment(). */
static const struct web_field member_form[] = {MEMBER,
    {"muted_for", FIELD_INT, 0, 0, WEB_SPAN_MAX_S, 0, 0},
    {"muted_at", FIELD_STRING, 0, 0, 40, 0, 0}, {0}};

static const struct web_field removing[] = {
    {"ban", FIELD_BOOL, FIELD_QUERY, 0, 0, 0, 0}, {0}};

static const struct web_field removing_form[] = {
    {"ban", FIELD_BOOL, 0, 0, 0, 0, 0}, {0}};

static const struct web_field heir[] = {
    {"user_id", FIELD_ID, FIELD_REQUIRED, 0, 0, 0, 0}, {0}};

static const struct web_field heir_form[] = {
    {"user_id", FIELD_ID, FIELD_REQUIRED, 0, 0, 0, 0},
    {"next", FIELD_STRING, 0, 0, 100, 0, 0}, {0}};

static const struct web_field asking[] = {
    {"note", FIELD_TEXT, FIELD_TRIM | FIELD_NULLABLE, 0, GROUP_NOTE_MAX, 0, 0},
    {0}};

#define LINKING                                                                \
	{"expires_at", FIELD_STRING, FIELD_NULLABLE, 1, 40, 0, 0},             \
	{                                                                      \
		"max_uses", FIELD_INT, FIELD_NULLABLE, 1, GROUP_LINK_USES_MAX, \
		    0, 0                                                       \
	}

static const struct web_field linking[] = {LINKING, {0}};

static const struct web_field linking_form[] = {LINKING,
    {"expires_in", FIELD_INT, 0, 0, WEB_SPAN_MAX_S, 0, 0},
    {"expires_on", FIELD_STRING, 0, 0, 40, 0, 0}, {0}};

static const struct web_field search[] = {PAGE,
    {"query", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 0, GROUP_QUERY_MAX, 0, 0},
    {0}};

static const struct web_field finding[] = {PAGE,
    {"query", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 0, GROUP_QUERY_MAX, 0, 0},
    {"list", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, "groups invitations requests"},
    {0}};

static const struct web_route routes[] = {
    /* -- members -------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/conversations/{id}/members", RIGHT_USER, members_get,
	.fields = page},
    {WEB_POST, SIDE_BOTH, "/conversations/{id}/members", RIGHT_USER,
	members_post, .fields = adding, .form = group_page,
	.form_templ = "group"},
    {WEB_PATCH, SIDE_API, "/conversations/{id}/members/{user_id}", RIGHT_USER,
	member_patch, .fields = member, .judge = member_judge},
    {WEB_PATCH, SIDE_PAGE, "/conversations/{id}/members/{user_id}", RIGHT_USER,
	member_patch, .fields = member_form, .judge = member_judge,
	.form = group_page, .form_templ = "group"},
    {WEB_DELETE, SIDE_API, "/conversations/{id}/members/{user_id}", RIGHT_USER,
	member_remove, .fields = removing},
    {WEB_DELETE, SIDE_PAGE, "/conversations/{id}/members/{user_id}", RIGHT_USER,
	member_remove, .fields = removing_form, .form = group_page,
	.form_templ = "group"},
    {WEB_GET, SIDE_API, "/conversations/{id}/bans", RIGHT_USER, bans_get,
	.fields = page},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/bans/{user_id}", RIGHT_USER,
	ban_remove, .form = group_page, .form_templ = "group"},
    {WEB_POST, SIDE_API, "/conversations/{id}/transfer", RIGHT_USER,
	transfer_post, .fields = heir},
    {WEB_POST, SIDE_PAGE, "/conversations/{id}/transfer", RIGHT_USER,
	transfer_post, .fields = heir_form, .form = group_page,
	.form_templ = "group"},

    /* -- ways in -------------------------------------------------------- */
    {WEB_POST, SIDE_BOTH, "/conversations/{id}/join", RIGHT_USER, join_post,
	.fields = asking, .form = card_page, .form_templ = "join"},
    {WEB_GET, SIDE_API, "/conversations/{id}/join-requests", RIGHT_USER,
	requests_get, .fields = page},
    {WEB_POST, SIDE_BOTH, "/conversations/{id}/join-requests", RIGHT_USER,
	requests_post, .fields = asking, .form = card_page,
	.form_templ = "join"},
    {WEB_POST, SIDE_BOTH, "/conversations/{id}/join-requests/{user_id}/accept",
	RIGHT_USER, request_accept_post, .form = group_page,
	.form_templ = "group"},
    {WEB_POST, SIDE_BOTH, "/conversations/{id}/join-requests/{user_id}/reject",
	RIGHT_USER, request_reject_post, .form = group_page,
	.form_templ = "group"},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/join-requests/{user_id}",
	RIGHT_USER, request_remove, .form = group_page, .form_templ = "group"},
    {WEB_GET, SIDE_API, "/join-requests", RIGHT_USER, own_requests_get,
	.fields = page},
    {WEB_GET, SIDE_API, "/conversations/{id}/invitations", RIGHT_USER,
	invitations_get, .fields = page},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/invitations/{user_id}",
	RIGHT_USER, invitation_withdraw, .form = group_page,
	.form_templ = "group"},
    {WEB_GET, SIDE_API, "/invitations", RIGHT_USER, own_invitations_get,
	.fields = page},
    {WEB_POST, SIDE_BOTH, "/invitations/{id}/accept", RIGHT_USER,
	invitation_accept_post, .form = groups_page, .form_templ = "groups"},
    {WEB_POST, SIDE_BOTH, "/invitations/{id}/decline", RIGHT_USER,
	invitation_decline_post, .form = groups_page, .form_templ = "groups"},

    /* -- links ---------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/conversations/{id}/links", RIGHT_USER, links_get,
	.fields = page},
    {WEB_POST, SIDE_API, "/conversations/{id}/links", RIGHT_USER, links_post,
	.fields = linking, .judge = link_judge},
    {WEB_POST, SIDE_PAGE, "/conversations/{id}/links", RIGHT_USER, links_post,
	.fields = linking_form, .judge = link_judge, .form = group_page,
	.form_templ = "group"},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/links/{link_id}", RIGHT_USER,
	link_remove, .form = group_page, .form_templ = "group"},
    {WEB_GET, SIDE_API, "/join/{token:text}", RIGHT_USER, link_get},
    {WEB_POST, SIDE_BOTH, "/join/{token:text}", RIGHT_USER, link_join_post,
	.form = link_page, .form_templ = "join"},

    /* -- from outside --------------------------------------------------- */
    {WEB_GET, SIDE_API, "/groups", RIGHT_USER, directory_get, .fields = search},
    {WEB_GET, SIDE_PAGE, "/groups", RIGHT_USER, groups_page, .fields = finding,
	.templ = "groups"},
    {WEB_GET, SIDE_PAGE, "/groups/new", RIGHT_USER, new_group_page,
	.templ = "group_new"},
    {WEB_GET, SIDE_PAGE, "/join/{token:text}", RIGHT_USER, link_page,
	.templ = "join"},
    {WEB_GET, SIDE_API, "/groups/{id}", RIGHT_USER, group_get},
    {WEB_GET, SIDE_PAGE, "/groups/{id}", RIGHT_USER, card_page,
	.templ = "join"},
    {WEB_GET, SIDE_API, "/world", RIGHT_USER, world_get},
};

int
main(int argc, char **argv)
{
	static const struct web_program program = {
	    "groups", routes, sizeof(routes) / sizeof(*routes), &policy_guard};

	return web_main(argc, argv, &program);
}
