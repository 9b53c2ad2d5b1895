/* SPDX-License-Identifier: MIT */
/* delivery_event_test.c -- The forms of events and of the way up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena_world.h"
#include "base/str.h"
#include "delivery/backoff.h"
#include "delivery/event.h"
#include "delivery/up.h"

static void
an_event_comes_out_as_it_went_in(void **state)
{
	static const char     frame[] = "{\"event\":\"message\",\"data\":{}}";
	struct delivery_event in = {.id = 7, .created_ms = 1234}, out;
	size_t		      len;
	const char	     *text;

	(void)state;
	in.event = (struct outbox_event){.key = 3,
	    .audience = OUTBOX_MEMBERS,
	    .conv_id = UINT64_MAX,
	    .seq = 9,
	    .members_version = 2,
	    .users = {1, 2},
	    .session_id = 5,
	    .except_session = 6,
	    .frame = frame,
	    .frame_len = sizeof(frame) - 1};
	text = event_encode(arena, &in, &len);
	assert_int_equal(event_decode(text, len, &out), 0);
	assert_int_equal(out.id, 7);
	assert_int_equal(out.created_ms, 1234);
	assert_int_equal(out.event.audience, OUTBOX_MEMBERS);
	assert_true(out.event.conv_id == UINT64_MAX);
	assert_int_equal(out.event.members_version, 2);
	assert_memory_equal(
	    out.event.users, in.event.users, sizeof(in.event.users));
	assert_int_equal(out.event.session_id, 5);
	assert_int_equal(out.event.except_session, 6);
	assert_int_equal(out.event.frame_len, sizeof(frame) - 1);
	assert_memory_equal(out.event.frame, frame, sizeof(frame) - 1);
}

static void
an_event_cut_anywhere_in_its_head_is_refused(void **state)
{
	struct delivery_event in = {.id = 7}, out;
	size_t		      len;
	char		     *text;

	(void)state;
	in.event.audience = OUTBOX_USERS;
	in.event.frame = "{}";
	in.event.frame_len = 2;
	text = arena_strdup(arena, event_encode(arena, &in, &len));
	for (size_t cut = 0; cut < len - 2; cut++) {
		char *part = arena_strndup(arena, text, cut);

		assert_int_equal(event_decode(part, cut, &out), -1);
	}
}

static void
events_on_end_come_out_one_by_one_or_not_at_all(void **state)
{
	struct delivery_event in = {
	    .event = {.audience = OUTBOX_USERS, .frame = "{}", .frame_len = 2}};
	struct delivery_event out[3];
	struct strbuf	      text;

	(void)state;
	strbuf_init(&text, arena);
	for (in.id = 1; in.id <= 3; in.id++)
		event_append(&text, &in);
	assert_int_equal(event_decode_all(text.data, text.len, out, 3), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(out[i].id, i + 1);
		assert_int_equal(out[i].event.frame_len, 2);
	}
	assert_int_equal(event_decode_all(text.data, text.len, out, 2), 0);
	for (size_t len = 0; len < text.len; len++)
		assert_true(event_decode_all(text.data, len, out, 3) < 3);
	assert_int_equal(event_decode_all("", 1, out, 3), 0); /* a nudge */
}

static void
what_is_no_event_is_refused(void **state)
{
	static const char *const bad[] = {"", "\n", "1\n", "x 1 2\n",
	    "2 1 1 1 1 1 1 1 1 1 1 1 1 1\n{}",
	    "1 1 1 1 9 1 1 1 1 1 1 1 1 1\n{}",
	    "1 1 1 1 1 1 1 1 1 1 1 1 1 -1\n{}",
	    "1 1 1 1 1 1 1 1 1 1 1 1 1 99999999999999999999\n{}"};
	struct delivery_event	 out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    event_decode(bad[i], strlen(bad[i]), &out), -1);
}

static void
users_of_a_row_are_read_and_written(void **state)
{
	struct outbox_event o = {.users = {17, 4}}, back;

	(void)state;
	assert_string_equal(event_users_text(arena, &o), "17 4");
	assert_int_equal(event_users_parse("17 4", &back), 0);
	assert_memory_equal(back.users, o.users, sizeof(o.users));
	assert_int_equal(event_users_parse("", &back), 0);
	assert_int_equal(back.users[0], 0);
	assert_int_equal(event_users_parse("1 2 3 4 5", &back), -1);
	assert_int_equal(event_users_parse("x", &back), -1);
}

