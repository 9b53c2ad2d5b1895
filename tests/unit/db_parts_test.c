/* SPDX-License-Identifier: MIT */
/* db_parts_test.c -- Several statements in one trip, and how they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "data/db.h"
#include "servers.h"

static const struct db_stmt stmts[] = {
    {"INSERT INTO thing (id, name) VALUES {(?, ?)|,}", "{us}", NULL},
    {"{UPDATE thing SET number = ? WHERE id = ?|; }", "{iu}", NULL},
    {"SELECT id, name FROM thing WHERE id IN ({?|,}) ORDER BY id", "{u}", "us"},
    {"SELECT number FROM thing WHERE id = ? FOR UPDATE", "u", "i"},
    {"SELECT @@in_transaction", "", "u"},
    {"SELECT COUNT(*) FROM thing", "", "u"},
    {"SELECT VARIABLE_VALUE FROM information_schema.session_status "
     "WHERE VARIABLE_NAME = 'QUESTIONS'",
	"", "s"},
    {"SELECT 1 FROM thing WHERE name = (SELECT name FROM thing)", "", "u"},
    {"UPDATE thing SET number = CASE id {WHEN ? THEN ?| } END + ? "
     "WHERE id IN ({?|,})",
	"{ui}i{u}", NULL},
    {"SELECT COUNT(*) FROM thing "
     "WHERE id IN ({?|,}) AND number > ? AND number IN ({?|,})",
	"{u}i{i}", "u"},
};
enum { ADD, SET, NAMES, LOCK, IN_TX, COUNT, QUESTIONS, FAILS, SET_ALL, AMONG };

struct world {
	struct config *config;
	struct db     *db;
	struct arena  *a;
	struct err     e;
	struct db_rows rows[3];
	int	       runs;
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(db_new(&w->db, w->config, "root", &w->e), 0);
	assert_int_equal(
	    db_run_script(w->db,
		"CREATE OR REPLACE TABLE thing (id BIGINT UNSIGNED NOT NULL "
		"PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE, "
		"number BIGINT NOT NULL DEFAULT 0) ENGINE=InnoDB",
		&w->e),
	    0);
	w->a = arena_new(0);
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

/* n things, with their numbers, in one trip. */
static int
add(struct world *w, uint64_t first, size_t n, bool commits)
{
	struct db_value things[16], numbers[16];
	struct db_part	parts[] = {
	     {&stmts[ADD], things, n}, {&stmts[SET], numbers, n}};

	for (size_t i = 0; i < n; i++) {
		things[2 * i] = numbers[2 * i + 1] = db_val_u(first + i);
		things[2 * i + 1] =
		    db_val_s(arena_printf(w->a, "thing %d", (int)(first + i)));
		numbers[2 * i] = db_val_i((int64_t)(10 * (first + i)));
	}
	return db_exec_parts(w->db, parts, 2, commits, NULL, &w->e);
}

static uint64_t
number(struct world *w, int stmt)
{
	assert_int_equal(
	    db_find(w->db, &stmts[stmt], w->a, &w->rows[0], &w->e), 1);
	return stmt == QUESTIONS ? strtoull(db_s(&w->rows[0], 0, 0), NULL, 10)
				 : db_u(&w->rows[0], 0, 0);
}

static void
lists_of_rows_and_of_statements_are_as_long_as_they_are(void **state)
{
	struct world *w = *state;

	for (uint64_t n = 1; n <= 5; n++)
		assert_int_equal(add(w, 100 * n, n, false), 0);
	assert_int_equal(number(w, COUNT), 1 + 2 + 3 + 4 + 5);
	assert_int_equal(db_find(w->db, &stmts[LOCK], w->a, &w->rows[0], &w->e,
			     (uint64_t)504),
	    1);
	assert_int_equal(db_i(&w->rows[0], 0, 0), 5040);
}

static void
a_statement_may_have_several_lists_of_one_length(void **state)
{
	struct world	     *w = *state;
	const struct db_value set[] = {db_val_u(2), db_val_i(20), db_val_u(3),
	    db_val_i(-30), db_val_u(5), db_val_i(50), db_val_i(7), db_val_u(2),
	    db_val_u(3), db_val_u(5)};
	const struct db_value among[] = {db_val_u(2), db_val_u(3), db_val_u(5),
	    db_val_i(0), db_val_i(27), db_val_i(-23), db_val_i(57)};
	const struct db_part  part = {&stmts[SET_ALL], set, 3};

	assert_int_equal(add(w, 1, 5, false), 0);
	assert_int_equal(db_exec_parts(w->db, &part, 1, false, NULL, &w->e), 0);
	assert_int_equal(db_query_list(w->db, &stmts[AMONG], w->a, &w->rows[0],
			     3, among, &w->e),
	    0);
	assert_int_equal(db_u(&w->rows[0], 0, 0), 2);
	assert_int_equal(
	    db_find(w->db, &stmts[LOCK], w->a, &w->rows[0], &w->e, (uint64_t)4),
	    1);
	assert_int_equal(db_i(&w->rows[0], 0, 0), 40);
}

