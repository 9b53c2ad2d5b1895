/* SPDX-License-Identifier: MIT */
/* message_mention_test.c -- Who is called by "@name", and how it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena_world.h"
#include "base/str.h"
#include "message/mention.h"
#include "message/message.h"

enum { NAMES = 8 };

/* The names found in a text, with blanks between. */
static const char *
found(const char *text)
{
	const char *names[NAMES], *all = "";
	size_t	    n = message_names(arena, text, names, NAMES);

	for (size_t i = 0; i < n; i++)
		all = arena_printf(
		    arena, "%s%s%s", all, i > 0 ? " " : "", names[i]);
	return all;
}

static void
names_have_exact_ends(void **state)
{
	static const char *const table[][2] = {
	    {"no name", ""},
	    {"@bob", "bob"},
	    {"hi @bob, and @Eve_1!", "bob Eve_1"},
	    {"(@bob)", "bob"},
	    {"**@bob**", "bob"},
	    {"你好@bob你好", "bob"},
	    {"@bob @BOB", "bob"},
	    {"ask @bob.", "bob. bob"},
	    {"@a.b...", "a.b... a.b"},
	    {"mail bob@example.org", ""},
	    {"@bob@example.org", ""},
	    {"@@bob", ""},
	    {"x/@bob", ""},
	    {"me-@bob", ""},
	    {"@", ""},
	    {"@ bob", ""},
	    {"@bobbobbobbobbobbobbobbobbobbobbobb", ""},
	    {"`@bob`", ""},
	    {"```\n@bob\n```", ""},
	    {"    @bob", ""},
	    {"[@bob](https://a.b)", ""},
	    {"https://a.b/@bob", ""},
	    {"> @bob", "bob"},
	    {"@bob_x_y_", "bob_x_y_"},
	    {"@1 @2 @3 @4 @5 @6 @7 @8 @9", "1 2 3 4 5 6 7 8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(found(table[i][0]), table[i][1]);
}

#define BOB "<a class=\"at\" href=\"/u/12\">"

static void
who_is_mentioned_is_a_link(void **state)
{
	static const char	 mentions[] = "12:bob 7:a.b 0:all";
	static const char *const table[][2] = {
	    {"@bob", "<p>" BOB "@bob</a></p>"},
	    {"hi @Bob. Bye", "<p>hi " BOB "@Bob</a>. Bye</p>"},
	    {"@a.b.", "<p><a class=\"at\" href=\"/u/7\">@a.b</a>.</p>"},
	    {"@all: tea!", "<p><strong class=\"at\">@all</strong>: tea!</p>"},
	    {"@bobby @eve", "<p>@bobby @eve</p>"},
	    {"`@bob` @bob", "<p><code>@bob</code> " BOB "@bob</a></p>"},
	    {"a\n@bob", "<p>a<br>" BOB "@bob</a></p>"},
	    {"x@bob", "<p>x@bob</p>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(
		    message_html(arena, table[i][0], mentions), table[i][1]);
		/* Without them it is text. */
		assert_null(strstr(
		    message_html(arena, table[i][0], ""), "class=\"at\""));
	}
}

static void
the_text_of_mentions_is_read_as_it_was_written(void **state)
{
	uint64_t    ids[MENTIONS_MAX], id;
	const char *text = "";

	(void)state;
	assert_int_equal(mention_ids("", ids), 0);
	assert_false(mention_find("", "bob", 3, &id));
	text = mention_add(arena, text, 12, "bob");
	text = mention_add(arena, text, UINT64_MAX, "a.b");
	text = mention_add(arena, text, MENTION_ALL, MENTION_ALL_NAME);
	assert_int_equal(mention_ids(text, ids), 3);
	assert_true(ids[0] == 12 && ids[1] == UINT64_MAX && ids[2] == 0);
	assert_true(mention_find(text, "BOB", 3, &id) && id == 12);
	assert_true(mention_find(text, "all", 3, &id) && id == MENTION_ALL);
	assert_false(mention_find(text, "bo", 2, &id));
	assert_false(mention_find(text, "12:bob", 6, &id));
	/* Whatever stands there: it ends. */
	assert_int_equal(mention_ids("x", ids), 0);
	assert_int_equal(mention_ids("12", ids), 0);
}

/* To look each up would take longer than all else that is done for it. */
static void
thousands_of_calls_are_text(void **state)
{
	enum { MANY = 2001, FEW = 200 };
	struct strbuf many, few;
	const char   *names[NAMES];

	(void)state;
	strbuf_init(&many, arena);
	strbuf_init(&few, arena);
	for (int i = 0; i < MANY; i++)
		strbuf_adds(i < FEW ? &few : &many, "@bob ");
	for (int i = 0; i < FEW; i++)
		strbuf_adds(&many, "@bob ");
	assert_null(strstr(message_html(arena, many.data, "12:bob"), "<a "));
	assert_int_equal(message_names(arena, many.data, names, NAMES), 0);
	assert_non_null(strstr(message_html(arena, few.data, "12:bob"), BOB));
	assert_int_equal(message_names(arena, few.data, names, NAMES), 1);
}

/* The longest text there can be fits its column. */
static void
twenty_mentions_fit_their_column(void **state)
{
	enum { COLUMN = 1200 };
	const char *text = "";

	(void)state;
	for (int i = 0; i < MENTIONS_MAX; i++)
		text = mention_add(arena, text, UINT64_MAX,
		    "a_name_of_thirty_two_characters_");
	assert_true(strlen(text) <= COLUMN);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, arena_set_up, arena_tear_down)

/* One look: the whole name before the one without its full stops. */
static void
the_longer_name_is_meant(void **state)
{
	static const struct {
		const char *mentions, *name;
		size_t	    trimmed, length;
		uint64_t    id;
	} table[] = {
	    {"1:a 2:a.", "a.", 1, 2, 2},
	    {"2:a. 1:a", "a.", 1, 2, 2},
	    {"1:a 3:ab", "A.", 1, 1, 1},
	    {"1:a. 3:ab", "a", 1, 0, 0},
	    {"3:ab", "a..", 1, 0, 0},
	    {"", "a", 1, 0, 0},
	    {"1:a", "", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mention_list list;
		uint64_t	    id = 0;

		mention_list_read(table[i].mentions, &list);
		assert_int_equal(
		    mention_called(&list, table[i].name, strlen(table[i].name),
			table[i].trimmed, &id),
		    table[i].length);
		assert_int_equal(id, table[i].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_longer_name_is_meant),
	    TEST(names_have_exact_ends),
	    TEST(who_is_mentioned_is_a_link),
	    TEST(the_text_of_mentions_is_read_as_it_was_written),
	    TEST(thousands_of_calls_are_text),
	    TEST(twenty_mentions_fit_their_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
