/* SPDX-License-Identifier: MIT */
/*
 * account_session_test.c -- Accounts and sessions on a real MariaDB and Redis,
 * with no more rights than the program has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/session.h"
#include "account/store.h"
#include "account/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/process.h"
#include "data/app.h"
#include "data/db.h"
#include "data/migrate.h"
#include "data/redis.h"
#include "servers.h"
#include "web/web.h"

#define PASSWORD "correct horse battery staple"

static const struct session_origin phone = {"Phone", "192.0.2.1", false};
static const struct session_origin browser = {"Firefox", "192.0.2.1", true};

static struct servers *servers;
static struct config  *config;

struct world {
	struct app   *app;
	struct db    *root;
	struct arena *a;
	struct err    e;
	struct user   user;
};

/* A user nobody had before, so that tests do not meet. */
static int
set_up(void **state)
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

static int
tear_down(void **state)
{
	struct world *w = *state;

	db_free(&w->root);
	app_close(&w->app);
	arena_free(&w->a);
	free(w);
	return 0;
}

static struct session_grant
log_in(struct world *w, const struct session_origin *origin)
{
	struct session_grant grant;

	err_clear(&w->e);
	if (account_login(w->app, w->a, w->user.username, PASSWORD, origin,
		&grant, &w->e) == -1)
		fail_msg("%s", w->e.detail);
	return grant;
}

static bool
is_alive(struct world *w, const struct session_grant *grant)
{
	int alive;

	err_clear(&w->e);
	alive = account_session_alive(
	    w->app, grant->session_id, grant->user.id, &w->e);
	assert_int_not_equal(alive, -1);
	return alive == 1;
}

static uint64_t
number(struct world *w, const char *sql, uint64_t arg)
{
	const struct db_stmt stmt = {sql, "u", "u"};
	struct db_rows	     rows;

	err_clear(&w->e);
	if (db_find(w->root, &stmt, w->a, &rows, &w->e, arg) != 1)
		fail_msg("%s: %s", sql, w->e.detail);
	return db_u(&rows, 0, 0);
}

static void
every_statement_can_be_prepared(void **state)
{
	struct world	     *w = *state;
	size_t		      n;
	const struct db_stmt *statements = account_statements(&n);

	if (db_prepare_all(w->root, statements, n, &w->e) == -1)
		fail_msg("%s", w->e.detail);
}

static void
a_name_is_taken_in_any_case_and_for_ever(void **state)
{
	struct world		   *w = *state;
	struct account_registration reg = {
	    .username = "USER_0", .password = PASSWORD};
	struct user user;

	for (int i = 0; i < 2; i++) {
		err_clear(&w->e);
		reg.username = i == 0 ? "Taken.Once" : "tAKEN.oNCE";
		assert_int_equal(
		    account_register(w->app, w->a, &reg, &user, &w->e), -i);
	}
	assert_int_equal(w->e.kind, ERR_CONFLICT);
	assert_string_equal(w->e.code, "conflict");
	assert_string_equal(w->e.fields[0].field, "username");
	assert_string_equal(w->e.fields[0].code, "taken");
	assert_int_equal(account_delete(w->app, w->a, user.id, NULL, &w->e), 0);
	err_clear(&w->e);
	assert_int_equal(
	    account_register(w->app, w->a, &reg, &user, &w->e), -1);
	assert_string_equal(w->e.code, "conflict");
}

static void
a_wrong_password_and_a_wrong_name_look_the_same(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant;
	struct err	     other = {0};

	assert_int_equal(account_login(w->app, w->a, w->user.username, "x",
			     &phone, &grant, &w->e),
	    -1);
	assert_int_equal(account_login(w->app, w->a, "nobody.here", PASSWORD,
			     &phone, &grant, &other),
	    -1);
	assert_int_equal(w->e.kind, ERR_UNAUTHORIZED);
	assert_int_equal(other.kind, w->e.kind);
	assert_string_equal(other.code, w->e.code);
	assert_string_equal(other.detail, w->e.detail);
}

