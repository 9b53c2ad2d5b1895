/* SPDX-License-Identifier: MIT */
/* account_login_test.c -- Names and passwords: who comes, gets in, goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "account/store.h"
#include "account_world.h"
#include "servers.h"
#include "web/web.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ACCOUNT_TEST(a_name_is_taken_in_any_case_and_for_ever),
	    ACCOUNT_TEST(a_wrong_password_and_a_wrong_name_look_the_same),
	    ACCOUNT_TEST(
		guessing_is_slowed_down_and_a_right_one_is_not_counted),
	    ACCOUNT_TEST(a_new_password_ends_the_other_sessions),
	    ACCOUNT_TEST(a_password_that_is_no_more_opens_no_session),
	    ACCOUNT_TEST(a_wrong_old_password_changes_nothing),
	    ACCOUNT_TEST(a_deleted_user_is_gone_at_once),
	    ACCOUNT_TEST(an_old_hash_is_made_anew_at_log_in),
	    ACCOUNT_TEST(the_first_administrators_link_works_once),
	};

	return cmocka_run_group_tests(tests, accounts_start, accounts_stop);
}
