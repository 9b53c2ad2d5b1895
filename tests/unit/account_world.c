/* SPDX-License-Identifier: MIT */
/* account_world.c -- A user on a real MariaDB and Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "account_world.h"
#include "base/config.h"
#include "data/migrate.h"
#include "servers.h"

const struct session_origin phone = {"Phone", "192.0.2.1", false};
const struct session_origin browser = {"Firefox", "192.0.2.1", true};

static struct config *config;

/* A database "parley" and its accounts, as an operator's first start makes. */
static int
bootstrap(struct err *e)
{
	struct arena  *a = arena_new(0);
	struct config *first;
	struct db     *root = NULL;
	const char    *script;
	int	       rc = -1;

	setenv("PARLEY_MYSQL_DATABASE", "mysql", 1); /* there is no other yet */
	if (config_load(&first, servers->dir, e) == -1)
		return -1;
	unsetenv("PARLEY_MYSQL_DATABASE");
	if (config_load(&config, servers->dir, e) == 0 &&
	    db_new(&root, first, "root", e) == 0 &&
	    (script = migrate_bootstrap(a, config, e)) != NULL &&
	    db_run_script(root, script, e) == 0)
		rc = 0;
	db_free(&root);
	config_free(&first);
	if (rc == 0 && (rc = db_new(&root, config, "ctl", e)) == 0)
		rc = migrate_run(root, a, config, "sql", e) == -1 ? -1 : 0;
	db_free(&root);
	arena_free(&a);
	return rc;
}

int
accounts_start(void **state)
{
	struct err e = {0};

	(void)state;
	setenv("PARLEY_PASSWORD_MEMORY_KB", "8192", 1);
	setenv("PARLEY_PASSWORD_ITERATIONS", "1", 1);
	setenv("PARLEY_LOGIN_FAILURES_ADDRESS", "1000", 1);
	servers = servers_new();
	servers_start_mysql(servers);
	servers_start_redis(servers);
	if (bootstrap(&e) == 0)
		return 0;
	print_error("%s\n", e.detail);
	return -1;
}

int
accounts_stop(void **state)
{
	config_free(&config);
	return servers_end(state);
}

int
account_set_up(void **state)
{
	static int		    number;
	struct world		   *w = calloc(1, sizeof *w);
	char			    name[32];
	struct account_registration reg = {.password = PASSWORD};

	*state = w;
	w->a = arena_new(0);
	snprintf(name, sizeof name, "user_%d", number++);
	reg.username = arena_strdup(w->a, name);
	if (app_open(&w->app, "accounts", servers->dir, &w->e) == -1 ||
	    db_new(&w->root, config, "root", &w->e) == -1 ||
	    account_register(w->app, w->a, &reg, &w->user, &w->e) == -1) {
		print_error("%s\n", w->e.detail);
		return -1;
	}
	return 0;
}

int
account_tear_down(void **state)
{
	struct world *w = *state;

	db_free(&w->root);
	app_close(&w->app);
	arena_free(&w->a);
	free(w);
	return 0;
}

struct session_grant
log_in(struct world *w, const struct session_origin *origin)
{
	struct session_grant grant;

	err_clear(&w->e);
	if (account_login(w->app, w->a, w->user.username, PASSWORD, origin,
		&grant, &w->e) == -1)
		fail_msg("%s", w->e.detail);
	return grant;
}

bool
is_alive(struct world *w, const struct session_grant *grant)
{
	int alive;

	err_clear(&w->e);
	alive = account_session_alive(
	    w->app, grant->session_id, grant->user.id, &w->e);
	assert_int_not_equal(alive, -1);
	return alive == 1;
}

uint64_t
number(struct world *w, const char *sql, uint64_t arg)
{
	const struct db_stmt stmt = {sql, "u", "u"};
	struct db_rows	     rows;

	err_clear(&w->e);
	if (db_find(w->root, &stmt, w->a, &rows, &w->e, arg) != 1)
		fail_msg("%s: %s", sql, w->e.detail);
	return db_u(&rows, 0, 0);
}
