/* SPDX-License-Identifier: MIT */
/* message_rules_test.c -- The truth tables of lib/message/rules.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "message/rules.h"

enum { ANN = 1, BOB = 2, CONV = 9 };

static struct message_draft
draft(void)
{
	return (struct message_draft){.sender_id = ANN,
	    .conv_id = CONV,
	    .client_msg_id = "c1",
	    .type = "text",
	    .content = "hi"};
}

static const char *
expected(const struct message_facts *f)
{
	const struct conversation_standing *s = &f->standing;

	if (!f->exists || s->role == MEMBER_NONE || f->sender_name == NULL)
		return "not_found";
	if (s->type != CONVERSATION_DIRECT)
		return NULL;
	if (s->bond.is_blocked)
		return "blocked";
	return s->bond.is_contact || s->is_open_house ? NULL : "not_a_contact";
}

static void
sending_follows_the_table(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 128; n++) {
		struct message_draft d = draft();
		struct message_facts f = {.exists = n & 1,
		    .standing.role = n & 2 ? MEMBER_MEMBER : MEMBER_NONE,
		    .standing.type =
			n & 4 ? CONVERSATION_DIRECT : CONVERSATION_GROUP,
		    .standing.bond.is_contact = n & 8,
		    .standing.bond.is_blocked = n & 16,
		    .sender_name = n & 32 ? "Ann" : NULL,
		    .standing.is_open_house = n & 64};
		struct err	     e = {0};
		int		     rc = message_may_send(&d, &f, 0, &e);

		if (expected(&f) == NULL)
			assert_int_equal(rc, 0);
		else
			assert_string_equal(e.code, expected(&f));
	}
}

static void
a_reply_is_to_what_was_said_here(void **state)
{
	struct message_facts f = {.exists = true,
	    .standing.role = MEMBER_MEMBER,
	    .standing.type = CONVERSATION_GROUP,
	    .sender_name = "Ann",
	    .last_seq = 4};
	const struct {
		uint64_t reply_to;
		int	 rc;
	} table[] = {{0, 0}, {message_id(CONV, 1), 0}, {message_id(CONV, 4), 0},
	    {message_id(CONV, 5), -1}, {message_id(CONV, 0), -1},
	    {message_id(CONV + 1, 1), -1}, {3, -1}, {UINT64_MAX, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct message_draft d = draft();
		struct err	     e = {0};

		d.reply_to = table[i].reply_to;
		assert_int_equal(message_may_send(&d, &f, 0, &e), table[i].rc);
		if (table[i].rc == -1)
			assert_string_equal(e.fields[0].field, "reply_to");
	}
}

static void
only_the_very_same_is_a_repeat(void **state)
{
	struct message_facts f = {.has_earlier = true,
	    .earlier = {.conv_id = CONV, .type = "text", .content = "hi"}};
	struct message_facts none = {0};
	struct message_draft d = draft();
	struct err	     e = {0};

	(void)state;
	assert_int_equal(message_is_repeat(&d, &none, &e), 0);
	assert_int_equal(message_is_repeat(&d, &f, &e), 1);
	d.content = "ho";
	assert_int_equal(message_is_repeat(&d, &f, &e), -1);
	assert_string_equal(e.code, "client_msg_id_reused");
	assert_int_equal(err_http_status(e.kind), 422);
	d = draft();
	d.conv_id = CONV + 1;
	assert_int_equal(message_is_repeat(&d, &f, &e), -1);
	d = draft();
	d.reply_to = 1;
	assert_int_equal(message_is_repeat(&d, &f, &e), -1);
}

/* n times s. */
static char *
many(const char *s, size_t n)
{
	size_t len = strlen(s);
	char  *text = malloc(n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, s, len);
	text[n * len] = '\0';
	return text;
}

static void
check_content(const char *content, int rc)
{
	struct message_draft d = draft();
	struct err	     e = {0};

	d.content = content;
	assert_int_equal(message_check(&d, &e), rc);
	if (rc == -1) {
		assert_int_equal(e.nfields, 1);
		assert_string_equal(e.fields[0].field, "content");
	}
}

