/* SPDX-License-Identifier: MIT */
/* account_names_test.c -- What a name is found by, and how well it fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena_world.h"
#include "account/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has_part(const struct name_part *parts, size_t n, enum name_place place,
    const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (parts[i].place == place && strcmp(parts[i].text, text) == 0)
			return true;
	return false;
}

static void
a_name_is_itself_its_words_and_what_is_within(void **state)
{
	struct name_part parts[NAME_PARTS_MAX];
	size_t		 n = name_parts(arena, "ann_lee", "Ànn 王明", parts);

	(void)state;
	assert_int_equal(n, 1 + 1 + 1 + 2 + 2);
	assert_true(has_part(parts, n, NAME_USERNAME, "ann_lee"));
	assert_true(has_part(parts, n, NAME_WORD, "lee"));
	assert_true(has_part(parts, n, NAME_BEGINS, "ann 王明"));
	assert_true(has_part(parts, n, NAME_WORD, "王明"));
	assert_true(has_part(parts, n, NAME_WORD, "明"));
	assert_true(has_part(parts, n, NAME_INSIDE, "nn 王明"));
	assert_true(has_part(parts, n, NAME_INSIDE, "n 王明"));
}

static void
the_longest_names_keep_within_the_bounds(void **state)
{
	static const char *const letters[] = {
	    "x", "王", "ﷺ", "\xf0\x9f\x90\xbc"};
	struct name_part parts[NAME_PARTS_MAX];
	char		 name[64 * 4 + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(letters); i++) {
		size_t n;

		name[0] = '\0';
		for (int k = 0; k < 64; k++)
			strcat(name, letters[i]);
		n = name_parts(
		    arena, "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_p", name, parts);
		assert_in_range(n, 32, NAME_PARTS_MAX);
		for (size_t p = 0; p < n; p++)
			assert_in_range(
			    strlen(parts[p].text), 1, NAME_PART_MAX);
	}
}

static void
the_best_place_counts(void **state)
{
	static const struct {
		const char     *typed;
		enum name_place place;
		const char     *part;
	} table[] = {{"7", NAME_EXACT, ""}, {"ann_lee", NAME_EXACT, ""},
	    {"@Ann_Lee", NAME_EXACT, ""}, {"ann_l", NAME_USERNAME, "ann_lee"},
	    {"ann", NAME_USERNAME, "ann_lee"},
	    {"MARIA", NAME_BEGINS, "maria jose 王小明"},
	    {"lee", NAME_WORD, "lee"}, {"josé", NAME_WORD, "jose 王小明"},
	    {"小明", NAME_WORD, "小明"},
	    {"aria", NAME_INSIDE, "aria jose 王小明"},
	    {"a", NAME_USERNAME, "ann_lee"}, {"nn_lee", NAME_NOWHERE, ""},
	    {"小王", NAME_NOWHERE, ""}, {"77", NAME_NOWHERE, ""},
	    {"%", NAME_NOWHERE, ""}, {"@", NAME_NOWHERE, ""},
	    {" ", NAME_NOWHERE, ""}, {"", NAME_NOWHERE, ""}};
	const struct user ann = {.id = 7,
	    .username = "ann_lee",
	    .display_name = "Maria José 王小明"};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct account_needle needle;
		const char	     *part;

		account_needle_make(arena, table[i].typed, &needle);
		assert_int_equal(
		    account_fit(arena, &needle, &ann, &part), table[i].place);
		assert_string_equal(part, table[i].part);
	}
}

static void
what_fits_is_what_is_stored(void **state)
{
	static const char *const names[] = {"Ada Lovelace", "王小明", "José",
	    "o'Brien-Smith", "김민준 Kim", "🐼 x"};
	struct name_part	 parts[NAME_PARTS_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct user u = {
		    .id = 9, .username = "user_x", .display_name = names[i]};
		size_t n = name_parts(arena, u.username, u.display_name, parts);

		for (size_t p = 0; p < n; p++) {
			struct account_needle needle = {
			    .text = parts[p].text, .username = ""};
			const char *part;

			assert_in_range(account_fit(arena, &needle, &u, &part),
			    NAME_USERNAME, parts[p].place);
			assert_true(has_part(parts, n,
			    account_fit(arena, &needle, &u, &part), part));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_itself_its_words_and_what_is_within),
	    cmocka_unit_test(the_longest_names_keep_within_the_bounds),
	    cmocka_unit_test(the_best_place_counts),
	    cmocka_unit_test(what_fits_is_what_is_stored),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
