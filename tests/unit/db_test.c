/* SPDX-License-Identifier: MIT */
/* db_test.c -- lib/data's MariaDB against a real one that gets killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/process.h"
#include "data/db.h"
#include "servers.h"

enum { BLOB = 3 * 1000 * 1000 };

static const struct db_stmt stmts[] = {
    {"INSERT INTO thing (name, note, bytes, number) VALUES (?, ?, ?, ?)",
	"ssbi", NULL},
    {"SELECT id, name, note, bytes, number FROM thing WHERE id = ?", "u",
	"ussbi"},
    {"SELECT name FROM thing WHERE number > ? ORDER BY id", "i", "s"},
    {"SELECT id, name FROM thing WHERE number >= ? AND id IN ({?|,})"
     " ORDER BY id LIMIT ?",
	"i{u}u", "us"},
    {"UPDATE thing SET number = number + 1 WHERE id = ?", "u", NULL},
    {"SELECT SLEEP(?)", "u", "i"},
    {"SELECT @@tx_isolation, @@innodb_lock_wait_timeout, CONNECTION_ID()", "",
	"siu"},
    {"DELETE FROM thing", "", NULL},
    {"SELECT COUNT(*) FROM thing", "", "u"},
    {"CALL two_rows(?)", "u", "us"},
    {"KILL ?", "u", NULL},
    {"SELECT id FROM thing WHERE (id, number) IN ({(?, ?)|,})", "{ui}", "u"},
    {"SELECT number FROM thing WHERE id = ? FOR UPDATE", "u", "i"},
    {"INSERT INTO thing (name, number) VALUES (?, ?) RETURNING id, name", "si",
	"us"},
};
enum {
	INSERT,
	BY_ID,
	NAMES,
	LISTED,
	BUMP,
	SLEEP,
	SESSION,
	CLEAR,
	COUNT,
	TWO_ROWS,
	KILL,
	PAIRS,
	LOCK,
	RETURNING
};

static struct servers *servers;

struct world {
	struct config *config;
	struct db     *db;
	struct arena  *a;
	struct err     e;
	struct db_rows rows;
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(db_new(&w->db, w->config, "test", &w->e), 0);
	w->a = arena_new(0);
	assert_int_equal(db_exec(w->db, &stmts[CLEAR], &w->e) >= 0, 1);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	db_free(&w->db);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return 0;
}

static uint64_t
add(struct world *w, const char *name, int64_t number)
{
	int64_t n = db_exec(w->db, &stmts[INSERT], &w->e, name, "note",
	    "\0\1\2", (size_t)3, number);

	if (n != 1)
		print_error("%s\n", w->e.detail);
	assert_int_equal(n, 1);
	return db_insert_id(w->db);
}

static void
every_statement_can_be_prepared(void **state)
{
	struct world  *w = *state;
	struct db_stmt bad = {"SELECT id FROM thing WHERE id = ?", "uu", "u"};
	struct db_stmt worse = {"SELECT id FROM nothing", "", "u"};

	assert_int_equal(db_prepare_all(w->db, stmts,
			     sizeof(stmts) / sizeof(stmts[0]), &w->e),
	    0);
	assert_int_equal(db_prepare_all(w->db, &bad, 1, &w->e), -1);
	assert_int_equal(db_prepare_all(w->db, &worse, 1, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_INTERNAL);
}

static void
what_is_written_is_read(void **state)
{
	struct world *w = *state;
	uint64_t      id = add(w, "Ünï 😀", INT64_MIN);

	assert_int_equal(
	    db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e, id), 1);
	assert_int_equal(db_u(&w->rows, 0, 0), id);
	assert_string_equal(db_s(&w->rows, 0, 1), "Ünï 😀");
	assert_int_equal(db_len(&w->rows, 0, 3), 3);
	assert_memory_equal(db_s(&w->rows, 0, 3), "\0\1\2", 4);
	assert_true(db_i(&w->rows, 0, 4) == INT64_MIN);
	assert_int_equal(
	    db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e, id + 1), 0);
}

static void
null_is_null_and_empty_is_not(void **state)
{
	struct world *w = *state;

	assert_int_equal(db_exec(w->db, &stmts[INSERT], &w->e, "n",
			     (const char *)NULL, "", (size_t)0, (int64_t)0),
	    1);
	assert_int_equal(db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e,
			     db_insert_id(w->db)),
	    1);
	assert_true(db_is_null(&w->rows, 0, 2));
	assert_null(db_s(&w->rows, 0, 2));
	assert_false(db_is_null(&w->rows, 0, 3));
	assert_string_equal(db_s(&w->rows, 0, 3), "");
}

static void
large_values_come_back_whole(void **state)
{
	struct world *w = *state;
	char	     *big = arena_alloc(w->a, BLOB);

	memset(big, 'x', BLOB);
	big[BLOB - 1] = 'y';
	assert_int_equal(db_exec(w->db, &stmts[INSERT], &w->e, "big", NULL, big,
			     (size_t)BLOB, (int64_t)1),
	    1);
	assert_int_equal(db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e,
			     db_insert_id(w->db)),
	    1);
	assert_int_equal(db_len(&w->rows, 0, 3), BLOB);
	assert_memory_equal(db_s(&w->rows, 0, 3), big, BLOB);
}

static void
many_rows_are_read_in_order(void **state)
{
	struct world *w = *state;
	char	      name[16];

	for (int i = 1; i <= 50; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		add(w, name, i);
	}
	assert_int_equal(
	    db_query(w->db, &stmts[NAMES], w->a, &w->rows, &w->e, (int64_t)10),
	    0);
	assert_int_equal(w->rows.n, 40);
	assert_string_equal(db_s(&w->rows, 0, 0), "n11");
	assert_string_equal(db_s(&w->rows, 39, 0), "n50");
}

static void
an_array_is_written_at_once(void **state)
{
	struct world *w = *state;
	enum { N = 500 };
	struct db_value *v = arena_alloc(w->a, N * 4 * sizeof(*v));

	for (int i = 0; i < N; i++) {
		v[i * 4] = db_val_s(arena_printf(w->a, "many%d", i));
		v[i * 4 + 1] = i % 2 ? db_val_null() : db_val_s("half");
		v[i * 4 + 2] = db_val_b("a\0b", 3);
		v[i * 4 + 3] = db_val_i(-i);
	}
	assert_int_equal(db_exec_many(w->db, &stmts[INSERT], N, v, &w->e), N);
	assert_int_equal(
	    db_query(w->db, &stmts[NAMES], w->a, &w->rows, &w->e, (int64_t)-N),
	    0);
	assert_int_equal(w->rows.n, N);
	assert_string_equal(db_s(&w->rows, N - 1, 0), "many499");
	/* The same statement still runs for one row, and for none. */
	assert_int_equal(db_exec_many(w->db, &stmts[INSERT], 0, v, &w->e), 0);
	add(w, "single", 7);
	assert_int_equal(db_find(w->db, &stmts[BY_ID], w->a, &w->rows, &w->e,
			     db_insert_id(w->db)),
	    1);
	assert_string_equal(db_s(&w->rows, 0, 1), "single");
}