static void
what_a_hub_says_comes_out_as_it_went_in(void **state)
{
	struct up_pair pairs[] = {{1, 2}, {3, UINT64_MAX}};
	struct up      in = {.kind = UP_REPLAY,
			   .node = "n1",
			   .socket = 4,
			   .request = 5,
			   .session_id = 6,
			   .user_id = 7,
			   .opened_ms = 11,
			   .since_ms = 10,
			   .at = {8, 9},
			   .pairs = pairs,
			   .npairs = 2},
		  out;
	size_t	    len;
	const char *text = up_encode(arena, &in, &len);

	(void)state;
	assert_string_equal(text, "replay n1 4 5 6 7 11 10 8 9 1 2 3 "
				  "18446744073709551615");
	assert_int_equal(len, strlen(text));
	assert_int_equal(up_decode(arena, text, &out), 0);
	assert_int_equal(out.kind, UP_REPLAY);
	assert_string_equal(out.node, "n1");
	assert_int_equal(out.at.conv_id, 8);
	assert_int_equal(out.npairs, 2);
	assert_memory_equal(out.pairs, pairs, sizeof(pairs));
}

static void
every_kind_of_word_up_is_understood(void **state)
{
	static const struct {
		const char  *text;
		enum up_kind kind;
	} good[] = {
	    {"started n1", UP_STARTED},
	    {"connect n1 1 2 3 4 5 1", UP_CONNECT},
	    {"replay n1 1 2 3 4 5 0 0 0", UP_REPLAY},
	    {"offline n1 4", UP_OFFLINE},
	    {"ack 3 4 5 6", UP_ACK},
	    {"typing 3 4 5", UP_TYPING},
	};
	static const char *const bad[] = {"", "started", "started ",
	    "connect n1 1 2 3 4 5", "connect n1 1 2 3 4 5 1 1", "ack 3 4 5",
	    "typing 3 4 -5", "typing 3  4 5", "dance 1",
	    "offline aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 4"};
	struct up		 up;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(up_decode(arena, good[i].text, &up), 0);
		assert_int_equal(up.kind, good[i].kind);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(up_decode(arena, bad[i], &up), -1);
}

static void
back_off_doubles_up_to_its_cap(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(0, 50, 1000), 50);
	assert_int_equal(backoff_ms(1, 50, 1000), 100);
	assert_int_equal(backoff_ms(4, 50, 1000), 800);
	assert_int_equal(backoff_ms(5, 50, 1000), 1000);
	assert_int_equal(backoff_ms(4000000000u, 50, 1000), 1000);
}

static void
jitter_is_between_half_and_all(void **state)
{
	(void)state;
	assert_int_equal(backoff_jitter_ms(1000, 0), 1000);
	assert_int_equal(backoff_jitter_ms(1000, 500), 500);
	assert_int_equal(backoff_jitter_ms(1000, 501), 1000);
	assert_int_equal(backoff_jitter_ms(0, UINT64_MAX), 0);
	for (uint64_t chance = 0; chance < 2000; chance++) {
		int64_t ms = backoff_jitter_ms(333, chance);

		assert_true(ms >= 166 && ms <= 333);
	}
}

static void
an_event_of_another_version_is_told_by_its_first_numbers(void **state)
{
	static const struct {
		const char *text;
		int	    rc;
	} row[] = {
	    {"2 7 1234 3 sideways\n{}", 0},
	    {"1 7 1234 3 9\n", 0},
	    {"1 7 1234 3\n", 0},
	    {"1 7 1234\n3 4", -1},
	    {"1 7 1234 3", -1},
	    {"1 7 x 3 4\n", -1},
	    {"1 7 99999999999999999999 3 4\n", -1},
	    {"\n", -1},
	    {"", -1},
	};
	struct delivery_event d;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
		    event_identify(row[i].text, strlen(row[i].text), &d),
		    row[i].rc);
		if (row[i].rc == 0) {
			assert_int_equal(d.id, 7);
			assert_int_equal(d.created_ms, 1234);
			assert_int_equal(d.event.key, 3);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_comes_out_as_it_went_in),
	    cmocka_unit_test(an_event_cut_anywhere_in_its_head_is_refused),
	    cmocka_unit_test(events_on_end_come_out_one_by_one_or_not_at_all),
	    cmocka_unit_test(what_is_no_event_is_refused),
	    cmocka_unit_test(users_of_a_row_are_read_and_written),
	    cmocka_unit_test(what_a_hub_says_comes_out_as_it_went_in),
	    cmocka_unit_test(every_kind_of_word_up_is_understood),
	    cmocka_unit_test(back_off_doubles_up_to_its_cap),
	    cmocka_unit_test(jitter_is_between_half_and_all),
	    cmocka_unit_test(
		an_event_of_another_version_is_told_by_its_first_numbers),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
