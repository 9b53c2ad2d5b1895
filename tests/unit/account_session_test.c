/* SPDX-License-Identifier: MIT */
/* account_session_test.c -- Sessions: how long they live, and who ends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "account/token.h"
#include "account_world.h"
#include "base/clock.h"
#include "data/redis.h"
#include "servers.h"

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
one_session_too_many_ends_the_idlest(void **state)
{
	struct world	    *w = *state;
	struct session_grant grants[4];

	setenv("PARLEY_SESSION_MAX", "3", 1);
	assert_int_equal(account_tear_down(state), 0);
	assert_int_equal(account_set_up(state), 0);
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
whoever_leaves_was_there_until_then_but_the_invisible(void **state)
{
	const struct db_stmt hide = {
	    "UPDATE user SET presence = 'invisible' WHERE id = ?", "u", NULL};
	static const char   active[] = "SELECT last_active_at FROM user "
				       "WHERE id = ?";
	struct world	   *w = *state;
	int64_t		    now = clock_ms() + 60000;
	struct account_seen seen[] = {{w->user.id, now}, {UINT32_MAX, now}};

	assert_int_equal(account_seen(w->app, w->a, seen, 0, &w->e), 0);
	assert_int_equal(account_seen(w->app, w->a, seen, 2, &w->e), 0);
	assert_int_equal(number(w, active, w->user.id), now);
	seen[0].until_ms = now - 1; /* told late: it never goes back */
	assert_int_equal(account_seen(w->app, w->a, seen, 1, &w->e), 0);
	assert_int_equal(number(w, active, w->user.id), now);
	assert_int_equal(db_exec(w->root, &hide, &w->e, w->user.id), 1);
	seen[0].until_ms = now + 1;
	assert_int_equal(account_seen(w->app, w->a, seen, 1, &w->e), 0);
	assert_int_equal(number(w, active, w->user.id), now);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ACCOUNT_TEST(programs_get_tokens_and_browsers_a_cookie),
	    ACCOUNT_TEST(a_session_ends_at_once_and_tells_its_sockets),
	    ACCOUNT_TEST(nobody_ends_anothers_session),
	    ACCOUNT_TEST(a_reader_does_not_write_over_the_dead),
	    ACCOUNT_TEST(without_redis_mariadb_is_asked),
	    ACCOUNT_TEST(a_refresh_token_is_good_once),
	    ACCOUNT_TEST(refresh_tokens_are_stored_as_digests),
	    ACCOUNT_TEST(one_session_too_many_ends_the_idlest),
	    ACCOUNT_TEST(use_is_noted_once_a_minute_and_prolongs_the_session),
	    ACCOUNT_TEST(use_of_the_invisible_is_not_shown),
	    ACCOUNT_TEST(whoever_leaves_was_there_until_then_but_the_invisible),
	    ACCOUNT_TEST(a_session_not_used_for_long_has_ended),
	    ACCOUNT_TEST(what_has_long_been_over_is_forgotten),
	};

	return cmocka_run_group_tests(tests, accounts_start, accounts_stop);
}
