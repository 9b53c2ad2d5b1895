/* SPDX-License-Identifier: MIT */
/* web_qr_test.c -- A code's path draws exactly its modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <qrencode.h>

#include "base/arena.h"
#include "web/qr.h"

enum { SIDE_MAX = 177 };

static const char link[] =
    "https://chat.example.org/add/12-abcdefghijklmnopqrst";

/* What an SVG renderer would fill: rectangles "Mx yhWv1HxZ". */
static void
draw(const char *path, unsigned char dark[SIDE_MAX][SIDE_MAX])
{
	int x, y, width, back, n;

	for (; *path != '\0'; path += n) {
		assert_int_equal(sscanf(path, "M%d %dh%dv1H%dz%n", &x, &y,
				     &width, &back, &n),
		    4);
		assert_int_equal(back, x);
		for (int i = 0; i < width; i++)
			dark[y][x + i]++;
	}
}

static void
the_path_draws_each_dark_module_once(void **state)
{
	static unsigned char dark[SIDE_MAX][SIDE_MAX];
	struct arena	    *a = arena_new(0);
	json_t		    *json = qr_json(a, link);
	QRcode *code = QRcode_encodeString8bit(link, 0, QR_ECLEVEL_M);

	(void)state;
	assert_non_null(json);
	assert_int_equal(
	    json_integer_value(json_object_get(json, "size")), code->width);
	draw(json_string_value(json_object_get(json, "path")), dark);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			assert_int_equal(
			    dark[y][x], code->data[y * code->width + x] & 1);
	QRcode_free(code);
	json_decref(json);
	arena_free(&a);
}

static void
what_fits_no_code_has_none(void **state)
{
	struct arena *a = arena_new(0);
	char	      text[4000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_null(qr_json(a, ""));
	assert_null(qr_json(a, text));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_path_draws_each_dark_module_once),
	    cmocka_unit_test(what_fits_no_code_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
