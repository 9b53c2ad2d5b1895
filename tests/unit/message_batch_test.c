/* SPDX-License-Identifier: MIT */
/* message_batch_test.c -- Many drafts in one transaction, many such at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/db.h"
#include "message_world.h"
#include "servers.h"

enum { BATCH_MAX = 40, BATCHES = 12, EACH = 7, AT_ONCE = 4 };

static const struct db_stmt SHUT_OUT = {
    "UPDATE conversation SET bond = 2 WHERE user_low = ?", "u", NULL};
/* Not innodb_trx: who asks that too often is given the same answer again. */
static const struct db_stmt WAITERS = {
    "SELECT CAST(variable_value AS UNSIGNED) "
    "FROM information_schema.global_status "
    "WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'",
    "", "u"};
static const struct db_stmt READ_SEQ = {
    "SELECT read_seq FROM member WHERE conv_id = ? AND user_id = ?", "uu", "u"};

/*
 * All are friends, the second conversation is ahead of the clock, and
 * everybody has left something unsent and unread.
 */
static const char UNSENT[] =
    "UPDATE conversation SET bond = 1, last_at = IF(id = 2, 1 << 45, 0);"
    "UPDATE member SET draft = 'not yet', marked = 1;";
static const struct db_stmt PLACES = {
    "SELECT CONCAT_WS(' ', m.conv_id, c.last_seq, m.user_id, m.read_seq, "
    "m.delivered_seq, m.marked, m.draft, m.draft_version, "
    "m.last_sent_at = c.last_at) FROM member m "
    "JOIN conversation c ON c.id = m.conv_id WHERE m.conv_id < 3 "
    "ORDER BY m.conv_id, m.user_id",
    "", "s"};

static const char *
client_id(struct world *w, int a, int b)
{
	return arena_printf(w->a, "m-%d-%d", a, b);
}

static void
a_batch_of_any_size_is_whole(void **state)
{
	struct world *w = *state;
	size_t	      total = 0;

	for (size_t n = 1; n <= BATCH_MAX; n++) {
		struct message_draft d[BATCH_MAX];

		for (size_t i = 0; i < n; i++)
			d[i] = draft(i % 3 == 0 ? ANN : BOB, WITH_BOB,
			    client_id(w, (int)n, (int)i), "one of many");
		assert_int_equal(
		    message_send_many(w->app, w->a, d, n, &w->e), 0);
		for (size_t i = 0; i < n; i++) {
			assert_false(d[i].is_refused);
			assert_int_equal(d[i].message.seq, ++total);
		}
	}
	assert_counts(w, total, total);
	assert_dense(w, WITH_BOB, total);
}

static void
each_sender_has_read_up_to_his_last(void **state)
{
	struct world	     *w = *state;
	struct db_rows	      rows;
	struct message_draft  d[] = {draft(ANN, WITH_BOB, "1", "a"),
	     draft(BOB, WITH_BOB, "2", "b"), draft(ANN, WITH_BOB, "3", "c"),
	     draft(BOB, WITH_BOB, "4", "d"), draft(BOB, WITH_BOB, "5", "e")};
	static const uint64_t last[] = {3, 5};

	assert_int_equal(message_send_many(w->app, w->a, d, 5, &w->e), 0);
	for (uint64_t user = ANN; user <= BOB; user++) {
		assert_int_equal(db_find(w->app->db, &READ_SEQ, w->a, &rows,
				     &w->e, (uint64_t)WITH_BOB, user),
		    1);
		assert_int_equal(db_u(&rows, 0, 0), last[user - ANN]);
	}
}

