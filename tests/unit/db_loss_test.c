/* SPDX-License-Identifier: MIT */
/*
 * db_loss_test.c -- A MariaDB that dies, falls silent or turns away: what is
 * tried again, what fails, and that nothing is half done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db_world.h"
#include "servers.h"

static void
a_restart_of_mariadb_goes_unnoticed(void **state)
{
	struct world *w = *state;

	add(w, "before", 1);
	servers_signal_mysql(servers, SIGKILL);
	servers_start_mysql(servers);
	add(w, "after", 1);
	assert_int_equal(w->e.kind, ERR_NONE);
	assert_int_equal(
	    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), 1);
}

static bool
answers(void *ctx)
{
	struct world *w = ctx;

	return db_ping(w->db, &w->e) == 0;
}

/* Not refused at once, without a try, but within the time-out. */
static bool
gave_up_after_trying(void *ctx)
{
	struct world *w = ctx;
	int64_t	      start = clock_mono_us(), took;

	assert_int_equal(db_ping(w->db, &w->e), -1);
	took = clock_mono_us() - start;
	assert_true(took < 3000000);
	return took > 100000;
}

static void
ask_in_vain(void *ctx)
{
	struct world *w = ctx;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(
		    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), -1);
}

static void
a_dead_mariadb_costs_nothing_until_it_is_back(void **state)
{
	struct world *w = *state;
	struct cost   cost;

	servers_signal_mysql(servers, SIGKILL);
	assert_int_equal(db_ping(w->db, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	cost = cost_of(ask_in_vain, w);
	assert_in_range(cost.waits, 0, 9); /* of a thousand calls */
	assert_in_range(cost.cpu_us, 0, 100000);
	servers_start_mysql(servers);
	assert_true(eventually(answers, w));
}

/* Another statement's, perhaps: so are those that follow on the connection. */
static void
an_answer_without_its_rows_ends_the_connection(void **state)
{
	static const struct db_stmt mute = {
	    "BEGIN NOT ATOMIC DO 1; END", "", "u"};
	struct world *w = *state;

	add(w, "kept", 1);
	assert_int_equal(db_find(w->db, &mute, w->a, &w->rows, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	err_clear(&w->e);
	assert_int_equal(
	    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), 1);
}

static void
a_silent_mariadb_is_given_up(void **state)
{
	struct world *w = *state;
	int64_t	      start = clock_mono_us();

	/* The server ends the statement itself... */
	assert_int_equal(
	    db_find(w->db, &stmts[SLEEP], w->a, &w->rows, &w->e, (uint64_t)30),
	    -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_us() - start < 8000000);
	/* ... or, if it has stopped, we do. */
	assert_int_equal(db_ping(w->db, &w->e), 0);
	servers_signal_mysql(servers, SIGSTOP);
	start = clock_mono_us();
	assert_int_equal(
	    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	assert_true(clock_mono_us() - start < 8000000);
	/* A new connection is not waited for any longer than that, either. */
	assert_true(eventually(gave_up_after_trying, w));
	servers_signal_mysql(servers, SIGCONT);
	assert_true(eventually(answers, w));
}

static void
a_killed_connection_is_replaced(void **state)
{
	struct world *w = *state;
	struct db    *other;
	uint64_t      id;

	assert_int_equal(
	    db_find(w->db, &stmts[SESSION], w->a, &w->rows, &w->e), 1);
	id = db_u(&w->rows, 0, 2);
	assert_int_equal(db_new(&other, w->config, "other", &w->e), 0);
	assert_int_equal(db_exec(other, &stmts[KILL], &w->e, id), 0);
	assert_true(eventually(answers, w));
	add(w, "later", 1);
	db_free(&other);
}

static void
a_server_that_takes_no_writes_is_not_ours(void **state)
{
	static const struct db_stmt retire = {
	    "SET GLOBAL read_only = 1", "", NULL};
	static const struct db_stmt promote = {
	    "SET GLOBAL read_only = 0", "", NULL};
	struct world *w = *state;
	struct db    *other;

	assert_int_equal(db_new(&other, w->config, "test", &w->e), 0);
	assert_int_equal(db_exec(w->db, &retire, &w->e), 0);
	assert_int_equal(db_ping(other, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(w->e.detail, "read_only"));
	/* That other's breaker is ours, too: it is one program. */
	assert_int_equal(db_ping(w->db, &w->e), -1);
	do
		err_clear(&w->e);
	while (db_exec(w->db, &promote, &w->e) == -1);
	assert_int_equal(db_ping(other, &w->e), 0);
	db_free(&other);
}

/* -- transactions ---------------------------------------------------------- */

struct body {
	struct world *w;
	uint64_t      first, second;
	int	      runs, fail_at, kill_at;
	int	      turn[2]; /* pipes between the two of a deadlock */
};

static int
insert_two(struct db *db, void *ctx, struct err *e)
{
	struct body *b = ctx;

	b->runs++;
	if (db_exec(db, &stmts[INSERT], e, "one", NULL, NULL, (size_t)0,
		(int64_t)1) == -1)
		return -1;
	if (b->kill_at == b->runs) {
		servers_signal_mysql(servers, SIGKILL);
		servers_start_mysql(servers);
	}
	if (b->fail_at == b->runs)
		return err_set(e, ERR_FORBIDDEN, "no", "no");
	return db_exec(db, &stmts[INSERT], e, "two", NULL, NULL, (size_t)0,
		   (int64_t)1) == -1
		   ? -1
		   : 0;
}

static void
a_transaction_is_all_or_nothing(void **state)
{
	struct world *w = *state;
	struct body   b = {.w = w, .fail_at = 1};

	assert_int_equal(tx_run(w->db, insert_two, &b, &w->e), -1);
	assert_string_equal(w->e.code, "no");
	assert_int_equal(count(w), 0);
	err_clear(&w->e);
	assert_int_equal(tx_run(w->db, insert_two, &b, &w->e), 0);
	assert_int_equal(count(w), 2);
}

static void
a_connection_lost_in_a_transaction_fails_it(void **state)
{
	struct world *w = *state;
	struct body   b = {.w = w, .kill_at = 1};

	assert_int_equal(tx_run(w->db, insert_two, &b, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	assert_int_equal(b.runs, 1);
	assert_int_equal(count(w), 0);
	/* The next one, and one after a restart in between, just works. */
	servers_signal_mysql(servers, SIGKILL);
	servers_start_mysql(servers);
	err_clear(&w->e);
	assert_int_equal(tx_run(w->db, insert_two, &b, &w->e), 0);
	assert_int_equal(count(w), 2);
}

/* Each of two processes locks one row, then wants the other's. */
static int
cross(struct db *db, void *ctx, struct err *e)
{
	struct body   *b = ctx;
	char	       c = 'x';
	struct db_rows rows;

	if (db_exec(db, &stmts[BUMP], e, b->first) == -1)
		return -1;
	if (++b->runs == 1 &&
	    (write(b->turn[1], &c, 1) != 1 || read(b->turn[0], &c, 1) != 1))
		abort();
	/* Of the two one is told by an error instead of its row. */
	if (db_find(db, &stmts[LOCK], b->w->a, &rows, e, b->second) == -1)
		return -1;
	return db_exec(db, &stmts[BUMP], e, b->second) == -1 ? -1 : 0;
}

static void
a_deadlock_is_tried_again(void **state)
{
	struct world *w = *state;
	uint64_t      a = add(w, "a", 0), b = add(w, "b", 0);
	int	      there[2], back[2], status;
	pid_t	      child;

	assert_int_equal(pipe(there), 0);
	assert_int_equal(pipe(back), 0);
	if ((child = fork()) == 0) {
		struct db  *db;
		struct err  e = {0};
		struct body body = {.w = w,
		    .first = b,
		    .second = a,
		    .turn = {there[0], back[1]}};

		if (db_new(&db, w->config, "child", &e) == -1 ||
		    tx_run(db, cross, &body, &e) == -1)
			_exit(10);
		_exit(body.runs);
	}
	struct body body = {
	    .w = w, .first = a, .second = b, .turn = {back[0], there[1]}};

	assert_int_equal(tx_run(w->db, cross, &body, &w->e), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	/* One of the two had to run a second time. */
	assert_int_equal(WEXITSTATUS(status) + body.runs, 3);
	assert_int_equal(
	    db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e, a), 1);
	assert_int_equal(db_i(&w->rows, 0, 4), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(a_restart_of_mariadb_goes_unnoticed),
	    DB_TEST(a_dead_mariadb_costs_nothing_until_it_is_back),
	    DB_TEST(an_answer_without_its_rows_ends_the_connection),
	    DB_TEST(a_silent_mariadb_is_given_up),
	    DB_TEST(a_killed_connection_is_replaced),
	    DB_TEST(a_server_that_takes_no_writes_is_not_ours),
	    DB_TEST(a_transaction_is_all_or_nothing),
	    DB_TEST(a_connection_lost_in_a_transaction_fails_it),
	    DB_TEST(a_deadlock_is_tried_again),
	};

	return cmocka_run_group_tests(tests, things_start, servers_end);
}
