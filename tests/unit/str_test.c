/* SPDX-License-Identifier: MIT */
/* str_test.c -- Text that grows, numbers in text, and UTF-8 from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
a_buffer_grows(void **state)
{
	struct arena *a = arena_new(0);
	struct strbuf b;

	(void)state;
	strbuf_init(&b, a);
	assert_string_equal(b.data, "");
	strbuf_add(&b, "", 0);
	assert_string_equal(b.data, "");
	for (int i = 0; i < 10000; i++)
		strbuf_addc(&b, 'x');
	strbuf_adds(&b, "yz");
	strbuf_addf(&b, "%s%d", "n", 5);
	assert_int_equal(b.len, 10004);
	assert_string_equal(b.data + 9999, "xyzn5");
	arena_free(&a);
}

static void
html_is_escaped(void **state)
{
	struct arena *a = arena_new(0);
	struct strbuf b;
	const char   *evil = "<a href=\"x\" title='y'>&\xe4\xb8\xad";

	(void)state;
	strbuf_init(&b, a);
	strbuf_add_html(&b, evil, strlen(evil));
	assert_string_equal(b.data,
	    "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;\xe4\xb8\xad");
	arena_free(&a);
}

static void
only_well_formed_utf8_is_valid(void **state)
{
	static const char *const good[] = {"", "abc", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xf0\x9f\x98\x80z"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xc2",
	    "\xc2"
	    "a",
	    "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xe4\xb8", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98", "\xff",
	    "\xfe", "ab\xbf"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_int_equal(utf8_length("a\xf0\x9f\x98\x80z", 6), 3);
}

static void
controls_and_turned_text_are_seen(void **state)
{
	(void)state;
	assert_false(utf8_has_control("a b\xe4\xb8\xad", 6, ""));
	assert_true(utf8_has_control("a\nb", 3, ""));
	assert_true(utf8_has_control("a\nb", 3, "\t"));
	assert_false(utf8_has_control("a\nb\t", 4, "\n\t"));
	assert_true(utf8_has_control("a\0b", 3, "\n\t"));
	assert_true(utf8_has_control("\x7f", 1, "\n\t"));
	assert_true(utf8_has_control("\xc2\x85", 2, "\n\t"));
	assert_true(utf8_has_control_code("\xc2\x85", 2, "\n\t"));
	assert_false(utf8_has_control_code("\xe2\x80\xaa", 3, ""));
	assert_true(utf8_has_control("\xe2\x80\xaa", 3, ""));
	assert_true(utf8_has_control("\xe2\x80\xae", 3, "\n\t"));
	assert_true(utf8_has_control("\xe2\x81\xa6", 3, "\n\t"));
	assert_false(utf8_has_control("\xe2\x80\x8d", 3, "")); /* in emoji */
}

static void
blank_is_blank_in_every_script(void **state)
{
	(void)state;
	assert_true(utf8_is_blank("", 0));
	assert_true(utf8_is_blank(" \t\n\r", 4));
	assert_true(utf8_is_blank("\xe3\x80\x80\xc2\xa0\xe2\x80\x8b", 8));
	assert_true(utf8_is_blank("\xe1\x85\x9f\xe1\x85\xa0\xef\xbe\xa0", 9));
	/* joiner, variation selector, tag, Mongolian and Khmer ones */
	assert_true(utf8_is_blank("\xcd\x8f\xef\xb8\x8f\xf3\xa0\x81\x81", 9));
	assert_true(utf8_is_blank("\xe1\xa0\x8e\xe1\x9e\xb4\xe2\x81\xa4", 9));
	assert_false(utf8_is_blank(" a ", 3));
	assert_false(
	    utf8_is_blank("\xe2\x9d\xa4\xef\xb8\x8f", 6)); /* a heart */
	assert_false(utf8_is_blank("\xf0\x9f\x98\x80", 4));
	assert_false(utf8_is_blank("\xe4\xb8\xad", 3));
}

static void
numbers_are_whole_and_do_not_overflow(void **state)
{
	static const char *const bad[] = {"", "+1", " 1", "1 ", "1.0", "0x1",
	    "18446744073709551616", "99999999999999999999", "-1", "a"};
	uint64_t		 u;
	int64_t			 i;

	(void)state;
	for (size_t n = 0; n < COUNT(bad); n++)
		assert_false(parse_u64(bad[n], &u));
	assert_false(parse_u64(NULL, &u));
	assert_true(parse_u64("18446744073709551615", &u));
	assert_true(u == UINT64_MAX);
	assert_true(parse_u64("007", &u) && u == 7);
	assert_true(parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
	assert_true(parse_i64("9223372036854775807", &i) && i == INT64_MAX);
	assert_false(parse_i64("9223372036854775808", &i));
	assert_false(parse_i64("-9223372036854775809", &i));
	assert_false(parse_i64("-", &i) || parse_i64("--1", &i));
}

static void
an_id_has_one_text(void **state)
{
	struct arena *a = arena_new(0);
	uint64_t      id;

	(void)state;
	assert_string_equal(id_text(a, UINT64_MAX), "18446744073709551615");
	assert_true(id_parse("42", &id) && id == 42);
	assert_false(id_parse("0", &id) || id_parse("042", &id));
	assert_false(id_parse("-1", &id) || id_parse("", &id));
	arena_free(&a);
}

static void
a_cursor_is_as_many_numbers_as_it_should_be(void **state)
{
	static const char *const bad[] = {"", "1", "1.2", "1.2.3.4", "1.2.",
	    ".1.2", "1..2", "1.2.3 ", "-1.2.3", "1,2,3", "1.2.x",
	    "1.2.9223372036854775808", "1.2.99999999999999999999999"};
	struct err		 e = {0};
	int64_t			 n[3] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(cursor_parse(bad[i], n, 3, &e), -1);
		assert_true(err_has_field(&e, "cursor"));
	}
	assert_int_equal(cursor_parse("1.0.9223372036854775807", n, 3, &e), 0);
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], 0);
	assert_true(n[2] == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_buffer_grows),
	    cmocka_unit_test(html_is_escaped),
	    cmocka_unit_test(only_well_formed_utf8_is_valid),
	    cmocka_unit_test(controls_and_turned_text_are_seen),
	    cmocka_unit_test(blank_is_blank_in_every_script),
	    cmocka_unit_test(numbers_are_whole_and_do_not_overflow),
	    cmocka_unit_test(an_id_has_one_text),
	    cmocka_unit_test(a_cursor_is_as_many_numbers_as_it_should_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
