/* SPDX-License-Identifier: MIT */
/* message_writer_wire_test.c -- Drafts and fates go over the wire whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena_world.h"
#include "message/writer_wire.h"

static const struct message_draft ASKED = {.sender_id = 7,
    .conv_id = UINT64_C(1) << 40,
    .client_msg_id = "c-1",
    .type = "text",
    .content = "h\xc3\xa9llo\n\"world\"",
    .reply_to = 99,
    .talk = {.last_seq = 11,
	.last_at_ms = 1700000000000,
	.people = {7, 8},
	.bond = 1,
	.members_version = 2,
	.sender_name = "Ann"}};

static void
assert_talk(const struct message_talk *talk, const struct message_talk *wanted)
{
	assert_int_equal(talk->last_seq, wanted->last_seq);
	assert_int_equal(talk->last_at_ms, wanted->last_at_ms);
	assert_memory_equal(talk->people, wanted->people, sizeof(talk->people));
	assert_int_equal(talk->bond, wanted->bond);
	assert_int_equal(talk->members_version, wanted->members_version);
	if (wanted->sender_name == NULL)
		assert_null(talk->sender_name);
	else
		assert_string_equal(talk->sender_name, wanted->sender_name);
}

/* What the worker makes of what the writer says of this draft. */
static int
told(const struct message_draft *fate, const struct err *failed,
    struct message_draft *asked, struct err *e)
{
	struct strbuf out;

	*asked = ASKED;
	strbuf_init(&out, arena);
	writer_put_fate(&out, fate, failed);
	return writer_get_fate(arena, out.data, out.len, asked, e);
}

static void
a_draft_arrives_as_it_was(void **state)
{
	struct strbuf	     out;
	struct message_draft d;

	(void)state;
	strbuf_init(&out, arena);
	writer_put_draft(&out, &ASKED);
	assert_int_equal(writer_get_draft(arena, out.data, out.len, &d), 0);
	assert_int_equal(d.sender_id, ASKED.sender_id);
	assert_int_equal(d.conv_id, ASKED.conv_id);
	assert_int_equal(d.reply_to, ASKED.reply_to);
	assert_int_equal(d.to, 0);
	assert_string_equal(d.client_msg_id, ASKED.client_msg_id);
	assert_string_equal(d.type, ASKED.type);
	assert_string_equal(d.content, ASKED.content);
	assert_talk(&d.talk, &ASKED.talk);
}

static void
a_new_message_is_the_draft_and_its_place(void **state)
{
	struct message_draft fate = ASKED, d;
	struct err	     e = {0};

	(void)state;
	fate.message.seq = 12;
	fate.message.created_ms = 1700000000123;
	fate.message.sender_name = "Ann \xe4\xb8\xad";
	fate.message.mentions = "7:bob";
	fate.talk.last_seq = 12;
	fate.talk.sender_name = "Ann \xe4\xb8\xad";
	assert_int_equal(told(&fate, NULL, &d, &e), 1);
	assert_false(d.is_refused);
	assert_false(d.is_repeat);
	assert_int_equal(d.message.id, message_id(ASKED.conv_id, 12));
	assert_int_equal(d.message.seq, 12);
	assert_int_equal(d.message.sender_id, ASKED.sender_id);
	assert_int_equal(d.message.reply_to, ASKED.reply_to);
	assert_int_equal(d.message.created_ms, 1700000000123);
	assert_string_equal(d.message.sender_name, "Ann \xe4\xb8\xad");
	assert_string_equal(d.message.mentions, "7:bob");
	assert_string_equal(d.message.content, ASKED.content);
	assert_string_equal(d.message.client_msg_id, ASKED.client_msg_id);
	assert_string_equal(d.message.status, "sent");
	assert_talk(&d.talk, &fate.talk);
}

static void
of_what_is_no_talk_nothing_is_told(void **state)
{
	struct message_draft fate = ASKED, d;
	struct err	     e = {0};

	(void)state;
	memset(&fate.talk, 0, sizeof(fate.talk));
	fate.message.seq = 12;
	fate.message.mentions = "";
	assert_int_equal(told(&fate, NULL, &d, &e), 1);
	assert_talk(&d.talk, &fate.talk);
}