static void
each_is_moved_in_his_own_conversation_only(void **state)
{
	struct world		*w = *state;
	struct db_rows		 rows;
	struct message_draft	 d[] = {draft(ANN, WITH_CYD, "1", "a"),
		draft(ANN, WITH_BOB, "2", "b"), draft(BOB, WITH_BOB, "3", "c")};
	static const char *const places[] = {"1 2 1 1 1 0 1 1",
	    "1 2 2 2 2 0 1 1", "2 1 1 1 1 0 1 1", "2 1 3 0 0 1 not yet 0 0"};

	assert_int_equal(db_run_script(w->app->db, UNSENT, &w->e), 0);
	assert_int_equal(message_send_many(w->app, w->a, d, 3, &w->e), 0);
	assert_int_equal(db_query(w->app->db, &PLACES, w->a, &rows, &w->e), 0);
	assert_int_equal(rows.n, 4);
	for (size_t r = 0; r < rows.n; r++)
		assert_string_equal(db_s(&rows, r, 0), places[r]);
	assert_int_equal(d[0].message.created_ms, INT64_C(1) << 45);
}

/* Some new, some that another process sends, too, some that are refused. */
static int
send_a_mixture(struct world *w, int who)
{
	for (int b = 0; b < BATCHES; b++) {
		struct message_draft d[EACH];

		for (int i = 0; i < EACH; i++)
			d[i] = draft(who % 2 == 0 ? ANN : BOB, WITH_BOB,
			    client_id(w, 1000 + who, b * EACH + i), "own");
		d[1] = draft(ANN, WITH_BOB, client_id(w, 1, b), "shared");
		d[3] = draft(ANN, WITH_CYD, client_id(w, 2, b), "no contact");
		d[5] = draft(BOB, WITH_BOB, client_id(w, 3, b), "shared");
		if (message_send_many(w->app, w->a, d, EACH, &w->e) == -1)
			return 1;
		for (int i = 0; i < EACH; i++)
			if (d[i].is_refused != (i == 3) ||
			    (d[i].is_repeat && i != 1 && i != 5))
				return 2;
	}
	return 0;
}

static void
batches_at_once_send_each_message_once(void **state)
{
	struct world *w = *state;
	uint64_t      n = AT_ONCE * BATCHES * (EACH - 3) + 2 * BATCHES;

	assert_int_equal(at_once(AT_ONCE, send_a_mixture), 0);
	assert_counts(w, n, n);
	assert_dense(w, WITH_BOB, n);
}

/* Everything the batch knows is to be from when it has its locks. */
static int
send_while_locked(int start)
{
	struct world	     w;
	struct message_draft d[2];
	char		     byte;

	world_open(&w);
	(void)!read(start, &byte, 1);
	d[0] = draft(ANN, WITH_BOB, "waits", "may I?");
	d[1] = draft(ANN, WITH_CYD, "later", "and I?");
	if (message_send_many(w.app, w.a, d, 2, &w.e) == -1)
		return 1;
	return d[0].is_refused && strcmp(d[0].why.code, "blocked") == 0 &&
		       d[1].is_refused && strcmp(d[1].why.code, "blocked") == 0
		   ? 0
		   : 2;
}

static bool
is_waiting(void *ctx)
{
	struct world  *w = ctx;
	struct db_rows rows;

	return db_find(w->app->db, &WAITERS, w->a, &rows, &w->e) == 1 &&
	       db_u(&rows, 0, 0) > 0;
}

static int
shut_out(struct db *db, void *ctx, struct err *e)
{
	int	    *gate = ctx;
	struct world other;
	bool	     is_seen;

	if (db_exec(db, &SHUT_OUT, e, (uint64_t)ANN) == -1)
		return -1;
	assert_int_equal(write(*gate, "x", 1), 1);
	world_open(&other);
	is_seen = eventually(is_waiting, &other);
	world_close(&other);
	assert_true(is_seen);
	return 0;
}

static void
who_was_shut_out_while_the_batch_waited_is_refused(void **state)
{
	struct world *w = *state;
	int	      gate[2], status;
	pid_t	      child;

	assert_int_equal(pipe(gate), 0);
	if ((child = fork()) == 0)
		_exit(send_while_locked(gate[0]));
	assert_int_equal(tx_run(w->app->db, shut_out, &gate[1], &w->e), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_counts(w, 0, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_batch_of_any_size_is_whole),
	    TEST(each_sender_has_read_up_to_his_last),
	    TEST(each_is_moved_in_his_own_conversation_only),
	    TEST(batches_at_once_send_each_message_once),
	    TEST(who_was_shut_out_while_the_batch_waited_is_refused),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
