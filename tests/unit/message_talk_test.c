/* SPDX-License-Identifier: MIT */
/*
 * message_talk_test.c -- What is known of a talk saves a trip, and no more.
 *
 * Whatever somebody else changed meanwhile, a send comes out as if all had been
 * asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/metrics.h"
#include "data/db.h"
#include "message_world.h"
#include "servers.h"

enum { SENDERS = 8, EACH = 30 };

static const struct db_stmt LAST_FRAME = {
    "SELECT frame FROM outbox ORDER BY id DESC LIMIT 1", "", "s"};

static void
say(struct world *w, uint64_t sender, const char *client_id, uint64_t seq)
{
	struct message_draft d = draft(sender, WITH_BOB, client_id, "hi");

	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_false(d.is_repeat);
	assert_int_equal(d.message.seq, seq);
}

static void
change(struct world *w, const char *sql)
{
	assert_int_equal(db_run_script(w->app->db, sql, &w->e), 0);
}

static void
who_has_spoken_before_is_one_trip(void **state)
{
	struct world *w = *state;
	int64_t	      asked;

	say(w, ANN, NULL, 1);
	say(w, BOB, NULL, 2);
	for (uint64_t seq = 3; seq < 9; seq++) {
		asked = metric_get(METRIC_DB_QUERIES);
		say(w, seq % 2 == 0 ? ANN : BOB, NULL, seq);
		assert_int_equal(metric_get(METRIC_DB_QUERIES) - asked, 1);
	}
	assert_counts(w, 8, 8);
	assert_dense(w, WITH_BOB, 8);
}

static void
what_another_process_said_is_counted(void **state)
{
	struct world *w = *state, other;

	world_open(&other);
	say(w, ANN, NULL, 1);
	say(&other, BOB, NULL, 2);
	say(&other, BOB, NULL, 3);
	say(w, ANN, NULL, 4);
	say(&other, BOB, NULL, 5);
	world_close(&other);
	assert_counts(w, 5, 5);
	assert_dense(w, WITH_BOB, 5);
}

static void
who_was_shut_out_meanwhile_is_refused(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = draft(ANN, WITH_BOB, NULL, "hi");

	say(w, ANN, NULL, 1);
	say(w, ANN, NULL, 2);
	change(w, "UPDATE conversation SET bond = 3 WHERE id = 1");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
		assert_string_equal(w->e.code, "blocked");
		err_clear(&w->e);
	}
	assert_counts(w, 2, 2);
	change(w, "UPDATE conversation SET bond = 1 WHERE id = 1");
	say(w, ANN, NULL, 3);
	say(w, ANN, NULL, 4);
}

static void
a_new_name_is_told_at_once(void **state)
{
	struct world  *w = *state;
	struct db_rows rows;

	say(w, ANN, NULL, 1);
	change(w, "UPDATE user SET display_name = 'ANN' WHERE id = 1");
	say(w, ANN, NULL, 2);
	assert_int_equal(
	    db_find(w->app->db, &LAST_FRAME, w->a, &rows, &w->e), 1);
	assert_non_null(strstr(db_s(&rows, 0, 0), "\"display_name\":\"ANN\""));
}

static void
who_has_gone_says_nothing(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = draft(ANN, WITH_BOB, NULL, "hi");

	say(w, ANN, NULL, 1);
	change(w, "UPDATE user SET status = 2 WHERE id = 1");
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
	assert_counts(w, 1, 1);
}

static void
a_repeat_is_known_for_one(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = draft(ANN, WITH_BOB, "once", "hi");

	say(w, ANN, "once", 1);
	say(w, ANN, "then", 2);
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_true(d.is_repeat);
	assert_int_equal(d.message.seq, 1);
	say(w, ANN, "last", 3);
	assert_counts(w, 3, 3);
}

/* What a caller believes is made sure of like what is known here. */
static void
a_wrong_belief_does_no_harm(void **state)
{
	struct world	    *w = *state;
	struct message_talk  wrong = {.last_seq = 9,
	     .people = {ANN, EVE},
	     .bond = 1,
	     .members_version = 1,
	     .sender_name = "Somebody"};
	struct message_draft d = draft(ANN, WITH_EVE, NULL, "hi");

	d.talk = wrong;
	assert_int_equal(message_send_many(w->app, w->a, &d, 1, &w->e), 0);
	assert_true(d.is_refused);
	assert_string_equal(d.why.code, "blocked");
	assert_int_equal(d.talk.last_seq, 0);
	d = draft(ANN, WITH_BOB, NULL, "hi");
	d.talk = wrong;
	assert_int_equal(message_send_many(w->app, w->a, &d, 1, &w->e), 0);
	assert_int_equal(d.message.seq, 1);
	assert_string_equal(d.message.sender_name, "Ann");
	assert_int_equal(d.talk.last_seq, 1);
	assert_string_equal(d.talk.sender_name, "Ann");
}

/* A batch where all is known, one where something is not so, and again. */
static void
a_batch_is_one_trip_or_all_is_asked(void **state)
{
	struct world *w = *state;

	change(w, "UPDATE conversation SET bond = 1");
	for (uint64_t round = 0; round < 4; round++) {
		struct message_draft d[] = {
		    draft(ANN, WITH_BOB, NULL, "one"),
		    draft(ANN, WITH_CYD, NULL, "two"),
		    draft(BOB, WITH_BOB, NULL, "three"),
		    draft(ANN, WITH_EVE, NULL, "four"),
		    draft(ANN, WITH_BOB, NULL, "five"),
		};
		size_t	n = sizeof(d) / sizeof(d[0]);
		int64_t asked = metric_get(METRIC_DB_QUERIES);

		if (round == 2)
			change(w, "UPDATE conversation SET members_version = 7 "
				  "WHERE id = 2");
		assert_int_equal(
		    message_send_many(w->app, w->a, d, n, &w->e), 0);
		asked = metric_get(METRIC_DB_QUERIES) - asked;
		if (round % 2 == 1)
			assert_int_equal(asked, 1);
		else
			assert_true(asked > 1);
		for (size_t i = 0; i < n; i++)
			assert_false(d[i].is_refused || d[i].is_repeat);
		assert_int_equal(d[1].message.seq, round + 1);
		assert_int_equal(d[4].message.seq, 3 * (round + 1));
	}
	assert_counts(w, 20, 12);
	assert_dense(w, WITH_BOB, 12);
}

static int
talk_on(struct world *w, int i)
{
	for (int k = 0; k < EACH; k++) {
		struct message_draft d =
		    draft(i % 2 == 0 ? ANN : BOB, WITH_BOB, NULL, "hi");

		if (message_send(w->app, w->a, &d, &w->e) == -1) {
			print_error("%s\n", w->e.detail);
			return 1;
		}
	}
	return 0;
}

/* Each believes it was the last to speak, and nearly always is wrong. */
static void
all_at_once_leave_no_gap(void **state)
{
	struct world *w = *state;

	assert_int_equal(at_once(SENDERS, talk_on), 0);
	assert_counts(w, SENDERS * EACH, SENDERS * EACH);
	assert_dense(w, WITH_BOB, SENDERS * EACH);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_has_spoken_before_is_one_trip),
	    TEST(what_another_process_said_is_counted),
	    TEST(who_was_shut_out_meanwhile_is_refused),
	    TEST(a_new_name_is_told_at_once),
	    TEST(who_has_gone_says_nothing),
	    TEST(a_repeat_is_known_for_one),
	    TEST(a_wrong_belief_does_no_harm),
	    TEST(a_batch_is_one_trip_or_all_is_asked),
	    TEST(all_at_once_leave_no_gap),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
