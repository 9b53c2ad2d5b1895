/* SPDX-License-Identifier: MIT */
/* delivery_wire_test.c -- Messages on the node channel, and their counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena_world.h"
#include "delivery/wire.h"

static void
two_records(struct arena *a, struct strbuf *out)
{
	static const uint64_t users[] = {3, UINT64_MAX};
	struct wire_record    r = {.kind = WIRE_USERS,
	       .conv_id = 1,
	       .seq = 2,
	       .arg = 3,
	       .targets = users,
	       .ntargets = 2,
	       .frame = "{}",
	       .frame_len = 2};

	wire_begin(out, a);
	wire_add(out, &r);
	r.kind = WIRE_END;
	r.ntargets = 1;
	r.frame_len = 0;
	wire_add(out, &r);
	wire_seal(out, 42, 43);
}

static void
a_message_comes_out_as_it_went_in(void **state)
{
	struct strbuf	   out;
	struct wire_reader reader;
	struct wire_record r;

	(void)state;
	two_records(arena, &out);
	assert_int_equal(wire_open(&reader, out.data, out.len), 0);
	assert_int_equal(reader.epoch, 42);
	assert_int_equal(reader.counter, 43);
	assert_int_equal(wire_next(&reader, &r), 1);
	assert_int_equal(r.kind, WIRE_USERS);
	assert_int_equal(r.conv_id, 1);
	assert_int_equal(r.seq, 2);
	assert_int_equal(r.arg, 3);
	assert_int_equal(r.ntargets, 2);
	assert_true(wire_target(&r, 1) == UINT64_MAX);
	assert_int_equal(r.frame_len, 3); /* a newline ends every frame */
	assert_memory_equal(r.frame, "{}\n", 3);
	assert_int_equal(wire_next(&reader, &r), 1);
	assert_int_equal(r.kind, WIRE_END);
	assert_int_equal(r.frame_len, 0);
	assert_int_equal(wire_next(&reader, &r), 0);
}

/* Copied to the byte, so that a sanitizer sees what is read beyond it. */
static int
read_all(struct arena *a, const char *data, size_t len)
{
	char		  *copy = arena_memdup(a, data, len);
	struct wire_reader reader;
	struct wire_record r;
	int		   rc;

	if (wire_open(&reader, copy, len) == -1)
		return -1;
	while ((rc = wire_next(&reader, &r)) == 1)
		continue;
	return rc;
}

static void
a_message_cut_inside_a_record_is_broken(void **state)
{
	struct strbuf out;
	size_t	      whole = 0;

	(void)state;
	two_records(arena, &out);
	for (size_t cut = 0; cut < out.len; cut++)
		whole += read_all(arena, out.data, cut) == 0;
	assert_int_equal(whole, 2); /* none, or the first record */
	assert_int_equal(read_all(arena, out.data, out.len), 0);
}

static void
lengths_beyond_the_message_are_not_believed(void **state)
{
	struct strbuf out;

	(void)state;
	two_records(arena, &out);
	for (size_t i = 0; i < out.len; i++) {
		char *copy = arena_memdup(arena, out.data, out.len);

		copy[i] = (char)0xff;
		(void)read_all(arena, copy, out.len);
	}
}

static void
a_jump_of_the_counter_is_noticed(void **state)
{
	struct wire_tracker t = {0};

	(void)state;
	assert_false(wire_track(&t, 1, 5, 0)); /* who knows what came before */
	assert_true(wire_track(&t, 1, 6, 0));
	assert_false(wire_track(&t, 1, 8, 0));
	assert_true(wire_track(&t, 1, 9, 0));
}

static void
several_speakers_are_counted_apart(void **state)
{
	struct wire_tracker t = {0};

	(void)state;
	(void)wire_track(&t, 1, 1, 0);
	assert_false(wire_track(&t, 2, 1, 0));
	assert_true(wire_track(&t, 1, 2, 0));
	assert_true(wire_track(&t, 2, 2, 0));
}

static void
of_many_speakers_the_one_silent_longest_is_forgotten(void **state)
{
	struct wire_tracker t = {0};

	(void)state;
	for (uint64_t epoch = 1; epoch <= WIRE_PEERS_MAX; epoch++)
		(void)wire_track(&t, epoch, 1, (int64_t)epoch);
	assert_true(wire_track(&t, 1, 2, 100));
	(void)wire_track(&t, 99, 1, 101);
	assert_true(wire_track(&t, 1, 3, 102));
	assert_false(wire_track(&t, 2, 2, 103));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_comes_out_as_it_went_in),
	    cmocka_unit_test(a_message_cut_inside_a_record_is_broken),
	    cmocka_unit_test(lengths_beyond_the_message_are_not_believed),
	    cmocka_unit_test(a_jump_of_the_counter_is_noticed),
	    cmocka_unit_test(several_speakers_are_counted_apart),
	    cmocka_unit_test(
		of_many_speakers_the_one_silent_longest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
