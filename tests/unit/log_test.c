/* SPDX-License-Identifier: MIT */
/* log_test.c -- Every line is one JSON object, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/err.h"
#include "base/log.h"

static int pipes[2], real_stderr;

static int
catch_stderr(void **state)
{
	(void)state;
	real_stderr = dup(STDERR_FILENO);
	return pipe(pipes) == -1 ||
	       fcntl(pipes[0], F_SETFL, O_NONBLOCK) == -1 ||
	       dup2(pipes[1], STDERR_FILENO) == -1;
}

static int
release_stderr(void **state)
{
	(void)state;
	log_open("log_test", LOG_LEVEL_INFO);
	log_request(NULL);
	close(pipes[0]);
	close(pipes[1]);
	return dup2(real_stderr, STDERR_FILENO) == -1 || close(real_stderr);
}

/* The one line written since; NULL: none. */
static json_t *
line(void)
{
	char	text[8192];
	ssize_t n = read(pipes[0], text, sizeof(text));
	json_t *object;

	if (n <= 0)
		return NULL;
	assert_true(n <= 4096);
	assert_int_equal(text[n - 1], '\n');
	assert_ptr_equal(memchr(text, '\n', (size_t)n), &text[n - 1]);
	object = json_loadb(text, (size_t)n, 0, NULL);
	assert_non_null(object);
	return object;
}

static const char *
get(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
a_line_has_what_it_is_given(void **state)
{
	json_t *l;

	(void)state;
	log_open("tester", LOG_LEVEL_INFO);
	log_request("req-1");
	log_info("thing.done", LOG_INT("n", -5), LOG_STR("s", "a\"b\\\n\x7f中"),
	    LOG_STR("none", NULL));
	l = line();
	assert_string_equal(get(l, "program"), "tester");
	assert_string_equal(get(l, "level"), "info");
	assert_string_equal(get(l, "event"), "thing.done");
	assert_string_equal(get(l, "request"), "req-1");
	assert_string_equal(get(l, "s"), "a\"b\\\n\x7f中");
	assert_string_equal(get(l, "none"), "");
	assert_int_equal(json_integer_value(json_object_get(l, "n")), -5);
	assert_int_equal(strlen(get(l, "time")), 24);
	json_decref(l);
}

static void
lines_below_the_level_are_dropped(void **state)
{
	(void)state;
	log_open("tester", LOG_LEVEL_WARN);
	log_info("quiet", LOG_INT("n", 1));
	assert_null(line());
}

static void
a_level_goes_by_its_name(void **state)
{
	(void)state;
	assert_int_equal(log_level_of("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_of("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_of("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_of("loud"), LOG_LEVEL_INFO);
}

static void
the_longest_and_the_worst_stay_json(void **state)
{
	static char big[10000];
	json_t	   *l;

	(void)state;
	for (size_t width = 1; width <= 3; width++) {
		const char *c = width == 1 ? "\x01" : width == 2 ? "é" : "中";

		for (size_t i = 0; i + width < sizeof(big); i += width)
			memcpy(big + i, c, width);
		log_warn("big", LOG_STR("a", big), LOG_STR("b", big),
		    LOG_INT("n", 1));
		l = line();
		assert_true(strlen(get(l, "a")) > 600);
		json_decref(l);
	}
	log_warn("bytes", LOG_STR("a", "\xff\xfe\xc3("));
	l = line();
	assert_string_equal(get(l, "a"), "ÿþÃ(");
	json_decref(l);
}

static void
an_error_is_told_with_its_place(void **state)
{
	struct err e = {0};
	json_t	  *l;

	(void)state;
	assert_int_equal(
	    err_set(&e, ERR_INTERNAL, "internal", "it is %d", 7), -1);
	log_err("step", &e);
	l = line();
	assert_string_equal(get(l, "level"), "error");
	assert_string_equal(get(l, "detail"), "it is 7");
	assert_non_null(strstr(get(l, "file"), "log_test.c"));
	json_decref(l);
}

static void
fields_at_fault_gather_up_to_a_bound(void **state)
{
	char	   names[ERR_FIELDS_MAX + 5][16];
	struct err e = {0};

	(void)state;
	for (int i = 0; i < ERR_FIELDS_MAX + 5; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "f%d", i);
		assert_int_equal(
		    err_field(&e, names[i], "too_long", "%d", i), -1);
	}
	assert_int_equal(e.kind, ERR_INVALID);
	assert_int_equal(e.nfields, ERR_FIELDS_MAX);
	assert_string_equal(e.fields[2].detail, "2");
	assert_int_equal(err_http_status(e.kind), 422);
	/* What says why may be made of what was there. */
	err_set(&e, ERR_CONFLICT, "conflict", "first");
	err_set(&e, ERR_CONFLICT, "conflict", "then %s", e.detail);
	assert_string_equal(e.detail, "then first");
	err_clear(&e);
	assert_int_equal(e.kind, ERR_NONE);
	assert_int_equal(e.nfields, 0);
}

static void
of_one_field_the_first_fault_is_told(void **state)
{
	struct err e = {0};

	(void)state;
	assert_false(err_has_field(&e, "name"));
	err_field(&e, "name", "type", "first");
	err_field(&e, "name", "required", "second");
	err_field(&e, "other", "required", "third");
	assert_true(err_has_field(&e, "name"));
	assert_int_equal(e.nfields, 2);
	assert_string_equal(e.fields[0].code, "type");
	assert_string_equal(e.fields[1].field, "other");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, catch_stderr, release_stderr)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_line_has_what_it_is_given),
	    TEST(lines_below_the_level_are_dropped),
	    TEST(a_level_goes_by_its_name),
	    TEST(the_longest_and_the_worst_stay_json),
	    TEST(an_error_is_told_with_its_place),
	    TEST(fields_at_fault_gather_up_to_a_bound),
	    TEST(of_one_field_the_first_fault_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