static void
queries_give_their_rows_in_one_trip(void **state)
{
	struct world	     *w = *state;
	const struct db_value ids[] = {
	    db_val_u(3), db_val_u(1), db_val_u(2), db_val_u(99)};
	const struct db_part parts[] = {{&stmts[LOCK], ids, 0},
	    {&stmts[NAMES], ids, 3}, {&stmts[IN_TX], NULL, 0}};
	uint64_t	     before;

	assert_int_equal(add(w, 1, 5, false), 0);
	number(w, QUESTIONS);
	assert_int_equal(
	    db_query_parts(w->db, parts, 3, w->a, w->rows, &w->e), 0);
	before = number(w, QUESTIONS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    db_query_parts(w->db, parts, 3, w->a, w->rows, &w->e), 0);
		assert_int_equal(w->rows[0].n, 1);
		assert_int_equal(db_i(&w->rows[0], 0, 0), 30);
		assert_int_equal(w->rows[1].n, 3);
		assert_string_equal(db_s(&w->rows[1], 2, 1), "thing 3");
		assert_int_equal(db_u(&w->rows[2], 0, 0), 0);
	}
	assert_int_equal(number(w, QUESTIONS) - before, 3 + 1);
}

static void
a_failure_in_the_middle_is_told_and_over(void **state)
{
	struct world	     *w = *state;
	const struct db_value one = db_val_u(1);
	const struct db_part  parts[] = {{&stmts[LOCK], &one, 0},
	     {&stmts[FAILS], NULL, 0}, {&stmts[COUNT], NULL, 0}};

	assert_int_equal(add(w, 1, 2, false), 0);
	for (int i = 0; i < 2; i++) {
		err_clear(&w->e);
		assert_int_equal(
		    db_query_parts(w->db, parts, 3, w->a, w->rows, &w->e), -1);
		assert_int_equal(w->e.kind, ERR_INTERNAL);
		assert_int_equal(number(w, COUNT), 2);
	}
}

static int
look_and_add(struct db *db, void *ctx, struct err *e)
{
	struct world *w = ctx;

	w->runs++;
	if (db_find(db, &stmts[IN_TX], w->a, &w->rows[0], e) == -1)
		return -1;
	assert_int_equal(db_u(&w->rows[0], 0, 0), 1);
	if (add(w, 1, 3, false) == -1)
		return -1;
	return w->runs == 1 ? err_set(e, ERR_FORBIDDEN, "no", "no") : 0;
}

static void
a_transaction_is_opened_by_its_first_query(void **state)
{
	struct world *w = *state;
	uint64_t      before;

	assert_int_equal(tx_run(w->db, look_and_add, w, &w->e), -1);
	assert_int_equal(number(w, COUNT), 0);
	before = number(w, QUESTIONS);
	assert_int_equal(tx_run(w->db, look_and_add, w, &w->e), 0);
	/* The look, what was added, the commit; and this question. */
	assert_int_equal(number(w, QUESTIONS) - before, 4);
	assert_int_equal(number(w, COUNT), 3);
	assert_int_equal(number(w, IN_TX), 0);
}

static int
look_twice_and_commit(struct db *db, void *ctx, struct err *e)
{
	struct world	     *w = ctx;
	const struct db_value one = db_val_u(1);
	const struct db_part  parts[] = {
	     {&stmts[LOCK], &one, 0}, {&stmts[IN_TX], NULL, 0}};

	if (w->runs++ == 0) {
		servers_signal_mysql(servers, SIGKILL);
		servers_start_mysql(servers);
	}
	if (db_query_parts(db, parts, 2, w->a, w->rows, e) == -1)
		return -1;
	assert_int_equal(db_u(&w->rows[1], 0, 0), 1);
	return add(w, 7, 2, true);
}

static void
a_restart_before_the_first_query_goes_unnoticed(void **state)
{
	struct world *w = *state;

	number(w, COUNT);
	assert_int_equal(tx_run(w->db, look_twice_and_commit, w, &w->e), 0);
	assert_int_equal(w->runs, 1);
	assert_int_equal(number(w, COUNT), 2);
	assert_int_equal(number(w, IN_TX), 0);
}

static int
add_at_once(struct db *db, void *ctx, struct err *e)
{
	(void)db;
	(void)e;
	return add(ctx, 1, 4, true);
}

static int
nothing(struct db *db, void *ctx, struct err *e)
{
	(void)db;
	(void)ctx;
	(void)e;
	return 0;
}

static void
a_transaction_may_be_one_trip_or_none(void **state)
{
	struct world *w = *state;
	uint64_t      before;

	before = number(w, QUESTIONS);
	assert_int_equal(tx_run(w->db, add_at_once, w, &w->e), 0);
	assert_int_equal(tx_run(w->db, nothing, w, &w->e), 0);
	assert_int_equal(number(w, QUESTIONS) - before, 1 + 1);
	assert_int_equal(number(w, COUNT), 4);
	/* The same once more breaks a key, and leaves nothing open. */
	assert_int_equal(tx_run(w->db, add_at_once, w, &w->e), -1);
	assert_int_equal(w->e.kind, ERR_CONFLICT);
	assert_int_equal(number(w, IN_TX), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(lists_of_rows_and_of_statements_are_as_long_as_they_are),
	    TEST(a_statement_may_have_several_lists_of_one_length),
	    TEST(queries_give_their_rows_in_one_trip),
	    TEST(a_failure_in_the_middle_is_told_and_over),
	    TEST(a_transaction_is_opened_by_its_first_query),
	    TEST(a_restart_before_the_first_query_goes_unnoticed),
	    TEST(a_transaction_may_be_one_trip_or_none),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
