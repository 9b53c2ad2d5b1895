/* SPDX-License-Identifier: MIT */
/*
 * main.c -- history: conversations, what is said in them, how far it is read.
 *
 * Whether a send is complete (where to, what) is left to lib/message, which
 * judges everything again for whoever comes another way.
 */
#include "history.h"
#include "policy/guard.h"
#include "sync/sync.h"

#define CURSOR                                                        \
	{                                                             \
		"cursor", FIELD_STRING, FIELD_QUERY, 1, 64, 0, "0-9." \
	}
#define SEQ(name, flags)                                   \
	{                                                  \
		name, FIELD_INT, flags, 0, INT64_MAX, 0, 0 \
	}

/* What is the same for everybody in a group. */
#define SHARED                                                                 \
	{"description", FIELD_TEXT, FIELD_TRIM, 0, GROUP_DESCRIPTION_MAX, 0,   \
	    0},                                                                \
	    {"join_policy", FIELD_CHOICE, 0, 0, 0, 0, "open approval invite"}, \
	    {"from_start", FIELD_BOOL, 0, 0, 0, 0, 0},                         \
	{                                                                      \
		"max_members", FIELD_INT, 0, 1, GROUP_MEMBERS_MAX, 0, 0        \
	}

/* Which conversations a list shows. */
#define FILTER                                                \
	{                                                     \
		"filter", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0, \
		    "all unread groups direct hidden"         \
	}
#define QUERY                                                       \
	{                                                           \
		"query", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 0, \
		    CONVERSATION_QUERY_MAX, 0, 0                    \
	}

static const struct web_field list[] = {FIELD_LIMIT, CURSOR,
    {"hidden", FIELD_BOOL, FIELD_QUERY, 0, 0, 0, 0}, FILTER, QUERY, {0}};

static const struct web_field paging[] = {FIELD_LIMIT, CURSOR, {0}};

static const struct web_field opening[] = {
    {"type", FIELD_CHOICE, FIELD_REQUIRED, 0, 0, 0, "direct group"},
    {"user_id", FIELD_ID, 0, 0, 0, 0, 0},
    {"title", FIELD_STRING, FIELD_TRIM, 0, GROUP_TITLE_MAX, 0, 0},
    {"members", FIELD_ID_LIST, 0, 0, GROUP_ADD_MAX, 0, 0}, SHARED, {0}};

static const struct web_field settings[] = {
    {"title", FIELD_STRING, FIELD_TRIM, 1, GROUP_TITLE_MAX, 0, 0}, SHARED,
    {"avatar", FIELD_STRING, FIELD_NULLABLE, 0, 200, 0, 0},
    {"muted_all", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"slow_mode_s", FIELD_INT, 0, 0, GROUP_SLOW_MAX, 0, 0},
    {"enabled", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"pinned", FIELD_BOOL, 0, 0, 0, 0, 0}, {"muted", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"hidden", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"marked_unread", FIELD_BOOL, 0, 0, 0, 0, 0},
    {"silent_until", FIELD_STRING, FIELD_NULLABLE, 0, 64, 0, 0},
    {"silent_for", FIELD_INT, 0, 0, WEB_SPAN_MAX_S, 0, 0},
    {"silent_at", FIELD_STRING, 0, 0, 32, 0, 0}, {0}};

static const struct web_field reading[] = {SEQ("seq", FIELD_REQUIRED), {0}};

/* As a message; empty: none any more. */
static const struct web_field drafting[] = {
    {"content", FIELD_TEXT, FIELD_REQUIRED, 0, MESSAGE_CHARS_MAX,
	MESSAGE_BYTES_MAX, 0},
    {"version", FIELD_INT, 0, 0, UINT32_MAX, 0, 0}, {0}};
static const struct web_field undrafting[] = {
    {"version", FIELD_INT, FIELD_QUERY, 0, UINT32_MAX, 0, 0}, {0}};

static const struct web_field history[] = {
    {"conv_id", FIELD_ID, FIELD_QUERY | FIELD_REQUIRED, 0, 0, 0, 0},
    SEQ("since_seq", FIELD_QUERY), SEQ("before_seq", FIELD_QUERY),
    SEQ("cursor", FIELD_QUERY), FIELD_LIMIT,
    {"mentioned", FIELD_BOOL, FIELD_QUERY, 0, 0, 0, 0}, {0}};

static const struct web_field sending[] = {{"conv_id", FIELD_ID, 0, 0, 0, 0, 0},
    {"to", FIELD_ID, 0, 0, 0, 0, 0},
    {"client_msg_id", FIELD_STRING, FIELD_NULLABLE, 1, MESSAGE_CLIENT_ID_MAX, 0,
	"!-~"},
    {"type", FIELD_CHOICE, FIELD_NULLABLE, 0, 0, 0, "text"},
    {"content", FIELD_TEXT, 0, 0, MESSAGE_CHARS_MAX, MESSAGE_BYTES_MAX, 0},
    {"reply_to", FIELD_ID, FIELD_NULLABLE, 0, 0, 0, 0}, {0}};

