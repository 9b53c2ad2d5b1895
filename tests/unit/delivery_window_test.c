/* SPDX-License-Identifier: MIT */
/* delivery_window_test.c -- What the relay remembers of rows and gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "delivery/window.h"

static void
put(struct window *w, uint64_t id)
{
	window_put(w, &(struct window_slot){.id = id});
}

static void
rows_are_found_whatever_order_they_came_in(void **state)
{
	static const uint64_t ids[] = {5, 9, 7, 1, 8, 3};
	struct window	      w;

	(void)state;
	window_init(&w, 100);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		put(&w, ids[i]);
	for (size_t i = 1; i < w.n; i++)
		assert_true(w.slot[i - 1].id < w.slot[i].id);
	assert_non_null(window_find(&w, 7));
	assert_null(window_find(&w, 6));
	assert_null(window_find(&w, 10));
	put(&w, 7);
	assert_int_equal(w.n, 6);
	window_free(&w);
}

static void
a_full_window_has_no_room(void **state)
{
	struct window w;

	(void)state;
	window_init(&w, 3);
	for (uint64_t id = 1; id <= 3; id++)
		put(&w, id);
	assert_int_equal(window_room(&w), 0);
	window_free(&w);
}

static void
what_no_longer_exists_is_forgotten(void **state)
{
	static const uint64_t there[] = {2, 4, 50};
	struct window	      w;

	(void)state;
	window_init(&w, 100);
	for (uint64_t id = 1; id <= 6; id++)
		put(&w, id);
	assert_int_equal(window_prune(&w, there, 3, 0, 5), 3);
	assert_int_equal(w.n, 3);
	assert_non_null(window_find(&w, 2));
	assert_non_null(window_find(&w, 4));
	assert_non_null(window_find(&w, 6)); /* beyond what was looked at */
	window_free(&w);
}

static void
what_was_not_asked_about_stays(void **state)
{
	struct window w;

	(void)state;
	window_init(&w, 100);
	for (uint64_t id = 1; id <= 6; id++)
		put(&w, id);
	assert_int_equal(window_prune(&w, NULL, 0, 3, 4), 2);
	assert_non_null(window_find(&w, 2));
	assert_non_null(window_find(&w, 5));
	window_free(&w);
}

static void
a_key_is_admitted_while_there_is_more_room_than_it_has_rows(void **state)
{
	struct window w;
	bool	      ours[2] = {false, true};

	(void)state;
	window_init(&w, 4000);
	for (uint64_t id = 1; id <= 1500; id++)
		window_put(
		    &w, &(struct window_slot){
			    .id = id, .key = id % 3, .shard = id % 3 == 0});
	assert_int_equal(window_of(&w, 0), 500);
	assert_int_equal(window_of(&w, 7), 0);
	assert_true(window_admits(&w, 0));
	(void)window_prune(&w, NULL, 0, 1, 300);
	assert_int_equal(window_of(&w, 0), 400);
	window_keep(&w, ours);
	assert_int_equal(window_of(&w, 0), 400);
	assert_int_equal(window_of(&w, 1), 0);
	for (uint64_t id = 2000; window_admits(&w, 9); id++)
		window_put(&w, &(struct window_slot){.id = id, .key = 9});
	assert_int_equal(window_of(&w, 9), (4000 - 400) / 2);
	assert_true(window_admits(&w, 0));
	window_free(&w);
}

/* However many have their share, there is room for one more. */
static void
a_thousand_crowds_leave_room_for_who_is_alone(void **state)
{
	struct window w;
	uint64_t      id = 1;

	(void)state;
	window_init(&w, 16384);
	for (bool any = true; any;) {
		any = false;
		for (uint64_t key = 1; key <= 1000; key++)
			if (window_admits(&w, key)) {
				window_put(&w, &(struct window_slot){
						   .id = id++, .key = key});
				any = true;
			}
	}
	assert_int_equal(window_of(&w, 1000), 16);
	assert_true(window_room(&w) > 0);
	assert_true(window_admits(&w, 1001));
	window_free(&w);
}

