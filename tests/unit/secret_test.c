/* SPDX-License-Identifier: MIT */
/* secret_test.c -- Files of secrets/: absent, read, made by who is first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/secret.h"
#include "folder.h"

static int
set_up(void **state)
{
	if (folder_set_up(state) == -1)
		return -1;
	folder_make("secrets");
	return 0;
}

static void
what_is_not_there_is_none(void **state)
{
	struct err e = {0};
	char	   text[SECRET_TEXT] = "old";

	(void)state;
	assert_int_equal(secret_read(folder, "none", text, 3, &e), 0);
	assert_int_equal(secret_text(folder, "none", text, &e), 0);
	assert_string_equal(text, "");
	assert_int_equal(e.kind, ERR_NONE);
}

static void
a_text_ends_with_its_line(void **state)
{
	struct err e = {0};
	char	   text[SECRET_TEXT];

	(void)state;
	folder_write("secrets/db-x", "open-Sesame\r\nand more\n");
	assert_int_equal(secret_text(folder, "db-x", text, &e), 0);
	assert_string_equal(text, "open-Sesame");
}

static void
the_first_to_make_one_prevails(void **state)
{
	struct err  e = {0};
	struct stat st;
	char	    text[SECRET_TEXT];

	(void)state;
	assert_int_equal(secret_make(folder, "key", "first", 5, &e), 0);
	assert_int_equal(secret_make(folder, "key", "other", 5, &e), 0);
	assert_int_equal(secret_read(folder, "key", text, sizeof(text), &e), 5);
	assert_memory_equal(text, "first", 5);
	assert_int_equal(stat(folder_path("secrets/key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_cannot_be_read_or_made_is_named(void **state)
{
	struct err e = {0};
	char	   text[SECRET_TEXT] = "old";

	(void)state;
	folder_make("secrets/folder");
	assert_int_equal(secret_text(folder, "folder", text, &e), -1);
	assert_non_null(strstr(e.detail, "secrets/folder: "));
	assert_string_equal(text, "");
	err_clear(&e);
	assert_int_equal(secret_make(folder, "no/such", "x", 1, &e), -1);
	assert_non_null(strstr(e.detail, "secrets/no/such: "));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, folder_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_not_there_is_none),
	    TEST(a_text_ends_with_its_line),
	    TEST(the_first_to_make_one_prevails),
	    TEST(what_cannot_be_read_or_made_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
