/* SPDX-License-Identifier: MIT */
/*
 * deliver_replay_test.c -- Where a replay begins, and where a piece of it ends,
 * on real messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "data/db.h"
#include "delivery/deliver_private.h"
#include "message_world.h"
#include "servers.h"

enum { PIECE = 100, BATCH = 20, SOCKET = 11, REQUEST = 3, SESSION = 7 };

static const char LOG_IN[] =
    "DELETE FROM session; DELETE FROM device_position;"
    "INSERT INTO session (id, user_id, address, created_at, last_active_at,"
    " expires_at) VALUES (7, 2, '', 0, 4102444800000, 4102444800000);";

/* What a hub is told. */
struct piece {
	size_t		   stands, frames;
	struct wire_record last;
};

static int
set_up(void **state)
{
	struct world *w;

	assert_int_equal(world_set_up(state), 0);
	w = *state;
	assert_int_equal(db_run_script(w->app->db, LOG_IN, &w->e), 0);
	return 0;
}

/* Ann says so much to Bob. */
static void
talk(struct world *w, size_t n)
{
	static unsigned said;

	while (n > 0) {
		struct message_draft d[BATCH];
		size_t		     now = n < BATCH ? n : BATCH;

		for (size_t i = 0; i < now; i++)
			d[i] = draft(ANN, WITH_BOB,
			    arena_printf(w->a, "%u", ++said), "hello");
		assert_int_equal(
		    message_send_many(w->app, w->a, d, now, &w->e), 0);
		n -= now;
	}
}

static struct up
replay_after(uint64_t conv_id, uint64_t seq)
{
	return (struct up){.kind = UP_REPLAY,
	    .node = "n1",
	    .socket = SOCKET,
	    .request = REQUEST,
	    .session_id = SESSION,
	    .user_id = BOB,
	    .at = {conv_id, seq}};
}

/* Bob's device asks. */
static struct piece
ask_up(struct world *w, const struct up *up)
{
	struct deliver	  *d = deliver_new(w->app, NULL);
	struct piece	   piece = {0};
	struct wire_reader reader;
	struct strbuf	  *out;
	int		   rc;

	assert_int_equal(deliver_catch_up(d, up, false, &w->e), 0);
	out = &deliver_node(d, "n1")->out;
	wire_seal(out, 1, 1);
	assert_int_equal(wire_open(&reader, out->data, out->len), 0);
	while ((rc = wire_next(&reader, &piece.last)) == 1) {
		assert_int_equal(piece.last.arg, REQUEST);
		piece.stands += piece.last.kind == WIRE_STAND;
		piece.frames +=
		    piece.last.kind == WIRE_SOCKET && piece.last.seq != 0;
	}
	assert_int_equal(rc, 0);
	deliver_free(&d);
	return piece;
}

/* For what comes behind this. */
static struct piece
ask(struct world *w, uint64_t conv_id, uint64_t seq)
{
	struct up up = replay_after(conv_id, seq);

	return ask_up(w, &up);
}

static void
assert_ends(const struct piece *piece, enum wire_kind kind, uint64_t seq)
{
	assert_int_equal(piece->last.kind, kind);
	assert_int_equal(piece->last.conv_id, WITH_BOB);
	assert_int_equal(piece->last.seq, seq);
}

/* While the next piece is waited for, what is said is live already. */
static void
a_conversation_ends_where_a_full_piece_ends(void **state)
{
	struct world *w = *state;
	struct piece  piece;

	talk(w, PIECE);
	piece = ask(w, 0, 0);
	assert_int_equal(piece.stands, 1);
	assert_int_equal(piece.frames, PIECE);
	assert_ends(&piece, WIRE_CURSOR, UINT64_MAX);
	talk(w, PIECE);
	piece = ask(w, WITH_BOB, UINT64_MAX);
	assert_int_equal(piece.frames, 0);
	assert_ends(&piece, WIRE_END, UINT64_MAX);
}

static void
a_conversation_that_goes_on_is_not_at_its_end(void **state)
{
	struct world *w = *state;
	struct piece  piece;

	talk(w, PIECE + 1);
	piece = ask(w, 0, 0);
	assert_int_equal(piece.frames, PIECE);
	assert_ends(&piece, WIRE_CURSOR, PIECE);
	piece = ask(w, WITH_BOB, PIECE);
	assert_int_equal(piece.frames, 1);
	assert_ends(&piece, WIRE_END, UINT64_MAX);
}

/* One frame stands for most of it, and the newest are a full piece. */
static void
behind_a_gap_it_is_the_same(void **state)
{
	struct world *w = *state;
	struct piece  piece;

	talk(w, 501);
	piece = ask(w, 0, 0);
	assert_int_equal(piece.frames, 1 + PIECE);
	assert_ends(&piece, WIRE_CURSOR, UINT64_MAX);
}

/* Another tab of the session has all of it; the first was said long ago. */
static const char ACKNOWLEDGED[] =
    "INSERT INTO device_position (session_id, conv_id, acked_seq)"
    " VALUES (7, 1, 3);"
    "UPDATE message SET created_at = 1 WHERE conv_id = 1 AND seq = 1;";

