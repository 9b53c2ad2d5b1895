/* SPDX-License-Identifier: MIT */
/*
 * conversation_list_test.c -- A page of the list costs the same number of
 * queries, however many conversations there are and however many it shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "conversation/conversation.h"
#include "data/db.h"
#include "message_world.h"
#include "servers.h"

enum { FEW = 2, MANY = 400, PAGE = 200 };

/* Statements of this connection; the one that asks is one of them. */
static const struct db_stmt QUESTIONS = {
    "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS "
    "WHERE VARIABLE_NAME = 'QUESTIONS'",
    "", "s"};

/*
 * Ann in n groups and with n people, each with something unread that mentions
 * her, by a member who goes by a nickname there.
 */
static const char TOWN[] =
    "DELETE FROM message; DELETE FROM member; DELETE FROM mention;"
    "DELETE FROM contact; DELETE FROM conversation WHERE singleton IS NULL;"
    "DELETE FROM user WHERE id >= 100;"
    "INSERT INTO user (id, username, display_name, password_hash, created_at)"
    " SELECT 100 + seq, CONCAT('u', seq), CONCAT('User ', seq), '', 0"
    " FROM seq_1_to_%d;"
    "INSERT INTO conversation (id, type, user_low, user_high, bond, last_seq,"
    " last_at, created_at) SELECT 1000 + seq, 1, 1, 100 + seq, 1, 1, seq, 0"
    " FROM seq_1_to_%d;"
    "INSERT INTO conversation (id, type, title, from_start, last_seq, last_at,"
    " created_at) SELECT 5000 + seq, 2, CONCAT('Group ', seq), 1, 1, seq, 0"
    " FROM seq_1_to_%d;"
    "INSERT INTO member (conv_id, user_id, joined_at, nickname)"
    " SELECT id, 1, 0, '' FROM conversation WHERE id >= 1000 UNION ALL"
    " SELECT id, 100 + id MOD 1000, 0, 'Nick' FROM conversation"
    " WHERE id >= 1000;"
    "INSERT INTO contact (user_id, contact_id, remark, created_at)"
    " SELECT 1, 100 + seq, 'R', 0 FROM seq_1_to_%d;"
    "INSERT INTO message (conv_id, seq, sender_id, client_msg_id, type,"
    " content, created_at) SELECT id, 1, 100 + id MOD 1000, id, 'text',"
    " 'Hello', 0 FROM conversation WHERE id >= 1000;"
    "INSERT INTO mention (conv_id, user_id, seq, nth)"
    " SELECT id, 1, 1, 1 FROM conversation WHERE id >= 5000;";

static void
build_town(struct world *w, int n)
{
	const char *sql = arena_printf(w->a, TOWN, n, n, n, n);

	assert_int_equal(db_run_script(w->app->db, sql, &w->e), 0);
}

static uint64_t
questions(struct world *w)
{
	struct db_rows rows;

	assert_int_equal(
	    db_query(w->app->db, &QUESTIONS, w->a, &rows, &w->e), 0);
	return strtoull(db_s(&rows, 0, 0), NULL, 10);
}

/* What a page of the list asks, and what it shows. */
static uint64_t
cost(struct world *w, const struct conversation_page *page, size_t *n_r)
{
	struct conversation *list;
	const char	    *next;
	json_t		    *items;
	uint64_t	     before;

	arena_reset(w->a);
	before = questions(w);
	assert_int_equal(conversation_list(
			     w->app, w->a, ANN, page, &list, n_r, &next, &w->e),
	    0);
	assert_int_equal(conversation_json_many(
			     w->app, w->a, ANN, list, *n_r, &items, &w->e),
	    0);
	for (size_t i = 0; i < *n_r; i++)
		assert_true(json_is_object(
		    json_object_get(json_array_get(items, i), "last_message")));
	json_decref(items);
	return questions(w) - before - 1;
}

static void
a_page_asks_as_often_of_many_as_of_few(void **state)
{
	static const struct conversation_page pages[] = {
	    {.limit = PAGE},
	    {.limit = PAGE, .filter = CONVERSATIONS_UNREAD},
	    {.limit = PAGE, .filter = CONVERSATIONS_GROUPS},
	};
	enum { PAGES = sizeof(pages) / sizeof(pages[0]) };
	struct world *w = *state;
	uint64_t      few[PAGES];
	size_t	      n;

	build_town(w, FEW);
	for (size_t i = 0; i < PAGES; i++) {
		(void)cost(w, &pages[i], &n); /* prepares what it needs */
		few[i] = cost(w, &pages[i], &n);
		assert_true(n >= FEW && n <= 2 * FEW + 1);
	}
	build_town(w, MANY);
	for (size_t i = 0; i < PAGES; i++) {
		(void)cost(w, &pages[i], &n);
		assert_int_equal(cost(w, &pages[i], &n), few[i]);
		assert_int_equal(n, PAGE);
	}
	print_message(
	    "a page of the list: %llu queries\n", (unsigned long long)few[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_page_asks_as_often_of_many_as_of_few, world_set_up,
		world_tear_down),
	};

	return cmocka_run_group_tests(tests, servers_with_mysql, servers_end);
}
