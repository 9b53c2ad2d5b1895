/* SPDX-License-Identifier: MIT */
/* message_send_test.c -- Sending against a real MariaDB, by many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/process.h"
#include "contact/store.h"
#include "conversation/store.h"
#include "conversation/sync.h"
#include "data/app.h"
#include "data/db.h"
#include "message/message.h"
#include "message/store.h"
#include "sync/store.h"
#include "servers.h"

enum { ANN = 1, BOB, CYD, EVE };
/* Ann talks to Bob, to Cyd (no contact), to Eve (who blocked her). */
enum { WITH_BOB = 1, WITH_CYD, WITH_EVE, ROUNDS = 40, SENDERS = 8, EACH = 30 };

static const struct db_stmt COUNTS = {
    "SELECT (SELECT COUNT(*) FROM message), (SELECT COUNT(*) FROM outbox), "
    "(SELECT last_seq FROM conversation WHERE id = 1)",
    "", "uuu"};

static struct servers *servers;

struct world {
	struct app   *app;
	struct arena *a;
	struct err    e;
};

static void
world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	if (app_open(&w->app, "history", servers->dir, &w->e) == -1) {
		print_error("%s\n", w->e.detail);
		abort();
	}
	w->a = arena_new(0);
}

static void
world_close(struct world *w)
{
	app_close(&w->app);
	arena_free(&w->a);
}

static const char PEOPLE[] =
    "DELETE FROM message; DELETE FROM outbox; DELETE FROM contact;"
    "DELETE FROM block; DELETE FROM member; DELETE FROM conversation;"
    "DELETE FROM user;"
    "INSERT INTO user (id, username, display_name, password_hash, created_at)"
    " VALUES (1, 'ann', 'Ann', '', 0), (2, 'bob', 'Bob', '', 0),"
    " (3, 'cyd', 'Cyd', '', 0), (4, 'eve', 'Eve', '', 0);"
    "INSERT INTO conversation (id, type, user_low, user_high, bond, last_at,"
    " created_at) VALUES (1, 1, 1, 2, 1, 0, 0), (2, 1, 1, 3, 0, 0, 0),"
    " (3, 1, 1, 4, 3, 0, 0);"
    "INSERT INTO member (conv_id, user_id, joined_at) VALUES (1, 1, 0),"
    " (1, 2, 0), (2, 1, 0), (2, 3, 0), (3, 1, 0), (3, 4, 0);"
    "INSERT INTO contact (user_id, contact_id, created_at) VALUES"
    " (1, 2, 0), (2, 1, 0), (1, 4, 0), (4, 1, 0);"
    "INSERT INTO block (user_id, blocked_id, created_at) VALUES (4, 1, 0);";

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_open(w);
	assert_int_equal(db_run_script(w->app->db, PEOPLE, &w->e), 0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

static struct message_draft
draft(uint64_t sender, uint64_t conv, const char *client_id, const char *text)
{
	return (struct message_draft){.sender_id = sender,
	    .conv_id = conv,
	    .client_msg_id = client_id,
	    .content = text};
}

static void
assert_counts(struct world *w, uint64_t messages, uint64_t with_bob)
{
	struct db_rows rows;

	assert_int_equal(db_query(w->app->db, &COUNTS, w->a, &rows, &w->e), 0);
	assert_int_equal(db_u(&rows, 0, 0), messages);
	assert_int_equal(db_u(&rows, 0, 1), messages);
	assert_int_equal(db_u(&rows, 0, 2), with_bob);
}

/* Numbers without a gap, times that never go back, ids of their places. */
static void
assert_dense(struct world *w, uint64_t conv, size_t n)
{
	struct message *list;
	size_t		got;

	assert_int_equal(message_slice(w->app, w->a, conv, 0, UINT64_MAX, 10000,
			     &list, &got, &w->e),
	    0);
	assert_int_equal(got, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i].seq, i + 1);
		assert_int_equal(list[i].id, message_id(conv, i + 1));
		if (i > 0)
			assert_true(
			    list[i].created_ms >= list[i - 1].created_ms);
	}
}

static void
every_statement_fits_the_schema(void **state)
{
	struct world *w = *state;
	const struct db_stmt *(*const tables[])(size_t *) = {message_statements,
	    conversation_statements, conversation_sync_statements,
	    contact_statements, sync_statements};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		size_t		      n;
		const struct db_stmt *stmts = tables[i](&n);

		if (db_prepare_all(w->app->db, stmts, n, &w->e) == -1)
			print_error("%s\n", w->e.detail);
		assert_int_equal(w->e.kind, ERR_NONE);
	}
}

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

/* -- many at once ------------------------------------------------------------
 */

/* Runs fn in n processes that start together; each has its own connection. */
static int
at_once(int n, int (*fn)(struct world *, int i))
{
	pid_t pids[SENDERS];
	int   gate[2], failures = 0, status;

	assert_true(n <= SENDERS);
	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		assert_true(pids[i] != -1);
		if (pids[i] == 0) {
			struct world w;
			char	     byte;

			world_open(&w);
			close(gate[1]);
			(void)!read(gate[0], &byte, 1);
			_exit(fn(&w, i));
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < n; i++)
		failures += waitpid(pids[i], &status, 0) != pids[i] ||
			    !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	return failures;
}

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
	assert_int_equal(db_query(w->app->db, &COUNTS, w->a, &rows, &w->e), 0);
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

/* -- the servers -------------------------------------------------------------
 */

static int
start_all(void **state)
{
	(void)state;
	process_start("message_send_test");
	servers = servers_new();
	servers_start_mysql(servers);
	return servers_make_schema(servers);
}

static int
stop_all(void **state)
{
	(void)state;
	servers_free(&servers);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_statement_fits_the_schema),
	    TEST(a_message_takes_the_next_number_and_the_sender_has_read_it),
	    TEST(time_does_not_go_back_with_the_clock),
	    TEST(one_refused_does_not_fail_the_others),
	    TEST(a_repeat_is_answered_before_rights),
	    TEST(the_other_is_found_by_user_id),
	    TEST(the_same_message_sent_at_once_is_one),
	    TEST(one_id_raced_into_two_conversations_is_one_message),
	    TEST(eight_senders_leave_no_gap),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