static void
guessing_is_slowed_down_and_a_right_one_is_not_counted(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant;

	for (int i = 0; i < 15; i++)
		(void)log_in(w, &phone);
	for (int i = 0; i < 10; i++) {
		err_clear(&w->e);
		assert_int_equal(account_login(w->app, w->a, w->user.username,
				     "x", &phone, &grant, &w->e),
		    -1);
		assert_string_equal(w->e.code, "unauthorized");
	}
	err_clear(&w->e);
	assert_int_equal(account_login(w->app, w->a, w->user.username, PASSWORD,
			     &phone, &grant, &w->e),
	    -1);
	assert_string_equal(w->e.code, "rate_limited");
	assert_true(w->e.retry_after_s > 0);
}

static void
programs_get_tokens_and_browsers_a_cookie(void **state)
{
	struct world	    *w = *state;
	struct session_grant program = log_in(w, &phone);
	struct session_grant page = log_in(w, &browser);
	struct token_keys   *keys = account_keys(w->app, &w->e);
	struct token	     t;

	assert_non_null(program.refresh_token);
	assert_null(program.cookie);
	assert_int_equal(
	    token_verify(keys, program.access_token, clock_ms(), &t, &w->e), 0);
	assert_int_equal(t.use, TOKEN_ACCESS);
	assert_int_equal(t.session_id, program.session_id);
	assert_null(page.access_token);
	assert_null(page.refresh_token);
	assert_int_equal(
	    token_verify(keys, page.cookie, clock_ms(), &t, &w->e), 0);
	assert_int_equal(t.use, TOKEN_COOKIE);
	assert_int_equal(t.expires_s - t.issued_s, page.cookie_age_s);
}

static void
a_session_ends_at_once_and_tells_its_sockets(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);

	assert_true(is_alive(w, &grant));
	assert_true(is_alive(w, &grant)); /* as Redis remembers */
	err_clear(&w->e);
	assert_int_equal(account_session_end(
			     w->app, w->a, w->user.id, grant.session_id, &w->e),
	    0);
	assert_false(is_alive(w, &grant));
	assert_int_equal(number(w,
			     "SELECT COUNT(*) FROM outbox "
			     "WHERE session_id = ? AND audience = 3 "
			     "AND frame LIKE '%\"status\":\"ended\"%'",
			     grant.session_id),
	    1);
	assert_int_equal(account_session_end(
			     w->app, w->a, w->user.id, grant.session_id, &w->e),
	    -1);
	assert_string_equal(w->e.code, "not_found");
}

static void
nobody_ends_anothers_session(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);

	assert_int_equal(account_session_end(w->app, w->a, w->user.id + 1,
			     grant.session_id, &w->e),
	    -1);
	assert_string_equal(w->e.code, "not_found");
	assert_true(is_alive(w, &grant));
}

static void
a_reader_does_not_write_over_the_dead(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);
	struct redis_reply   nil = {.type = REDIS_NIL}, reply;

	/* It looked before the end and judges after it: MariaDB decides. */
	assert_int_equal(account_session_end(
			     w->app, w->a, w->user.id, grant.session_id, &w->e),
	    0);
	assert_int_equal(account_session_judge(w->app, w->a, grant.session_id,
			     w->user.id, &nil, &w->e),
	    0);
	assert_int_equal(
	    redis_call(w->app->redis, w->a, &reply, &w->e, "GET session:%llu",
		(unsigned long long)grant.session_id),
	    0);
	assert_string_equal(reply.str, "dead");
}

static void
without_redis_mariadb_is_asked(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant, other;

	servers_signal_redis(servers, SIGKILL);
	grant = log_in(w, &phone);
	other = log_in(w, &phone);
	assert_true(is_alive(w, &grant));
	err_clear(&w->e);
	assert_int_equal(account_session_end(
			     w->app, w->a, w->user.id, grant.session_id, &w->e),
	    0);
	assert_false(is_alive(w, &grant));
	assert_true(is_alive(w, &other));
	servers_start_redis(servers);
}

static void
a_refresh_token_is_good_once(void **state)
{
	struct world	    *w = *state;
	struct session_grant first = log_in(w, &phone), second, third;

	assert_int_equal(
	    account_refresh(w->app, w->a, first.refresh_token, &second, &w->e),
	    0);
	assert_int_equal(second.session_id, first.session_id);
	assert_string_not_equal(second.refresh_token, first.refresh_token);
	assert_true(is_alive(w, &first));
	/* The spent one again: its session ends, and with it the newer one. */
	assert_int_equal(
	    account_refresh(w->app, w->a, first.refresh_token, &third, &w->e),
	    -1);
	assert_string_equal(w->e.code, "unauthorized");
	assert_false(is_alive(w, &first));
	err_clear(&w->e);
	assert_int_equal(
	    account_refresh(w->app, w->a, second.refresh_token, &third, &w->e),
	    -1);
	assert_string_equal(w->e.code, "unauthorized");
}