static void
an_array_updates_and_refuses_duplicates(void **state)
{
	struct world   *w = *state;
	uint64_t	a = add(w, "a", 1), b = add(w, "b", 2);
	struct db_value ids[] = {db_val_u(a), db_val_u(b), db_val_u(b + 1)};
	struct db_value twice[] = {db_val_s("c"), db_val_null(), db_val_null(),
	    db_val_i(1), db_val_s("a"), db_val_null(), db_val_null(),
	    db_val_i(1)};

	assert_int_equal(db_exec_many(w->db, &stmts[BUMP], 3, ids, &w->e), 2);
	assert_int_equal(
	    db_exec_many(w->db, &stmts[INSERT], 2, twice, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_CONFLICT);
}

static void
a_list_is_spelled_out(void **state)
{
	struct world   *w = *state;
	struct db_value v[12] = {db_val_i(0)};

	for (size_t i = 1; i <= 10; i++)
		v[i] = db_val_u(add(w, arena_printf(w->a, "l%zu", i), 5));
	v[0] = db_val_i(5);
	for (size_t n = 0; n <= 10; n++) {
		struct db_value last = v[n + 1];

		v[n + 1] = db_val_u(100); /* LIMIT stands behind the list */
		assert_int_equal(db_query_list(w->db, &stmts[LISTED], w->a,
				     &w->rows, n, v, &w->e),
		    0);
		assert_int_equal(w->rows.n, n);
		v[n + 1] = last;
	}
	struct db_value pairs[] = {
	    v[1], db_val_i(5), v[2], db_val_i(6), v[3], db_val_i(5)};

	assert_int_equal(db_query_list(w->db, &stmts[PAIRS], w->a, &w->rows, 3,
			     pairs, &w->e),
	    0);
	assert_int_equal(w->rows.n, 2);
}

static void
calls_and_returning_give_rows(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(db_query(w->db, &stmts[TWO_ROWS], w->a,
				     &w->rows, &w->e, (uint64_t)41),
		    0);
		assert_int_equal(w->rows.n, 2);
		assert_int_equal(db_u(&w->rows, 1, 0), 42);
		assert_string_equal(db_s(&w->rows, 1, 1), "two");
	}
	assert_int_equal(db_find(w->db, &stmts[RETURNING], w->a, &w->rows,
			     &w->e, "r", (int64_t)1),
	    1);
	assert_string_equal(db_s(&w->rows, 0, 1), "r");
}

static void
a_duplicate_is_a_conflict_that_names_its_key(void **state)
{
	struct world *w = *state;

	add(w, "same", 1);
	assert_int_equal(db_exec(w->db, &stmts[INSERT], &w->e, "same", NULL,
			     NULL, (size_t)0, (int64_t)1),
	    -1);
	assert_int_equal(w->e.kind, ERR_CONFLICT);
	assert_string_equal(w->e.code, "duplicate");
	assert_non_null(strstr(w->e.detail, "(name)"));
}