static void
a_repeat_is_what_was_stored(void **state)
{
	struct message_draft fate = ASKED, d;
	struct err	     e = {0};

	(void)state;
	fate.is_repeat = true;
	fate.message = (struct message){.conv_id = ASKED.conv_id,
	    .seq = 3,
	    .sender_id = 7,
	    .sender_type = "user",
	    .client_msg_id = "c-1",
	    .type = "text",
	    .content = "edited",
	    .mentions = "7:bob 0:all",
	    .created_ms = 5,
	    .edited_ms = 6,
	    .recalled_ms = 7,
	    .status = "read"};
	assert_int_equal(told(&fate, NULL, &d, &e), 1);
	assert_true(d.is_repeat);
	assert_int_equal(d.message.id, message_id(ASKED.conv_id, 3));
	assert_null(d.message.sender_name);
	assert_string_equal(d.message.content, "edited");
	assert_string_equal(d.message.mentions, "7:bob 0:all");
	assert_string_equal(d.message.status, "read");
	assert_int_equal(d.message.edited_ms, 6);
	assert_int_equal(d.message.recalled_ms, 7);
}

static void
a_refusal_says_why_with_every_field(void **state)
{
	struct message_draft fate = ASKED, d;
	struct err	     e = {0};

	(void)state;
	fate.is_refused = true;
	err_field(&fate.why, "reply_to", "unknown", "No %s.", "such message");
	err_field(&fate.why, "content", "too_long", "At most %d.", 8000);
	assert_int_equal(told(&fate, NULL, &d, &e), 1);
	assert_true(d.is_refused);
	assert_int_equal(d.why.kind, ERR_INVALID);
	assert_string_equal(d.why.code, "invalid");
	assert_int_equal(d.why.nfields, 2);
	assert_string_equal(d.why.fields[0].field, "reply_to");
	assert_string_equal(d.why.fields[1].code, "too_long");
	assert_string_equal(d.why.fields[1].detail, "At most 8000.");
}

static void
a_failure_is_no_fate(void **state)
{
	struct message_draft fate = ASKED, d;
	struct err	     failed = {0}, e = {0};

	(void)state;
	err_set(&failed, ERR_UNAVAILABLE, "unavailable", "MariaDB: gone");
	failed.retry_after_s = 1;
	assert_int_equal(told(&fate, &failed, &d, &e), 0);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	assert_int_equal(e.retry_after_s, 1);
	assert_string_equal(e.detail, "MariaDB: gone");
	assert_false(d.is_refused);
}

static void
what_is_cut_or_longer_or_other_is_not_understood(void **state)
{
	struct strbuf	     draft, fate;
	struct message_draft d = ASKED, out;
	struct err	     e = {0};

	(void)state;
	strbuf_init(&draft, arena);
	writer_put_draft(&draft, &ASKED);
	strbuf_init(&fate, arena);
	d.is_refused = true;
	err_field(&d.why, "content", "required", "Say something.");
	writer_put_fate(&fate, &d, NULL);
	for (size_t n = 0; n < draft.len; n++)
		assert_int_equal(
		    writer_get_draft(arena, draft.data, n, &out), -1);
	for (size_t n = 0; n < fate.len; n++)
		assert_int_equal(
		    writer_get_fate(arena, fate.data, n, &out, &e), -1);
	strbuf_addc(&draft, '\0');
	strbuf_addc(&fate, '\0');
	assert_int_equal(
	    writer_get_draft(arena, draft.data, draft.len, &out), -1);
	assert_int_equal(
	    writer_get_fate(arena, fate.data, fate.len, &out, &e), -1);
	assert_int_equal(
	    writer_get_draft(arena, fate.data, fate.len - 1, &out), -1);
	/* Lengths beyond the end, kinds and counts that there are not. */
	for (size_t i = 0; i + 1 < fate.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			fate.data[i] = (char)(fate.data[i] ^ (1 << bit));
			(void)writer_get_fate(
			    arena, fate.data, fate.len - 1, &out, &e);
			fate.data[i] = (char)(fate.data[i] ^ (1 << bit));
		}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_set_up, arena_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_draft_arrives_as_it_was),
	    TEST(a_new_message_is_the_draft_and_its_place),
	    TEST(of_what_is_no_talk_nothing_is_told),
	    TEST(a_repeat_is_what_was_stored),
	    TEST(a_refusal_says_why_with_every_field),
	    TEST(a_failure_is_no_fate),
	    TEST(what_is_cut_or_longer_or_other_is_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