static void
refresh_tokens_are_stored_as_digests(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);

	assert_int_equal(strlen(grant.refresh_token), 43);
	assert_int_equal(number(w,
			     "SELECT COUNT(*) FROM refresh_token "
			     "WHERE session_id = ? AND LENGTH(hash) = 32",
			     grant.session_id),
	    1);
}

static void
a_new_password_ends_the_other_sessions(void **state)
{
	struct world	    *w = *state;
	struct session_grant own = log_in(w, &phone);
	struct session_grant other = log_in(w, &browser), again;

	assert_int_equal(account_password_change(w->app, w->a, w->user.id,
			     own.session_id, PASSWORD, PASSWORD " two", &w->e),
	    0);
	assert_true(is_alive(w, &own));
	assert_false(is_alive(w, &other));
	assert_int_equal(account_login(w->app, w->a, w->user.username, PASSWORD,
			     &phone, &again, &w->e),
	    -1);
	err_clear(&w->e);
	assert_int_equal(account_login(w->app, w->a, w->user.username,
			     PASSWORD " two", &phone, &again, &w->e),
	    0);
}

/* As if it had been changed while the log-in was hashing. */
static void
a_password_that_is_no_more_opens_no_session(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant;
	struct user_secret   who;

	assert_int_equal(
	    account_store_user(w->app->db, w->a, w->user.id, &who, &w->e), 1);
	assert_int_equal(account_session_start(w->app, w->a, &w->user,
			     who.password_hash, &phone, &grant, &w->e),
	    0);
	assert_int_equal(
	    account_password_change(w->app, w->a, w->user.id, grant.session_id,
		PASSWORD, PASSWORD " three", &w->e),
	    0);
	assert_int_equal(account_session_start(w->app, w->a, &w->user,
			     who.password_hash, &phone, &grant, &w->e),
	    -1);
	assert_string_equal(w->e.code, "unauthorized");
}

static void
a_wrong_old_password_changes_nothing(void **state)
{
	struct world	    *w = *state;
	struct session_grant own = log_in(w, &phone);
	struct session_grant other = log_in(w, &phone);

	assert_int_equal(account_password_change(w->app, w->a, w->user.id,
			     own.session_id, "not it", "12345678", &w->e),
	    -1);
	assert_int_equal(w->e.kind, ERR_INVALID);
	assert_int_equal(w->e.nfields, 2);
	assert_true(is_alive(w, &other));
}

static void
a_deleted_user_is_gone_at_once(void **state)
{
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone), again;
	struct user	     user;

	assert_int_equal(
	    account_delete(w->app, w->a, w->user.id, PASSWORD, &w->e), 0);
	assert_false(is_alive(w, &grant));
	assert_int_equal(
	    account_find(w->app, w->a, w->user.id, &user, &w->e), 0);
	assert_int_equal(account_login(w->app, w->a, w->user.username, PASSWORD,
			     &phone, &again, &w->e),
	    -1);
	assert_string_equal(w->e.code, "unauthorized");
	assert_int_equal(number(w,
			     "SELECT COUNT(*) FROM user WHERE id = ? "
			     "AND password_hash = '' AND email IS NULL",
			     w->user.id),
	    1);
}

static void
one_session_too_many_ends_the_idlest(void **state)
{
	struct world	    *w = *state;
	struct session_grant grants[4];

	setenv("PARLEY_SESSION_MAX", "3", 1);
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	w = *state;
	for (int i = 0; i < 3; i++)
		grants[i] = log_in(w, &phone);
	{
		const struct db_stmt idle = {
		    "UPDATE session "
		    "SET last_active_at = 1 WHERE id = ?",
		    "u", NULL};

		assert_int_equal(
		    db_exec(w->root, &idle, &w->e, grants[1].session_id), 1);
	}
	grants[3] = log_in(w, &phone);
	unsetenv("PARLEY_SESSION_MAX");
	for (int i = 0; i < 4; i++)
		assert_int_equal(is_alive(w, &grants[i]), i != 1);
}

