/* SPDX-License-Identifier: MIT */
/* fold_test.c -- What reads the same is found the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/fold.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
what_reads_the_same_is_the_same(void **state)
{
	static const struct {
		const char *text, *folded;
	} table[] = {{"", ""}, {"Ada Lovelace", "ada lovelace"},
	    {"  Ada \t\n Lovelace ", "ada lovelace"}, {"JOSÉ", "jose"},
	    {"jose\xcc\x81", "jose"}, {"Straße", "strasse"},
	    {"ΣΊΣΥΦΟΣ", "σισυφοσ"}, {"Ёлка", "елка"}, {"Ａｄａ", "ada"},
	    {"ﬁnn", "finn"}, {"王小明", "王小明"}, {"㍿", "株式会社"},
	    {"ｶﾞｲ", "ガイ"}, {"김민준", "김민준"},
	    {"a\xe2\x80\x8b"
	     "b\xc2\xad"
	     "c",
		"abc"},
	    {"\xe3\x80\x80王\xe3\x80\x80明", "王 明"}, {"\xff", ""}, {" ", ""},
	    {"\xcc\x81", ""}};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(
		    text_fold(a, table[i].text), table[i].folded);
	arena_free(&a);
}

static void
words_begin_after_what_is_no_letter(void **state)
{
	static const struct {
		const char *text, *words[6];
	} table[] = {{"", {NULL}}, {"...", {NULL}},
	    {"ada lovelace", {"ada lovelace", "lovelace"}},
	    {"o'brien-smith", {"o'brien-smith", "brien-smith", "smith"}},
	    {"ann_lee.2x", {"ann_lee.2x", "lee.2x", "2x"}}, {"(bob)", {"bob)"}},
	    {"王小明", {"王小明", "小明", "明"}},
	    {"王tom李", {"王tom李", "tom李", "李"}},
	    {"김민준", {"김민준", "민준", "준"}},
	    {"a \xf0\x9f\x90\xbc", {"a \xf0\x9f\x90\xbc", "\xf0\x9f\x90\xbc"}},
	    {"กรุง", {"กรุง", "รุง", "ง"}}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *found[8];
		size_t	    n = text_words(table[i].text, found, COUNT(found));

		for (size_t w = 0; w < n; w++)
			assert_string_equal(found[w], table[i].words[w]);
		assert_null(table[i].words[n]);
	}
}

static void
words_keep_within_their_bound(void **state)
{
	const char *found[2];

	(void)state;
	assert_int_equal(text_words("a b c d", found, 2), 2);
	assert_string_equal(found[1], "b c d");
}

static void
a_head_ends_with_a_whole_character(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(text_head(a, "王小明", 9), "王小明");
	assert_string_equal(text_head(a, "王小明", 8), "王小");
	assert_string_equal(text_head(a, "王小明", 2), "");
	assert_string_equal(text_head(a, "abc", 2), "ab");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_reads_the_same_is_the_same),
	    cmocka_unit_test(words_begin_after_what_is_no_letter),
	    cmocka_unit_test(words_keep_within_their_bound),
	    cmocka_unit_test(a_head_ends_with_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
