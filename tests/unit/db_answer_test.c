/* SPDX-License-Identifier: MIT */
/*
 * db_answer_test.c -- An answer that is mixed up, short or too long is none,
 * and what comes after it is not taken for the next one's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "bad_line.h"
#include "data/db_private.h"
#include "db_world.h"
#include "servers.h"

static const struct db_stmt one = {"SELECT 1", "", "u"};
static const struct db_stmt two = {"SELECT 2", "", "u"};
static const struct db_part both[] = {{&one, NULL, 0}, {&two, NULL, 0}};

static int
line_start(void **state)
{
	char line[100], server[100];
	int  rc = things_start(state);

	(void)snprintf(line, sizeof(line), "%s/run/line.sock", servers->dir);
	(void)snprintf(
	    server, sizeof(server), "%s/run/mysql.sock", servers->dir);
	bad_line_start(line, server);
	setenv("PARLEY_MYSQL_SOCKET", line, 1);
	return rc;
}

static uint64_t
session(struct world *w)
{
	if (db_find(w->db, &stmts[SESSION], w->a, &w->rows, &w->e) != 1)
		fail_msg("%s", w->e.detail);
	return db_u(&w->rows, 0, 2);
}

/* Asked in parts and plainly: 0 if told what is so, -1 if it could not be. */
static int
ask_both(struct db *db, void *ctx, struct err *e)
{
	struct world  *w = ctx;
	struct db_rows rows[2];

	if (db_query_parts(db, both, 2, w->a, rows, e) == -1)
		return -1;
	assert_int_equal(rows[0].n, 1);
	assert_int_equal(rows[1].n, 1);
	assert_int_equal(db_u(&rows[0], 0, 0), 1);
	assert_int_equal(db_u(&rows[1], 0, 0), 2);
	return 0;
}

static int
ask_two(struct db *db, void *ctx, struct err *e)
{
	struct world  *w = ctx;
	struct db_rows rows;

	if (db_query(db, &two, w->a, &rows, e) == -1)
		return -1;
	assert_int_equal(rows.n, 1);
	assert_int_equal(db_u(&rows, 0, 0), 2);
	return 0;
}

/*
 * In parts each result is its head, its column, an end, its row, an end: 'a'
 * to 'e' and 'f' to 'j'; 'k' is the status.  What was asked plainly before is
 * told without the column: 'a' to 'd'.
 */
static const struct {
	int (*ask)(struct db *, void *ctx, struct err *);
	size_t	    n;
	const char *order;
} lines[] = {
    {ask_both, 11, "fghijabcdek"}, /* the parts change places */
    {ask_both, 11, "kabcdefghij"}, /* the status before the rows */
    {ask_both, 11, "abcdekfghij"}, /* and among them */
    {ask_both, 11, "abceefghijk"}, /* a part without its row */
    {ask_both, 11, "abcdefghij."}, /* all but the status */
    {ask_both, 11, "abcde."},	   /* one part of two */
    {ask_two, 4, "abccd"},	   /* a row twice */
    {ask_two, 4, "abd"},	   /* a row less */
    {ask_two, 4, "acbd"},	   /* a row in the head */
    {ask_two, 4, "dabc"},
    {ask_two, 4, "abc."},
};

static void
an_answer_that_is_not_whole_is_none(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		uint64_t before = session(w);

		assert_int_equal(ask_both(w->db, w, &w->e), 0);
		assert_int_equal(ask_two(w->db, w, &w->e), 0);
		bad_line_next(lines[i].n, lines[i].order);
		/* What only reads may have been asked again, elsewhere. */
		if (lines[i].ask(w->db, w, &w->e) == -1) {
			assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
			err_clear(&w->e);
		}
		assert_int_not_equal(session(w), before);
	}
}

