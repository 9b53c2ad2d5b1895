/* SPDX-License-Identifier: MIT */
/* message_world.c -- Four people and three conversations, on a real MariaDB. */
#include "message_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/db.h"
#include "servers.h"

static const struct db_stmt COUNTS = {
    "SELECT (SELECT COUNT(*) FROM message), (SELECT COUNT(*) FROM outbox), "
    "(SELECT last_seq FROM conversation WHERE id = 1)",
    "", "uuu"};

void
world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	if (app_open(&w->app, "history", servers->dir, &w->e) == -1) {
		print_error("%s\n", w->e.detail);
		abort();
	}
	w->a = arena_new(0);
}

void
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

int
world_set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_open(w);
	assert_int_equal(db_run_script(w->app->db, PEOPLE, &w->e), 0);
	*state = w;
	return 0;
}

int
world_tear_down(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

struct message_draft
draft(uint64_t sender, uint64_t conv, const char *client_id, const char *text)
{
	return (struct message_draft){.sender_id = sender,
	    .conv_id = conv,
	    .client_msg_id = client_id,
	    .content = text};
}

void
assert_counts(struct world *w, uint64_t messages, uint64_t with_bob)
{
	struct db_rows rows;

	assert_int_equal(db_query(w->app->db, &COUNTS, w->a, &rows, &w->e), 0);
	assert_int_equal(db_u(&rows, 0, 0), messages);
	assert_int_equal(db_u(&rows, 0, 1), messages);
	assert_int_equal(db_u(&rows, 0, 2), with_bob);
}

/* Numbers without a gap, times that never go back, ids of their places. */
void
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

/* Runs fn in n processes that start together; each has its own connection. */
int
at_once(int n, int (*fn)(struct world *, int i))
{
	pid_t pids[AT_ONCE_MAX];
	int   gate[2], failures = 0, status;

	assert_true(n <= AT_ONCE_MAX);
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
