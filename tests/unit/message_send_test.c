/* SPDX-License-Identifier: MIT */
/* message_send_test.c -- Sending against a real MariaDB, by many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conversation/conversation.h"
#include "data/app.h"
#include "data/db.h"
#include "message_world.h"
#include "servers.h"

enum { ROUNDS = 40, SENDERS = 8, EACH = 30 };

static const struct db_stmt WITH_BOBS = {
    "SELECT (SELECT COUNT(*) FROM message), (SELECT COUNT(*) FROM outbox), "
    "(SELECT last_seq FROM conversation WHERE id = 1)",
    "", "uuu"};

static void
a_message_takes_the_next_number_and_the_sender_has_read_it(void **state)
{
	struct world	   *w = *state;
	struct conversation c;

	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct message_draft d = draft(ANN, WITH_BOB, NULL, "hi");

		assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
		assert_int_equal(d.message.seq, seq);
		assert_string_equal(d.message.sender_name, "Ann");
		assert_string_equal(d.message.status, "sent");
		assert_false(d.is_repeat);
	}
	assert_counts(w, 3, 3);
	assert_dense(w, WITH_BOB, 3);
	assert_int_equal(
	    conversation_get(w->app, w->a, ANN, WITH_BOB, &c, &w->e), 0);
	assert_int_equal(c.read_seq, 3);
	assert_int_equal(
	    conversation_get(w->app, w->a, BOB, WITH_BOB, &c, &w->e), 0);
	assert_int_equal(c.read_seq, 0);
	assert_int_equal(conversation_unread(&c), 3);
}

static void
time_does_not_go_back_with_the_clock(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = draft(ANN, WITH_BOB, NULL, "hi");
	int64_t		     ahead = 4102444800000;

	assert_int_equal(
	    db_run_script(w->app->db,
		"UPDATE conversation SET last_at = 4102444800000", &w->e),
	    0);
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_true(d.message.created_ms == ahead);
}

static void
one_refused_does_not_fail_the_others(void **state)
{
	struct world	    *w = *state;
	struct message_draft d[] = {
	    draft(ANN, WITH_BOB, "a", "first"),
	    draft(ANN, WITH_CYD, "b", "no contact"),
	    draft(ANN, WITH_EVE, "c", "blocked"),
	    draft(BOB, WITH_CYD, "d", "not in it"),
	    draft(ANN, 77, "e", "nowhere"),
	    draft(ANN, WITH_BOB, "f", ""),
	    draft(BOB, WITH_BOB, "g", "second"),
	    draft(ANN, WITH_BOB, "a", "first"),
	    draft(ANN, WITH_BOB, "a", "other"),
	    draft(ANN, WITH_BOB, "h", "third"),
	};
	static const struct {
		uint64_t    seq;
		const char *code;
		bool	    is_repeat;
	} fate[] = {{1, NULL, false}, {0, "not_a_contact", false},
	    {0, "blocked", false}, {0, "not_found", false},
	    {0, "not_found", false}, {0, "invalid", false}, {2, NULL, false},
	    {1, NULL, true}, {0, "client_msg_id_reused", false},
	    {3, NULL, false}};
	size_t n = sizeof(d) / sizeof(d[0]);

	assert_int_equal(message_send_many(w->app, w->a, d, n, &w->e), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(d[i].is_refused, fate[i].code != NULL);
		assert_int_equal(d[i].is_repeat, fate[i].is_repeat);
		if (fate[i].code != NULL)
			assert_string_equal(d[i].why.code, fate[i].code);
		else
			assert_int_equal(d[i].message.seq, fate[i].seq);
	}
	assert_counts(w, 3, 3);
	assert_dense(w, WITH_BOB, 3);
}

static void
a_repeat_is_answered_before_rights(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = draft(ANN, WITH_BOB, "x", "hi");

	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_int_equal(db_run_script(w->app->db,
			     "UPDATE conversation SET bond = 0", &w->e),
	    0);
	d = draft(ANN, WITH_BOB, "x", "hi");
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_true(d.is_repeat);
	assert_int_equal(d.message.seq, 1);
	d = draft(ANN, WITH_BOB, "y", "hi");
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
	assert_string_equal(w->e.code, "not_a_contact");
}

static void
the_other_is_found_by_user_id(void **state)
{
	struct world	    *w = *state;
	struct message_draft d = {.sender_id = BOB, .to = ANN, .content = "hi"};

	assert_int_equal(message_send(w->app, w->a, &d, &w->e), 0);
	assert_int_equal(d.message.conv_id, WITH_BOB);
	d = (struct message_draft){
	    .sender_id = BOB, .to = CYD, .content = "hi"};
	assert_int_equal(message_send(w->app, w->a, &d, &w->e), -1);
	assert_string_equal(w->e.code, "not_a_contact");
}

/* -- many at once ---------------------------------------------------------- */