/* Both travel in one piece, so that no look at the socket shows the second. */
static void
what_comes_after_an_answer_is_not_the_next_ones(void **state)
{
	struct world *w = *state;
	uint64_t      before = session(w);

	assert_int_equal(ask_both(w->db, w, &w->e), 0);
	bad_line_next(11, "abcdefghijkk");
	assert_int_equal(ask_both(w->db, w, &w->e), 0);
	assert_int_equal(ask_two(w->db, w, &w->e), 0);
	assert_int_not_equal(session(w), before);
	assert_int_equal(ask_two(w->db, w, &w->e), 0);
	before = session(w);
	bad_line_next(4, "abcdd");
	assert_int_equal(ask_two(w->db, w, &w->e), 0);
	if (db_exec(w->db, &stmts[CLEAR], &w->e) == -1)
		assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	err_clear(&w->e);
	assert_int_not_equal(session(w), before);
}

static int
ask_with_more(struct db *db, void *ctx, struct err *e)
{
	if (ask_both(db, ctx, e) == -1) /* which opens the transaction */
		return -1;
	bad_line_next(11, "abcdefghijkk");
	return ask_both(db, ctx, e);
}

static void
what_was_said_before_is_no_word_that_all_is_committed(void **state)
{
	struct world *w = *state;
	uint64_t      before = session(w);

	assert_int_equal(ask_both(w->db, w, &w->e), 0);
	assert_int_equal(tx_run(w->db, ask_with_more, w, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	err_clear(&w->e);
	assert_int_not_equal(session(w), before);
}

/* -- errors of the server, which are answers ------------------------------- */

static void
an_error_after_the_rows_is_told(void **state)
{
	static const struct db_stmt asked = {
	    "BEGIN NOT ATOMIC SELECT 1; " DB_STALE " END", "", "u"};
	static const struct db_stmt unasked = {
	    "BEGIN NOT ATOMIC SELECT 1; SELECT 1, 2; " DB_STALE " END", "",
	    NULL};
	struct world *w = *state;
	uint64_t      before = session(w);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    db_query(w->db, &asked, w->a, &w->rows, &w->e), -1);
		assert_int_equal(w->e.kind, ERR_CONFLICT);
		err_clear(&w->e);
		assert_int_equal(db_exec(w->db, &unasked, &w->e), -1);
		assert_int_equal(w->e.kind, ERR_CONFLICT);
		err_clear(&w->e);
		assert_int_equal(ask_both(w->db, w, &w->e), 0);
		assert_int_equal(session(w), before);
	}
}

static void
long_answers_are_counted_to_their_end(void **state)
{
	static const struct db_stmt many = {
	    "SELECT seq FROM seq_1_to_1000", "", "u"};
	struct world *w = *state;
	uint64_t      before = session(w);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    db_query(w->db, &many, w->a, &w->rows, &w->e), 0);
		assert_int_equal(w->rows.n, 1000);
		assert_int_equal(db_u(&w->rows, 999, 0), 1000);
	}
	assert_int_equal(session(w), before);
}

static void
packets_that_never_fitted_are_another_librarys_way(void **state)
{
	MYSQL	  mysql = {.net.pkt_nr = 7};
	struct db db = {.mysql = &mysql, .packet = 1};

	(void)state;
	assert_true(db_has_come(&db, 3));
	mysql.net.pkt_nr = 8; /* a status fits in any way of speaking */
	assert_true(db_has_come(&db, 1));
	mysql.net.pkt_nr = 9;
	assert_true(db_has_come(&db, 4));
	mysql.net.pkt_nr = 12;
	assert_true(db_has_come(&db, 3));
	mysql.net.pkt_nr = 13; /* now that they have, they always must */
	assert_false(db_has_come(&db, 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(an_answer_that_is_not_whole_is_none),
	    DB_TEST(what_comes_after_an_answer_is_not_the_next_ones),
	    DB_TEST(what_was_said_before_is_no_word_that_all_is_committed),
	    DB_TEST(an_error_after_the_rows_is_told),
	    DB_TEST(long_answers_are_counted_to_their_end),
	    cmocka_unit_test(
		packets_that_never_fitted_are_another_librarys_way),
	};

	return cmocka_run_group_tests(tests, line_start, servers_end);
}
