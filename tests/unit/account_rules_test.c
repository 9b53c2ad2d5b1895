/* SPDX-License-Identifier: MIT */
/* account_rules_test.c -- What a name, a profile and a password may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "account/rules.h"
#include "base/arena.h"
#include "base/err.h"

#define TEN "0123456789"
#define FORTY TEN TEN TEN TEN
#define LONG_TEXT FORTY FORTY FORTY FORTY FORTY FORTY FORTY

/* A value of a field, and the code it is refused with; NULL: it is fine. */
struct sample {
	const char *value, *code;
};

static void
check(const struct sample *samples, size_t n, const char *field,
    int (*judge)(const char *, struct err *))
{
	for (size_t i = 0; i < n; i++) {
		struct err e = {0};
		int	   rc = judge(samples[i].value, &e);

		if (samples[i].code == NULL) {
			if (rc != 0)
				fail_msg("%s '%s': %s", field, samples[i].value,
				    e.fields[0].code);
			continue;
		}
		if (rc != -1)
			fail_msg("%s '%s' passes", field, samples[i].value);
		assert_int_equal(e.kind, ERR_INVALID);
		assert_int_equal(e.nfields, 1);
		assert_string_equal(e.fields[0].field, field);
		assert_string_equal(e.fields[0].code, samples[i].code);
	}
}

#define CHECK(field, judge, ...)                                              \
	do {                                                                  \
		static const struct sample samples[] = {__VA_ARGS__};         \
		check(                                                        \
		    samples, sizeof samples / sizeof *samples, field, judge); \
	} while (0)

static void
usernames(void **state)
{
	(void)state;
	CHECK("username", username_check, {"ada", NULL}, {"Ada_L.9", NULL},
	    {"...", NULL}, {"abcdefghijklmnopqrstuvwxyz012345", NULL},
	    {NULL, "required"}, {"", "required"}, {"ab", "too_short"},
	    {"abcdefghijklmnopqrstuvwxyz0123456", "too_long"},
	    {"a b", "characters"}, {"ada-l", "characters"},
	    {"\xc3\xa9mile", "characters"}, {"ada'--", "characters"},
	    {"a\tb", "characters"});
}

static void
usernames_differ_by_more_than_case(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(username_fold(a, "Ada_L.9"), "ada_l.9");
	arena_free(&a);
}

static void
display_names(void **state)
{
	(void)state;
	CHECK("display_name", display_name_check, {NULL, NULL},
	    {"Ada Lovelace", NULL}, {"\xe6\x9d\x8e\xe9\x9b\xb7", NULL},
	    {"", "required"}, {" \xe3\x80\x80 ", "required"},
	    {FORTY TEN TEN "abcd", NULL}, {FORTY TEN TEN "abcde", "too_long"},
	    {"a\nb", "characters"}, {"\xff", "characters"},
	    {"a\xe2\x80\xae"
	     "b",
		"characters"});
}

static void
bios(void **state)
{
	(void)state;
	CHECK("bio", bio_check, {NULL, NULL}, {"", NULL},
	    {"two\nlines\tand a tab", NULL}, {LONG_TEXT LONG_TEXT, "too_long"},
	    {"\x07", "characters"});
}

static void
emails(void **state)
{
	(void)state;
	CHECK("email", email_check, {NULL, NULL}, {"", NULL},
	    {"ada@example.org", NULL}, {"a.b+c@x.y.z", NULL}, {"ada", "email"},
	    {"@example.org", "email"}, {"ada@example", "email"},
	    {"ada@.org", "email"}, {"a@b@c.org", "email"},
	    {"a b@c.org", "email"}, {"ada@example.org.", "email"},
	    {"<x>@example.org", "email"},
	    {LONG_TEXT "@example.org", "too_long"});
}

static void
choices(void **state)
{
	(void)state;
	CHECK("locale", locale_check, {NULL, NULL}, {"", NULL}, {"en", NULL},
	    {"zh", NULL}, {"fr", "choice"});
	CHECK("theme", theme_check, {"dark", NULL}, {"", "choice"});
	CHECK("presence", presence_check, {"invisible", NULL},
	    {"offline", "choice"}, {"Online", "choice"});
}

static int
judge_password(const char *password, struct err *e)
{
	static const struct password_owner owner = {
	    "ada_love", "Augusta Byron", "countess@example.org"};

	return password_check("password", password, &owner, 3, e);
}

static void
passwords(void **state)
{
	(void)state;
	CHECK("password", judge_password,
	    {"correct horse battery staple", NULL}, {"Xk9#mQ2$vL7p", NULL},
	    {"\xe5\x8c\x97\xe4\xba\xac\xe6\xac\xa2\xe8\xbf\x8e\xe4\xbd\xa0"
	     "\xe4\xbb\xac\xe5\x91\x80\xe5\x91\x80",
		NULL},
	    {NULL, "required"}, {"", "required"}, {"Xk9#mQ2", "too_short"},
	    {"password123", "weak_common"}, {"P4ssw0rd!", "weak_common"},
	    {"aaaaaaaaaaaa", "weak_repeat"}, {"abcdefghij", "weak_sequence"},
	    {"ada_love1", "weak_personal"}, {"countess9", "weak_personal"},
	    {"12-10-1987", "weak_date"},
	    {"\xff\xff\xff\xff\xff\xff\xff\xff", "utf8"});
}

static void
a_password_of_1025_bytes_is_too_long(void **state)
{
	char	   password[1026];
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < 1025; i++)
		password[i] = (char)('!' + i * 7 % 90);
	password[1025] = '\0';
	assert_int_equal(judge_password(password, &e), -1);
	assert_string_equal(e.fields[0].code, "too_long");
	err_clear(&e);
	password[1024] = '\0';
	assert_int_equal(judge_password(password, &e), 0);
}

static void
everything_wrong_is_told_at_once(void **state)
{
	struct err e = {0};

	(void)state;
	(void)username_check("a", &e);
	(void)judge_password("12345678", &e);
	(void)email_check("nowhere", &e);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_int_equal(e.nfields, 3);
}

static void
devices_have_names_people_know(void **state)
{
	static const struct {
		const char *agent, *device;
	} samples[] = {
	    {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
	     "Firefox/128.0",
		"Firefox on Linux"},
	    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
	     " (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
		"Edge on Windows"},
	    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
	     "AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1",
		"Safari on iPhone"},
	    {"Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Safari/537.36",
		"Chrome on Android"},
	    {"curl/7.88.1", "curl"},
	    {"", ""},
	    {NULL, ""},
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		assert_string_equal(
		    device_of(a, samples[i].agent), samples[i].device);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usernames),
	    cmocka_unit_test(usernames_differ_by_more_than_case),
	    cmocka_unit_test(display_names),
	    cmocka_unit_test(bios),
	    cmocka_unit_test(emails),
	    cmocka_unit_test(choices),
	    cmocka_unit_test(passwords),
	    cmocka_unit_test(a_password_of_1025_bytes_is_too_long),
	    cmocka_unit_test(everything_wrong_is_told_at_once),
	    cmocka_unit_test(devices_have_names_people_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