static int
send_the_same(struct world *w, int i)
{
	char id[32];

	(void)i;
	for (int r = 0; r < ROUNDS; r++) {
		struct message_draft d;

		(void)snprintf(id, sizeof(id), "same-%d", r);
		d = draft(ANN, WITH_BOB, id, "twin");
		if (message_send(w->app, w->a, &d, &w->e) == -1)
			return 1;
	}
	return 0;
}

static void
the_same_message_sent_at_once_is_one(void **state)
{
	struct world *w = *state;

	assert_int_equal(at_once(4, send_the_same), 0);
	assert_counts(w, ROUNDS, ROUNDS);
	assert_dense(w, WITH_BOB, ROUNDS);
}

static int
send_to_either(struct world *w, int i)
{
	char id[32];

	for (int r = 0; r < ROUNDS; r++) {
		struct message_draft d;

		(void)snprintf(id, sizeof(id), "either-%d", r);
		d = draft(ANN, i % 2 == 0 ? WITH_BOB : WITH_CYD, id, "twin");
		if (message_send(w->app, w->a, &d, &w->e) == -1 &&
		    strcmp(w->e.code, "client_msg_id_reused") != 0)
			return 1;
		err_clear(&w->e);
	}
	return 0;
}

/* Two conversations have two locks: the unique key decides. */
static void
one_id_raced_into_two_conversations_is_one_message(void **state)
{
	struct world  *w = *state;
	struct db_rows rows;

	assert_int_equal(db_run_script(w->app->db,
			     "UPDATE conversation SET bond = 1", &w->e),
	    0);
	assert_int_equal(at_once(4, send_to_either), 0);
	assert_int_equal(
	    db_query(w->app->db, &WITH_BOBS, w->a, &rows, &w->e), 0);
	assert_int_equal(db_u(&rows, 0, 0), ROUNDS);
	assert_dense(w, WITH_BOB, db_u(&rows, 0, 2));
}

static int
send_many_of_own(struct world *w, int i)
{
	for (int r = 0; r < EACH; r++) {
		struct message_draft d[2] = {
		    draft(i % 2 == 0 ? ANN : BOB, WITH_BOB, NULL, "one"),
		    draft(i % 2 == 0 ? ANN : BOB, WITH_BOB, NULL, "two"),
		};

		if (message_send_many(w->app, w->a, d, 1 + r % 2, &w->e) ==
			-1 ||
		    d[0].is_refused || d[1].is_refused)
			return 1;
		if (r % 2 == 1 && d[1].message.seq != d[0].message.seq + 1)
			return 2;
	}
	return 0;
}

static void
eight_senders_leave_no_gap(void **state)
{
	struct world *w = *state;
	size_t	      n = SENDERS * (EACH + EACH / 2);

	assert_int_equal(at_once(SENDERS, send_many_of_own), 0);
	assert_counts(w, n, n);
	assert_dense(w, WITH_BOB, n);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_message_takes_the_next_number_and_the_sender_has_read_it),
	    TEST(time_does_not_go_back_with_the_clock),
	    TEST(one_refused_does_not_fail_the_others),
	    TEST(a_repeat_is_answered_before_rights),
	    TEST(the_other_is_found_by_user_id),
	    TEST(the_same_message_sent_at_once_is_one),
	    TEST(one_id_raced_into_two_conversations_is_one_message),
	    TEST(eight_senders_leave_no_gap),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
