/* SPDX-License-Identifier: MIT */
/* sync_cursor_test.c -- A cursor says what it was told, to its user alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/app.h"
#include "sync/cursor.h"

enum { ANN = 7, BOB = 8 };
static const int64_t NOW = 1790000000000;

struct world {
	struct app	    app; /* the seal needs no engine */
	struct arena	   *a;
	struct sync_cursor *c;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->a = arena_new(0);
	w->c = arena_alloc(w->a, sizeof(*w->c));
	w->c->since_ms = NOW;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < APP_KEEPERS; i++)
		if (w->app.kept[i].release != NULL)
			w->app.kept[i].release(w->app.kept[i].state);
	arena_free(&w->a);
	free(w);
	return 0;
}

static struct sync_talk
talk(uint64_t conv_id)
{
	return (struct sync_talk){conv_id, 10, 9, 10, 3, 300};
}

static struct sync_seen
mark(uint64_t ref)
{
	return (struct sync_seen){0, 1, ref, NOW - 5};
}

static int
parse(struct world *w, uint64_t user_id, const char *text,
    struct sync_cursor *c, const char **why_r)
{
	struct err e = {0};
	int	   rc = sync_cursor_parse(&w->app, w->a, user_id, text, c, &e);

	*why_r = rc == -1 ? e.fields[0].code : NULL;
	return rc;
}

static void
it_holds_all_that_it_was_told(void **state)
{
	struct world	  *w = *state;
	struct sync_cursor back = {0};
	const char	  *why, *text;

	w->c->round_ms = NOW + 1;
	w->c->part = SYNC_PART_TALKS;
	w->c->at[0] = UINT64_MAX;
	for (uint64_t i = 1; i <= SYNC_TALKS_MAX; i++) {
		struct sync_talk t = talk(i);
		struct sync_seen m = mark(i);

		sync_cursor_note_talk(w->c, &t);
		sync_cursor_note_mark(w->c, &m);
	}
	text = sync_cursor_text(&w->app, w->a, ANN, w->c);
	assert_true(strlen(text) <= SYNC_CURSOR_MAX);
	assert_int_equal(parse(w, ANN, text, &back, &why), 0);
	assert_memory_equal(&back, w->c, sizeof(back));
}

static void
nobody_else_can_use_or_change_it(void **state)
{
	struct world	  *w = *state;
	struct sync_cursor back;
	const char	  *why;
	char		  *text =
	    arena_strdup(w->a, sync_cursor_text(&w->app, w->a, ANN, w->c));
	size_t len = strlen(text);

	assert_int_equal(parse(w, BOB, text, &back, &why), -1);
	assert_string_equal(why, "foreign");
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(parse(w, ANN, text, &back, &why), -1);
		assert_string_equal(why, "malformed");
		text[i] = was;
	}
	text[len - 1] = '\0';
	assert_int_equal(parse(w, ANN, text, &back, &why), -1);
	assert_int_equal(parse(w, ANN, "", &back, &why), -1);
	assert_int_equal(parse(w, ANN, "?", &back, &why), -1);
}

static void
past_its_room_the_oldest_goes(void **state)
{
	struct world *w = *state;

	for (uint64_t i = 1; i <= SYNC_TALKS_MAX + 1; i++) {
		struct sync_talk t = talk(i);
		struct sync_seen m = mark(i);

		sync_cursor_note_talk(w->c, &t);
		sync_cursor_note_mark(w->c, &m);
	}
	assert_null(sync_cursor_talk(w->c, 1));
	assert_non_null(sync_cursor_talk(w->c, SYNC_TALKS_MAX + 1));
	assert_false(
	    sync_cursor_has(w->c, &(struct sync_seen){0, 1, 1, NOW - 5}));
}

static void
a_changed_mark_is_another(void **state)
{
	struct world	*w = *state;
	struct sync_seen m = mark(1);

	sync_cursor_note_mark(w->c, &m);
	assert_true(sync_cursor_has(w->c, &m));
	m.changed_ms++;
	assert_false(sync_cursor_has(w->c, &m));
	sync_cursor_note_mark(w->c, &m);
	assert_int_equal(w->c->nmarks, 1);
}

static void
the_end_of_a_round_forgets_what_is_past_the_window(void **state)
{
	struct world	*w = *state;
	struct sync_seen old = mark(1), recent = mark(2);

	w->c->round_ms = NOW + SYNC_WINDOW_MS;
	old.changed_ms = NOW - 1;
	recent.changed_ms = NOW;
	sync_cursor_note_mark(w->c, &old);
	sync_cursor_note_mark(w->c, &recent);
	sync_cursor_end(w->c);
	assert_int_equal(w->c->nmarks, 1);
	assert_true(sync_cursor_has(w->c, &recent));
	assert_int_equal(w->c->since_ms, NOW + SYNC_WINDOW_MS);
	assert_int_equal(w->c->round_ms, 0);
}

static void
conversations_are_forgotten_by_range(void **state)
{
	struct world *w = *state;

	for (uint64_t i = 1; i <= 5; i++) {
		struct sync_talk t = talk(i);

		sync_cursor_note_talk(w->c, &t);
	}
	sync_cursor_forget(w->c, 1, 4);
	assert_int_equal(w->c->ntalks, 2);
	assert_non_null(sync_cursor_talk(w->c, 1));
	assert_non_null(sync_cursor_talk(w->c, 5));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(it_holds_all_that_it_was_told),
	    TEST(nobody_else_can_use_or_change_it),
	    TEST(past_its_room_the_oldest_goes),
	    TEST(a_changed_mark_is_another),
	    TEST(the_end_of_a_round_forgets_what_is_past_the_window),
	    TEST(conversations_are_forgotten_by_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
