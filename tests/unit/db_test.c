/* SPDX-License-Identifier: MIT */
/* db_test.c -- What statements write and read, on a real MariaDB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "db_world.h"
#include "servers.h"

enum { BLOB = 3 * 1000 * 1000 };

static void
every_statement_can_be_prepared(void **state)
{
	struct world  *w = *state;
	struct db_stmt bad = {"SELECT id FROM thing WHERE id = ?", "uu", "u"};
	struct db_stmt worse = {"SELECT id FROM nothing", "", "u"};

	assert_int_equal(db_prepare_all(w->db, stmts, STATEMENTS, &w->e), 0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(every_statement_can_be_prepared),
	    DB_TEST(what_is_written_is_read),
	    DB_TEST(null_is_null_and_empty_is_not),
	    DB_TEST(large_values_come_back_whole),
	    DB_TEST(many_rows_are_read_in_order),
	    DB_TEST(an_array_is_written_at_once),
	    DB_TEST(an_array_updates_and_refuses_duplicates),
	    DB_TEST(a_list_is_spelled_out),
	    DB_TEST(calls_and_returning_give_rows),
	    DB_TEST(a_duplicate_is_a_conflict_that_names_its_key),
	    DB_TEST(a_session_is_read_committed_and_impatient),
	    DB_TEST(a_script_stops_at_its_first_error),
	    DB_TEST(another_text_at_the_same_address_is_another_statement),
	};

	return cmocka_run_group_tests(tests, things_start, servers_end);
}
