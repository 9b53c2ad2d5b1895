/* SPDX-License-Identifier: MIT */
/* db_world.c -- A table of things on a real MariaDB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/config.h"
#include "db_world.h"
#include "servers.h"

const struct db_stmt stmts[] = {
    [INSERT] =
	{"INSERT INTO thing (name, note, bytes, number) VALUES (?, ?, ?, ?)",
	    "ssbi", NULL},
    [BY_ID] = {"SELECT id, name, note, bytes, number FROM thing WHERE id = ?",
	"u", "ussbi"},
    [NAMES] = {"SELECT name FROM thing WHERE number > ? ORDER BY id", "i", "s"},
    [LISTED] = {"SELECT id, name FROM thing WHERE number >= ? AND id IN ({?|,})"
		" ORDER BY id LIMIT ?",
	"i{u}u", "us"},
    [BUMP] = {"UPDATE thing SET number = number + 1 WHERE id = ?", "u", NULL},
    [SLEEP] = {"SELECT SLEEP(?)", "u", "i"},
    [SESSION] =
	{"SELECT @@tx_isolation, @@innodb_lock_wait_timeout, CONNECTION_ID()",
	    "", "siu"},
    [CLEAR] = {"DELETE FROM thing", "", NULL},
    [COUNT] = {"SELECT COUNT(*) FROM thing", "", "u"},
    [TWO_ROWS] = {"CALL two_rows(?)", "u", "us"},
    [KILL] = {"KILL ?", "u", NULL},
    [PAIRS] = {"SELECT id FROM thing WHERE (id, number) IN ({(?, ?)|,})",
	"{ui}", "u"},
    [LOCK] = {"SELECT number FROM thing WHERE id = ? FOR UPDATE", "u", "i"},
    [RETURNING] =
	{"INSERT INTO thing (name, number) VALUES (?, ?) RETURNING id, name",
	    "si", "us"},
};

static int
make_things(struct db *db, struct err *e)
{
	return db_run_script(db,
	    "CREATE DATABASE parley; USE parley;"
	    "CREATE TABLE thing (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,"
	    " name VARCHAR(64) NOT NULL, note VARCHAR(64), bytes LONGBLOB,"
	    " number BIGINT NOT NULL DEFAULT 0, UNIQUE KEY name (name))"
	    " ENGINE=InnoDB;"
	    "CREATE PROCEDURE two_rows(n BIGINT UNSIGNED) BEGIN"
	    " SELECT n, 'one' UNION SELECT n + 1, 'two'; END",
	    e);
}

int
things_start(void **state)
{
	(void)state;
	setenv("PARLEY_MYSQL_TIMEOUT_S", "1", 1);
	setenv("PARLEY_MYSQL_CONNECT_TIMEOUT_S", "1", 1);
	servers = servers_new();
	servers_start_mysql(servers);
	return servers_make(servers, make_things);
}

int
things_set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(config_load(&w->config, servers->dir, &w->e), 0);
	assert_int_equal(db_new(&w->db, w->config, "test", &w->e), 0);
	w->a = arena_new(0);
	assert_int_equal(db_exec(w->db, &stmts[CLEAR], &w->e) >= 0, 1);
	*state = w;
	return 0;
}

int
things_tear_down(void **state)
{
	struct world *w = *state;

	db_free(&w->db);
	config_free(&w->config);
	arena_free(&w->a);
	free(w);
	return 0;
}

uint64_t
add(struct world *w, const char *name, int64_t number)
{
	int64_t n = db_exec(w->db, &stmts[INSERT], &w->e, name, "note",
	    "\0\1\2", (size_t)3, number);

	if (n != 1)
		print_error("%s\n", w->e.detail);
	assert_int_equal(n, 1);
	return db_insert_id(w->db);
}

uint64_t
count(struct world *w)
{
	assert_int_equal(
	    db_find(w->db, &stmts[COUNT], w->a, &w->rows, &w->e), 1);
	return db_u(&w->rows, 0, 0);
}