static void
content_is_text_within_bounds(void **state)
{
	static const char *const good[] = {"x", "a\nb\tc", "你好",
	    "👩‍👩‍👧", "שלום", "<script>", " x ",
	    "\xe2\x80\xaa+1 555\xe2\x80\xac"};
	static const char *const bad[] = {"", " ", "\n\t ", "\xe3\x80\x80",
	    "a\001b", "a\rb", "\033[1m", "\x7f", "\xc2\x85", "\xff", "\xc0\x80",
	    "\xed\xa0\x80"};
	const struct {
		const char *unit;
		size_t	    n;
		int	    rc;
	} sizes[] = {{"x", 8000, 0}, {"x", 8001, -1}, {"字", 8000, 0},
	    {"𠮷", 6144, 0}, {"𠮷", 6145, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_content(good[i], 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_content(bad[i], -1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *text = many(sizes[i].unit, sizes[i].n);

		check_content(text, sizes[i].rc);
		free(text);
	}
	check_content(NULL, -1);
}

static void
everything_that_is_wrong_is_told(void **state)
{
	struct message_draft d = {
	    .sender_id = ANN, .client_msg_id = "a b", .content = ""};
	struct err e = {0};

	(void)state;
	assert_int_equal(message_check(&d, &e), -1);
	assert_int_equal(e.nfields, 3);
	assert_string_equal(e.fields[0].field, "conv_id");
	assert_string_equal(e.fields[1].field, "client_msg_id");
	assert_string_equal(e.fields[2].field, "content");
}

static void
a_place_is_an_id_and_back(void **state)
{
	static const uint64_t places[][2] = {
	    {1, 1}, {1, UINT32_MAX}, {UINT32_MAX, 1}, {7, 0}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct message_place p =
		    message_place(message_id(places[i][0], places[i][1]));

		assert_int_equal(p.conv_id, places[i][0]);
		assert_int_equal(p.seq, places[i][1]);
	}
}

static void
what_was_recalled_is_known_by_its_digest(void **state)
{
	struct message_draft draft = {
	    .conv_id = 5, .type = "text", .content = "gone by now"};
	struct message_facts facts = {.has_earlier = true,
	    .earlier = {
		.conv_id = 5, .type = "text", .content = "", .recalled_ms = 1}};
	struct err	     e = {0};

	(void)state;
	/* Of old ones there is none: that it was said is all that is known. */
	assert_int_equal(message_is_repeat(&draft, &facts, &e), 1);
	facts.recalled_said = "abc";
	facts.draft_said = "abc";
	assert_int_equal(message_is_repeat(&draft, &facts, &e), 1);
	facts.draft_said = "abd";
	assert_int_equal(message_is_repeat(&draft, &facts, &e), -1);
	assert_string_equal(e.code, "client_msg_id_reused");
	facts.draft_said = "abc";
	draft.reply_to = message_id(5, 1); /* but not to something else */
	assert_int_equal(message_is_repeat(&draft, &facts, &e), -1);
	draft.reply_to = 0;
	facts.earlier.conv_id = 6; /* nor elsewhere */
	assert_int_equal(message_is_repeat(&draft, &facts, &e), -1);
}

static void
a_reply_is_to_what_is_seen(void **state)
{
	struct message_draft draft = {
	    .conv_id = 5, .type = "text", .content = "x"};
	struct message_facts facts = {.exists = true,
	    .type = CONVERSATION_GROUP,
	    .last_seq = 9,
	    .sender_name = "Ann",
	    .standing = {.type = CONVERSATION_GROUP,
		.role = MEMBER_MEMBER,
		.floor_seq = 4}};

	(void)state;
	for (uint64_t seq = 0; seq <= 11; seq++) {
		struct err e = {0};
		int	   want = seq > 4 && seq <= 9 ? 0 : -1;

		draft.reply_to = message_id(5, seq);
		assert_int_equal(message_may_send(&draft, &facts, 0, &e), want);
		if (want == -1)
			assert_true(err_has_field(&e, "reply_to"));
	}
}

static void
status_is_the_callers_view(void **state)
{
	struct conversation c = {.read_seq = 5,
	    .delivered_seq = 6,
	    .peer_read_seq = 2,
	    .peer_delivered_seq = 4};

	(void)state;
	assert_string_equal(message_status(&c, ANN, ANN, 2), "read");
	assert_string_equal(message_status(&c, ANN, ANN, 3), "delivered");
	assert_string_equal(message_status(&c, ANN, ANN, 5), "sent");
	assert_string_equal(message_status(&c, ANN, BOB, 5), "read");
	assert_string_equal(message_status(&c, ANN, BOB, 6), "delivered");
	assert_string_equal(message_status(&c, ANN, BOB, 7), "sent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sending_follows_the_table),
	    cmocka_unit_test(a_reply_is_to_what_was_said_here),
	    cmocka_unit_test(only_the_very_same_is_a_repeat),
	    cmocka_unit_test(content_is_text_within_bounds),
	    cmocka_unit_test(everything_that_is_wrong_is_told),
	    cmocka_unit_test(a_place_is_an_id_and_back),
	    cmocka_unit_test(what_was_recalled_is_known_by_its_digest),
	    cmocka_unit_test(a_reply_is_to_what_is_seen),
	    cmocka_unit_test(status_is_the_callers_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