static void
use_is_noted_once_a_minute_and_prolongs_the_session(void **state)
{
	const struct db_stmt age = {
	    "UPDATE session SET last_active_at = "
	    "last_active_at - 61000, expires_at = expires_at - 61000 "
	    "WHERE id = ?",
	    "u", NULL};
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);
	static const char    active[] = "SELECT last_active_at FROM session "
					"WHERE id = ?";
	static const char    ends[] = "SELECT expires_at FROM session "
				      "WHERE id = ?";
	uint64_t	     before, end;

	before = number(w, active, grant.session_id);
	end = number(w, ends, grant.session_id);
	assert_true(is_alive(w, &grant));
	assert_int_equal(number(w, active, grant.session_id), before);
	servers_signal_redis(servers, SIGKILL); /* forgets what it knew */
	servers_start_redis(servers);
	assert_int_equal(db_exec(w->root, &age, &w->e, grant.session_id), 1);
	assert_true(is_alive(w, &grant));
	assert_true(number(w, active, grant.session_id) >= before);
	assert_true(number(w, ends, grant.session_id) >= end);
}

static void
use_of_the_invisible_is_not_shown(void **state)
{
	const struct db_stmt age = {
	    "UPDATE session s JOIN user u ON u.id = s.user_id "
	    "SET s.last_active_at = s.last_active_at - 61000, "
	    "u.last_active_at = 7, u.presence = 'invisible' WHERE s.id = ?",
	    "u", NULL};
	const struct db_stmt times = {
	    "SELECT u.last_active_at, s.last_active_at FROM session s "
	    "JOIN user u ON u.id = s.user_id WHERE s.id = ?",
	    "u", "ii"};
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone);
	int64_t		     before = clock_ms();
	struct db_rows	     rows;

	assert_int_equal(db_exec(w->root, &age, &w->e, grant.session_id), 2);
	assert_true(is_alive(w, &grant));
	assert_int_equal(
	    db_find(w->root, &times, w->a, &rows, &w->e, grant.session_id), 1);
	assert_int_equal(db_i(&rows, 0, 0), 7);
	assert_true(db_i(&rows, 0, 1) >= before);
}

static void
a_session_not_used_for_long_has_ended(void **state)
{
	const struct db_stmt expire = {"UPDATE session SET expires_at = 1 "
				       "WHERE id = ?",
	    "u", NULL};
	struct world	    *w = *state;
	struct session_grant grant = log_in(w, &phone), fresh;

	assert_int_equal(db_exec(w->root, &expire, &w->e, grant.session_id), 1);
	assert_false(is_alive(w, &grant));
	assert_int_equal(
	    account_refresh(w->app, w->a, grant.refresh_token, &fresh, &w->e),
	    -1);
	assert_string_equal(w->e.code, "unauthorized");
}

static void
what_has_long_been_over_is_forgotten(void **state)
{
	const struct db_stmt age = {
	    "UPDATE session SET ended_at = 1 WHERE id = ?", "u", NULL};
	struct world	    *w = *state;
	struct session_grant old = log_in(w, &phone), other;

	assert_int_equal(db_exec(w->root, &age, &w->e, old.session_id), 1);
	other = log_in(w, &phone);
	assert_int_equal(number(w, "SELECT COUNT(*) FROM session WHERE id = ?",
			     old.session_id),
	    0);
	assert_int_equal(
	    number(w, "SELECT COUNT(*) FROM refresh_token WHERE session_id = ?",
		old.session_id),
	    0);
	assert_true(is_alive(w, &other));
}

static void
an_old_hash_is_made_anew_at_log_in(void **state)
{
	struct world	 *w = *state;
	static const char sql[] = "SELECT password_hash LIKE "
				  "'$argon2id$v=19$m=8200,%' "
				  "FROM user WHERE id = ?";

	assert_int_equal(number(w, sql, w->user.id), 0);
	setenv("PARLEY_PASSWORD_MEMORY_KB", "8200", 1);
	app_close(&w->app);
	assert_int_equal(app_open(&w->app, "accounts", servers->dir, &w->e), 0);
	(void)log_in(w, &phone);
	setenv("PARLEY_PASSWORD_MEMORY_KB", "8192", 1);
	assert_int_equal(number(w, sql, w->user.id), 1);
}

