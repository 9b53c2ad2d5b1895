/* SPDX-License-Identifier: MIT */
/* message_notice_test.c -- What system messages say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "message/notice.h"

static void
it_says_who_did_what_to_whom(void **state)
{
	static const struct {
		const char *content, *html;
	} table[] = {
	    {"{\"action\":\"left\",\"actor\":{\"display_name\":\"Ann\"}}",
		"<p><strong>Ann</strong> left.</p>"},
	    {"{\"action\":\"renamed\",\"actor\":{\"display_name\":\"<b>\"},"
	     "\"title\":\"a & b\"}",
		"<p><strong>&lt;b&gt;</strong> renamed the group to "
		"“a &amp; b”.</p>"},
	    {"{\"action\":\"added\",\"actor\":{\"display_name\":\"Ann\"},"
	     "\"users\":[{\"display_name\":\"Bob\"},"
	     "{\"display_name\":\"小波\"}],\"count\":7}",
		"<p><strong>Ann</strong> added <strong>Bob</strong>, "
		"<strong>小波</strong> and 5 more.</p>"},
	    {"{\"action\":\"slow_mode\",\"actor\":{},\"seconds\":30}",
		"<p><strong>Deleted account</strong> set slow mode to 30 "
		"seconds.</p>"},
	    {"{\"action\":\"slow_mode\",\"actor\":{},\"seconds\":0}",
		"<p><strong>Deleted account</strong> switched slow mode "
		"off.</p>"},
	    {"{\"action\":\"flew\"}", NULL},
	    {"{}", NULL},
	    {"[]", NULL},
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t	   *content = json_loads(table[i].content, 0, NULL);
		const char *html = notice_html(a, content);

		if (table[i].html == NULL)
			assert_null(html);
		else
			assert_string_equal(html, table[i].html);
		json_decref(content);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_says_who_did_what_to_whom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