static void
what_is_promised_counts_until_it_is_settled(void **state)
{
	struct window w;

	(void)state;
	window_init(&w, 10);
	while (window_admits(&w, 1))
		window_promise(&w, 1);
	assert_int_equal(window_of(&w, 1), 5);
	assert_int_equal(window_room(&w), 5);
	put(&w, 7);
	window_settle(&w);
	assert_int_equal(window_of(&w, 1), 0);
	assert_int_equal(window_room(&w), 9);
	window_free(&w);
}

static void
a_held_key_waits_from_its_first_row_on(void **state)
{
	struct held h;
	uint64_t    key = 100;
	bool	    is_new;

	(void)state;
	held_init(&h);
	assert_int_equal(held_from(&h, 7), 0);
	assert_true(held_back(&h, 7, 50, &is_new));
	assert_true(is_new);
	assert_true(held_back(&h, 7, 40, &is_new));
	assert_false(is_new);
	assert_true(held_back(&h, 7, 60, &is_new));
	assert_int_equal(held_from(&h, 7), 40);
	while (held_back(&h, key, 1, &is_new))
		key++;
	assert_int_equal(key, 100 + HELD_MAX - 1);
	held_move(&h, 7, 0);
	assert_int_equal(held_from(&h, 7), 0);
	assert_true(held_back(&h, key, 1, &is_new));
	held_free(&h);
}

static void
held_keys_take_turns(void **state)
{
	struct held h;
	unsigned    seen[6] = {0};
	uint64_t    key;
	bool	    is_new;

	(void)state;
	held_init(&h);
	for (key = 1; key <= 5; key++)
		assert_true(held_back(&h, key, 1, &is_new));
	for (int i = 0; i < 10; i++)
		for (size_t left = 2; held_next(&h, &left, &key);)
			seen[key]++;
	for (key = 1; key <= 5; key++)
		assert_int_equal(seen[key], 4);
	held_free(&h);
}

static void
ids_that_were_skipped_are_gaps_until_they_turn_up(void **state)
{
	struct gaps g = {0};

	(void)state;
	gaps_note(&g, 10, 11, 1);
	assert_int_equal(g.n, 0);
	gaps_note(&g, 11, 15, 1);
	assert_int_equal(g.n, 3);
	gaps_fill(&g, 13);
	assert_int_equal(g.n, 2);
	assert_int_equal(g.gap[0].id, 12);
	assert_int_equal(g.gap[1].id, 14);
	gaps_note(&g, 20, 22, 5);
	gaps_expire(&g, 2);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.gap[0].id, 21);
}

static void
of_too_many_gaps_the_newest_stay(void **state)
{
	struct gaps *g = calloc(1, sizeof(*g));

	(void)state;
	gaps_note(g, 1, 100, 1);
	gaps_note(g, 1000, 1000 + 10 * GAPS_MAX, 2);
	assert_int_equal(g->n, GAPS_MAX);
	assert_int_equal(g->gap[GAPS_MAX - 1].id, 1000 + 10 * GAPS_MAX - 1);
	assert_int_equal(g->gap[0].id, 1000 + 9 * GAPS_MAX);
	gaps_note(g, 100000, 100004, 3);
	assert_int_equal(g->n, GAPS_MAX);
	assert_int_equal(g->gap[GAPS_MAX - 1].id, 100003);
	free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_found_whatever_order_they_came_in),
	    cmocka_unit_test(a_full_window_has_no_room),
	    cmocka_unit_test(what_no_longer_exists_is_forgotten),
	    cmocka_unit_test(what_was_not_asked_about_stays),
	    cmocka_unit_test(
		a_key_is_admitted_while_there_is_more_room_than_it_has_rows),
	    cmocka_unit_test(a_thousand_crowds_leave_room_for_who_is_alone),
	    cmocka_unit_test(what_is_promised_counts_until_it_is_settled),
	    cmocka_unit_test(a_held_key_waits_from_its_first_row_on),
	    cmocka_unit_test(held_keys_take_turns),
	    cmocka_unit_test(ids_that_were_skipped_are_gaps_until_they_turn_up),
	    cmocka_unit_test(of_too_many_gaps_the_newest_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