static void
the_first_administrators_link_works_once(void **state)
{
	struct world		   *w = *state;
	struct account_registration reg = {
	    .username = "The_Boss", .password = PASSWORD};
	struct app *ctl;
	struct user user;
	const char *token, *other;
	bool	    has;

	assert_int_equal(app_open(&ctl, "ctl", servers->dir, &w->e), 0);
	assert_int_equal(account_admin_link(ctl, w->a, &other, &w->e), 0);
	assert_int_equal(account_admin_link(ctl, w->a, &token, &w->e), 0);
	app_close(&ctl);
	assert_int_equal(
	    account_admin_link_check(w->app, w->a, token, &w->e), 0);
	assert_int_equal(
	    account_admin_setup(w->app, w->a, token, &reg, &user, &w->e), 0);
	assert_int_equal(user.role, ROLE_ADMIN);
	assert_int_equal(account_has_admin(w->app, w->a, &has, &w->e), 0);
	assert_true(has);
	reg.username = "second_boss";
	assert_int_equal(
	    account_admin_setup(w->app, w->a, token, &reg, &user, &w->e), -1);
	assert_string_equal(w->e.code, "not_found");
	/* Each start prints one, and there is one first administrator. */
	err_clear(&w->e);
	assert_int_equal(
	    account_admin_setup(w->app, w->a, other, &reg, &user, &w->e), -1);
	assert_string_equal(w->e.code, "not_found");
}

static int
start_all(void **state)
{
	struct config *first;
	struct arena  *a = arena_new(0);
	struct err     e = {0};
	struct db     *root;
	const char    *bootstrap;
	int	       rc;

	(void)state;
	setenv("PARLEY_PASSWORD_MEMORY_KB", "8192", 1);
	setenv("PARLEY_PASSWORD_ITERATIONS", "1", 1);
	setenv("PARLEY_LOGIN_FAILURES_ADDRESS", "1000", 1);
	process_start("account_session_test");
	servers = servers_new();
	servers_start_mysql(servers);
	servers_start_redis(servers);
	setenv("PARLEY_MYSQL_DATABASE", "mysql", 1); /* there is no other yet */
	if (config_load(&first, servers->dir, &e) == -1)
		return -1;
	unsetenv("PARLEY_MYSQL_DATABASE");
	if (config_load(&config, servers->dir, &e) == -1 ||
	    db_new(&root, first, "root", &e) == -1 ||
	    (bootstrap = migrate_bootstrap(a, config, &e)) == NULL ||
	    db_run_script(root, bootstrap, &e) == -1)
		print_error("%s\n", e.detail);
	db_free(&root);
	config_free(&first);
	rc = db_new(&root, config, "ctl", &e);
	if (rc == 0)
		rc = migrate_run(root, a, config, "sql", &e) == -1 ? -1 : 0;
	if (rc == -1)
		print_error("%s\n", e.detail);
	db_free(&root);
	arena_free(&a);
	return rc;
}

static int
stop_all(void **state)
{
	(void)state;
	config_free(&config);
	servers_free(&servers);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_statement_can_be_prepared),
	    TEST(a_name_is_taken_in_any_case_and_for_ever),
	    TEST(a_wrong_password_and_a_wrong_name_look_the_same),
	    TEST(guessing_is_slowed_down_and_a_right_one_is_not_counted),
	    TEST(programs_get_tokens_and_browsers_a_cookie),
	    TEST(a_session_ends_at_once_and_tells_its_sockets),
	    TEST(nobody_ends_anothers_session),
	    TEST(a_reader_does_not_write_over_the_dead),
	    TEST(without_redis_mariadb_is_asked),
	    TEST(a_refresh_token_is_good_once),
	    TEST(refresh_tokens_are_stored_as_digests),
	    TEST(a_new_password_ends_the_other_sessions),
	    TEST(a_password_that_is_no_more_opens_no_session),
	    TEST(a_wrong_old_password_changes_nothing),
	    TEST(a_deleted_user_is_gone_at_once),
	    TEST(one_session_too_many_ends_the_idlest),
	    TEST(use_is_noted_once_a_minute_and_prolongs_the_session),
	    TEST(use_of_the_invisible_is_not_shown),
	    TEST(a_session_not_used_for_long_has_ended),
	    TEST(what_has_long_been_over_is_forgotten),
	    TEST(an_old_hash_is_made_anew_at_log_in),
	    TEST(the_first_administrators_link_works_once),
	};

	return cmocka_run_group_tests(tests, start_all, stop_all);
}