static const struct web_field chat[] = {
    SEQ("before", FIELD_QUERY), SEQ("after", FIELD_QUERY), FILTER, {0}};

static const struct web_field since[] = {
    {"cursor", FIELD_STRING, FIELD_QUERY, 1, SYNC_CURSOR_MAX, 0, 0}, {0}};

static const struct web_field home[] = {CURSOR, FILTER, QUERY, {0}};

/* A cursor of people who were found has a part of a name in it. */
static const struct web_field info[] = {
    {"cursor", FIELD_STRING, FIELD_QUERY, 1, 400, 0, "A-Za-z0-9_.-"},
    {"list", FIELD_CHOICE, FIELD_QUERY, 0, 0, 0,
	"members contacts requests invitations links bans"},
    {"find", FIELD_STRING, FIELD_QUERY | FIELD_TRIM, 1, 64, 0, 0}, {0}};

static const struct web_route routes[] = {
    /* -- conversations -------------------------------------------------- */
    {WEB_GET, SIDE_API, "/conversations", RIGHT_USER, conversations_get,
	.fields = list},
    {WEB_POST, SIDE_BOTH, "/conversations", RIGHT_USER, conversations_post,
	.fields = opening, .judge = opening_judge, .form = opening_page,
	.form_templ = "home"},
    {WEB_GET, SIDE_API, "/conversations/{id}", RIGHT_USER,
	conversation_get_one},
    {WEB_PATCH, SIDE_BOTH, "/conversations/{id}", RIGHT_USER,
	conversation_patch, .fields = settings, .judge = settings_judge,
	.form = info_page, .form_templ = "info"},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}", RIGHT_USER,
	conversation_remove, .form = info_page, .form_templ = "info"},
    {WEB_PUT, SIDE_BOTH, "/conversations/{id}/read", RIGHT_USER,
	conversation_read_put, .fields = reading, .form = chat_page,
	.form_templ = "chat"},
    {WEB_PUT, SIDE_BOTH, "/conversations/{id}/draft", RIGHT_USER,
	conversation_draft_save, .fields = drafting, .form = chat_page,
	.form_templ = "chat"},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/draft", RIGHT_USER,
	conversation_draft_drop, .fields = undrafting, .form = chat_page,
	.form_templ = "chat"},

    {WEB_GET, SIDE_API, "/conversations/{id}/pins", RIGHT_USER, pins_get,
	.fields = paging},
    {WEB_PUT, SIDE_BOTH, "/conversations/{id}/pins/{message_id}", RIGHT_USER,
	pin_put, .form = pins_page, .form_templ = "pins"},
    {WEB_DELETE, SIDE_BOTH, "/conversations/{id}/pins/{message_id}", RIGHT_USER,
	pin_remove, .form = pins_page, .form_templ = "pins"},

    /* -- messages ------------------------------------------------------- */
    {WEB_GET, SIDE_API, "/messages", RIGHT_USER, messages_get,
	.fields = history},
    {WEB_POST, SIDE_BOTH, "/messages", RIGHT_USER, messages_post,
	.fields = sending, .judge = message_judge, .form = sent_chat_page,
	.form_templ = "chat", .bucket = "message"},

    {WEB_DELETE, SIDE_BOTH, "/messages/{id}", RIGHT_USER, message_remove,
	.form = refused_message_page, .form_templ = "message"},

    /* -- both, since the caller last asked -------------------------------- */
    {WEB_GET, SIDE_API, "/sync", RIGHT_USER, sync_get, .fields = since},

    /* -- pages ---------------------------------------------------------- */
    {WEB_GET, SIDE_PAGE, "/", RIGHT_USER, home_page, .fields = home,
	.templ = "home"},
    {WEB_GET, SIDE_PAGE, "/c/{id}", RIGHT_USER, chat_page, .fields = chat,
	.templ = "chat"},
    {WEB_GET, SIDE_PAGE, "/c/{id}/mention", RIGHT_USER, mention_page},
    {WEB_GET, SIDE_PAGE, "/c/{id}/info", RIGHT_USER, info_page, .fields = info,
	.templ = "info"},
    {WEB_GET, SIDE_PAGE, "/c/{id}/pins", RIGHT_USER, pins_page,
	.templ = "pins"},
    {WEB_GET, SIDE_PAGE, "/c/{id}/m/{seq}", RIGHT_USER, message_page,
	.templ = "message"},
    {WEB_GET, SIDE_PAGE, "/c/{id}/leave", RIGHT_USER, leave_page,
	.fields = home, .templ = "leave"},
};

int
main(int argc, char **argv)
{
	static const struct web_program program = {"history", routes,
	    sizeof(routes) / sizeof(*routes), &policy_guard, message_share};

	return web_main(argc, argv, &program);
}