static void
a_session_is_read_committed_and_impatient(void **state)
{
	struct world *w = *state;

	assert_int_equal(
	    db_find(w->db, &stmts[SESSION], w->a, &w->rows, &w->e), 1);
	assert_string_equal(db_s(&w->rows, 0, 0), "READ-COMMITTED");
	assert_int_equal(
	    db_i(&w->rows, 0, 1), config_int(w->config, "mysql.lock_wait_s"));
	/* Too long a text is refused, not cut. */
	assert_int_equal(db_exec(w->db, &stmts[INSERT], &w->e,
			     arena_printf(w->a, "%070d", 1), NULL, NULL,
			     (size_t)0, (int64_t)1),
	    -1);
	assert_int_equal(w->e.kind, ERR_INTERNAL);
}

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
a_dead_mariadb_costs_nothing_until_it_is_back(void **state)
{
	struct world *w = *state;
	int64_t	      start;

	servers_signal_mysql(servers, SIGKILL);
	assert_int_equal(db_ping(w->db, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_UNAVAILABLE);
	start = clock_mono_us();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(
		    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), -1);
	assert_true(clock_mono_us() - start < 100000);
	servers_start_mysql(servers);
	assert_true(eventually(answers, w));
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

static uint64_t
count(struct world *w)
{
	assert_int_equal(
	    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), 1);
	return db_u(&w->rows, 0, 0);
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
a_script_stops_at_its_first_error(void **state)
{
	struct world *w = *state;

	assert_int_equal(db_run_script(w->db,
			     "INSERT INTO thing (name) VALUES ('s1');\n"
			     "INSERT INTO nowhere VALUES (1);\n"
			     "INSERT INTO thing (name) VALUES ('s2');",
			     &w->e),
	    -1);
	assert_non_null(strstr(w->e.detail, "nowhere"));
	assert_int_equal(count(w), 1);
}

static int
start_all(void **state)
{
	struct world w = {0};
	int	     rc;

	(void)state;
	setenv("PARLEY_MYSQL_TIMEOUT_S", "1", 1);
	setenv("PARLEY_MYSQL_CONNECT_TIMEOUT_S", "1", 1);
	process_start("db_test");
	servers = servers_new();
	servers_start_mysql(servers);
	setenv("PARLEY_MYSQL_DATABASE", "mysql", 1);
	if (config_load(&w.config, servers->dir, &w.e) == -1 ||
	    db_new(&w.db, w.config, "root", &w.e) == -1)
		return -1;
	rc = db_run_script(w.db,
	    "CREATE DATABASE parley; USE parley;"
	    "CREATE TABLE thing (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,"
	    " name VARCHAR(64) NOT NULL, note VARCHAR(64), bytes LONGBLOB,"
	    " number BIGINT NOT NULL DEFAULT 0, UNIQUE KEY name (name))"
	    " ENGINE=InnoDB;"
	    "CREATE PROCEDURE two_rows(n BIGINT UNSIGNED) BEGIN"
	    " SELECT n, 'one' UNION SELECT n + 1, 'two'; END",
	    &w.e);
	if (rc == -1)
		print_error("%s\n", w.e.detail);
	db_free(&w.db);
	config_free(&w.config);
	setenv("PARLEY_MYSQL_DATABASE", "parley", 1);
	return rc;
}

static int
stop_all(void **state)
{
	(void)state;
	servers_free(&servers);
	return 0;
}

static void
another_text_at_the_same_address_is_another_statement(void **state)
{
	struct world  *w = *state;
	struct db_stmt stmt = {"SELECT 1", "", "u"};

	assert_int_equal(db_find(w->db, &stmt, w->a, &w->rows, &w->e), 1);
	assert_int_equal(db_u(&w->rows, 0, 0), 1);
	stmt.sql = "SELECT 2";
	assert_int_equal(db_find(w->db, &stmt, w->a, &w->rows, &w->e), 1);
	assert_int_equal(db_u(&w->rows, 0, 0), 2);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_statement_can_be_prepared),
	    TEST(what_is_written_is_read),
	    TEST(null_is_null_and_empty_is_not),
	    TEST(large_values_come_back_whole),
	    TEST(many_rows_are_read_in_order),
	    TEST(an_array_is_written_at_once),
	    TEST(an_array_updates_and_refuses_duplicates),
	    TEST(a_list_is_spelled_out),
	    TEST(calls_and_returning_give_rows),
	    TEST(a_duplicate_is_a_conflict_that_names_its_key),
	    TEST(a_session_is_read_committed_and_impatient),
	    TEST(a_restart_of_mariadb_goes_unnoticed),
	    TEST(a_dead_mariadb_costs_nothing_until_it_is_back),
	    TEST(a_silent_mariadb_is_given_up),
	    TEST(a_transaction_is_all_or_nothing),
	    TEST(a_connection_lost_in_a_transaction_fails_it),
	    TEST(a_deadlock_is_tried_again),
	    TEST(a_killed_connection_is_replaced),
	    TEST(a_script_stops_at_its_first_error),
	    TEST(another_text_at_the_same_address_is_another_statement),
	    TEST(a_server_that_takes_no_writes_is_not_ours),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