static void
what_another_tab_acknowledged_counts_for_one_that_connects(void **state)
{
	struct world *w = *state;
	struct up     up = replay_after(0, 0);

	talk(w, 3);
	assert_int_equal(db_run_script(w->app->db, ACKNOWLEDGED, &w->e), 0);
	up.opened_ms = (uint64_t)clock_ms() + 1;
	assert_int_equal(ask_up(w, &up).frames, 0);
	up.since_ms = up.opened_ms;
	assert_int_equal(ask_up(w, &up).frames, 0);
}

static void
it_does_not_count_for_one_that_was_open(void **state)
{
	struct world  *w = *state;
	struct up      up = replay_after(0, 0);
	struct up_pair told = {WITH_BOB, 3};

	up.opened_ms = (uint64_t)clock_ms();
	talk(w, 3);
	assert_int_equal(db_run_script(w->app->db, ACKNOWLEDGED, &w->e), 0);
	assert_int_equal(ask_up(w, &up).frames, 2);
	/* It knows by itself how far it was given the conversation. */
	up.pairs = &told;
	up.npairs = 1;
	assert_int_equal(ask_up(w, &up).frames, 0);
	told.seq = 2;
	assert_int_equal(ask_up(w, &up).frames, 1);
	/* What was said long before the loss was not lost. */
	up.npairs = 0;
	up.since_ms = up.opened_ms + 3600000;
	assert_int_equal(ask_up(w, &up).frames, 0);
}

/* Where what it may lack begins is known roughly: more may stand before it. */
static void
what_it_may_lack_may_begin_behind_many_that_it_has(void **state)
{
	struct world  *w = *state;
	struct up      up = replay_after(0, 0);
	struct up_pair told = {WITH_BOB, 320};
	struct piece   piece;

	up.opened_ms = (uint64_t)clock_ms();
	talk(w, 340);
	assert_int_equal(
	    db_run_script(w->app->db,
		"INSERT INTO device_position (session_id, conv_id, acked_seq)"
		" VALUES (7, 1, 340);"
		"UPDATE message SET created_at = 1"
		" WHERE conv_id = 1 AND seq <= 220;",
		&w->e),
	    0);
	piece = ask_up(w, &up);
	assert_int_equal(piece.frames, PIECE);
	assert_ends(&piece, WIRE_CURSOR, 320);
	up.at = told;
	up.pairs = &told;
	up.npairs = 1;
	piece = ask_up(w, &up);
	assert_int_equal(piece.frames, 20);
	assert_ends(&piece, WIRE_END, UINT64_MAX);
}

/* … and are not counted where too many would become a gap. */
static void
what_it_has_makes_no_gap_of_what_it_lacks(void **state)
{
	struct world *w = *state;
	struct up     up = replay_after(0, 0);
	struct piece  piece;

	up.opened_ms = (uint64_t)clock_ms();
	talk(w, 600);
	assert_int_equal(
	    db_run_script(w->app->db,
		"INSERT INTO device_position (session_id, conv_id, acked_seq)"
		" VALUES (7, 1, 590);"
		"UPDATE message SET created_at = 1"
		" WHERE conv_id = 1 AND seq <= 100;",
		&w->e),
	    0);
	piece = ask_up(w, &up);
	assert_int_equal(piece.frames, PIECE);
	assert_ends(&piece, WIRE_CURSOR, 200);
	assert_int_equal(db_run_script(w->app->db,
			     "UPDATE message SET created_at = 1"
			     " WHERE conv_id = 1 AND seq = 99;"
			     "UPDATE message SET created_at = 2000000000000"
			     " WHERE conv_id = 1 AND seq = 100;",
			     &w->e),
	    0);
	piece = ask_up(w, &up);
	assert_int_equal(piece.frames, 1 + PIECE);
	assert_ends(&piece, WIRE_CURSOR, UINT64_MAX);
	assert_int_equal(db_run_script(w->app->db,
			     "UPDATE message SET created_at = 1"
			     " WHERE conv_id = 1 AND seq <= 600;",
			     &w->e),
	    0);
	piece = ask_up(w, &up);
	assert_int_equal(piece.frames, 10);
	assert_ends(&piece, WIRE_END, UINT64_MAX);
}

#define REPLAY_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REPLAY_TEST(a_conversation_ends_where_a_full_piece_ends),
	    REPLAY_TEST(a_conversation_that_goes_on_is_not_at_its_end),
	    REPLAY_TEST(behind_a_gap_it_is_the_same),
	    REPLAY_TEST(
		what_another_tab_acknowledged_counts_for_one_that_connects),
	    REPLAY_TEST(it_does_not_count_for_one_that_was_open),
	    REPLAY_TEST(what_it_may_lack_may_begin_behind_many_that_it_has),
	    REPLAY_TEST(what_it_has_makes_no_gap_of_what_it_lacks),
	};

	return cmocka_run_group_tests_name(
	    "deliver_replay", tests, servers_with_mysql, servers_end);
}
