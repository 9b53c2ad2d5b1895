/* SPDX-License-Identifier: MIT */
/* config_test.c -- Settings: where they come from, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/endpoint.h"
#include "base/err.h"

/* Loads text as the file; on failure the detail is in *e. */
static struct config *
load(const char *text, struct err *e)
{
	struct config *c;

	err_clear(e);
	folder_write("parley.conf", text);
	if (config_load(&c, folder, e) == -1) {
		assert_null(c);
		return NULL;
	}
	return c;
}

static void
the_environment_wins_over_the_file(void **state)
{
	struct err     e;
	struct config *c;

	(void)state;
	setenv("PARLEY_HTTP_PORT", "83", 1);
	c = load("# a comment\n\nhttp.port = 81\n  site.name=Us # here\n", &e);
	unsetenv("PARLEY_HTTP_PORT");
	assert_non_null(c);
	assert_int_equal(config_int(c, "http.port"), 83);
	assert_string_equal(config_origin(c, "http.port"), "environment");
	assert_string_equal(config_str(c, "site.name"), "Us");
	assert_non_null(strstr(config_origin(c, "site.name"), "conf:4"));
	assert_string_equal(config_origin(c, "log.level"), "default");
	assert_true(config_bool(c, "rate_limit.enabled"));
	assert_string_equal(config_instance(c), folder);
	config_free(&c);
	assert_null(c);
}

static void
quotes_keep_what_would_be_cut(void **state)
{
	struct err     e;
	struct config *c = load("site.name = \"Team #1 \" # ours\r\n", &e);

	(void)state;
	assert_non_null(c);
	assert_string_equal(config_str(c, "site.name"), "Team #1 ");
	config_free(&c);
	c = load("site.name = C#\n", &e);
	assert_non_null(c);
	assert_string_equal(config_str(c, "site.name"), "C#");
	config_free(&c);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *line, *key;
	} bad[] = {
	    {"\nhttp.prt = 1\n", ":2", "http.prt"},
	    {"http.port = 0\n", ":1", "http.port"},
	    {"http.port = 65536\n", ":1", "http.port"},
	    {"http.port = 80x\n", ":1", "http.port"},
	    {"http.port =\n", ":1", "http.port"},
	    {"#\n#\nrate_limit.enabled = yes\n", ":3", "rate_limit"},
	    {"log.level = loud\n", ":1", "log.level"},
	    {"log.level = debug info\n", ":1", "log.level"},
	    {"http.port 80\n", ":1", "http.port"},
	    {"site.name = \x01\n", ":1", "site.name"},
	    {"site.name = \xff\n", ":1", "site.name"},
	    {"mysql.hosts = /run/mysql.sock\n", ":1", "mysql.hosts"},
	    {"mysql.hosts = unix:run/mysql.sock\n", ":1", "mysql.hosts"},
	    {"mysql.hosts = db1\n", ":1", "mysql.hosts"},
	    {"mysql.hosts = db1:0\n", ":1", "mysql.hosts"},
	    {"mysql.hosts = db1:3306,\n", ":1", "mysql.hosts"},
	    {"mysql.hosts = fe80::1:3306\n", ":1", "mysql.hosts"},
	    {"redis.host = a:1, b:2\n", ":1", "redis.host"},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(load(bad[i].text, &e));
		assert_non_null(strstr(e.detail, folder_path("parley.conf")));
		assert_non_null(strstr(e.detail, bad[i].line));
		assert_non_null(strstr(e.detail, bad[i].key));
	}
	setenv("PARLEY_LOG_LEVEL", "x", 1);
	assert_null(load("", &e));
	unsetenv("PARLEY_LOG_LEVEL");
	assert_non_null(strstr(e.detail, "environment: log.level"));
}

static void
endpoints_are_sockets_or_hosts(void **state)
{
	struct arena	      *a = arena_new(0);
	const struct endpoint *list;
	size_t		       n;

	(void)state;
	assert_int_equal(endpoints_parse(a, "", &list, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(
	    endpoints_parse(a, " unix:/a/b.sock , db1:3306,[::1]:7", &list, &n),
	    0);
	assert_int_equal(n, 3);
	assert_string_equal(list[0].path, "/a/b.sock");
	assert_string_equal(list[0].text, "unix:/a/b.sock");
	assert_null(list[1].path);
	assert_string_equal(list[1].host, "db1");
	assert_int_equal(list[1].port, 3306);
	assert_string_equal(list[2].host, "::1");
	assert_int_equal(list[2].port, 7);
	arena_free(&a);
}

static void
the_table_is_sound(void **state)
{
	struct err e;

	(void)state;
	for (size_t i = 0; config_keys[i].name != NULL; i++) {
		const struct config_key *k = &config_keys[i];
		size_t			 n = strlen(k->help);

		assert_true(n > 10 && k->help[n - 1] == '.');
		assert_true(k->type != CONFIG_CHOICE || k->choices != NULL);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(k->name, config_keys[j].name);
	}
	unlink(folder_path("parley.conf"));
	struct config *c;
	assert_int_equal(config_load(&c, folder, &e), 0);
	config_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_environment_wins_over_the_file),
	    cmocka_unit_test(quotes_keep_what_would_be_cut),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(endpoints_are_sockets_or_hosts),
	    cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
