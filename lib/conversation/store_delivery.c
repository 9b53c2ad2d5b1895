/* SPDX-License-Identifier: MIT */
/*
 * store_delivery.c -- Extents and delivered positions in MariaDB.
 *
 * Positions are set row by row in the order of the key, each row its own
 * commit or all in one: a position only moves forward, so neither order nor
 * repetition matters.
 */
#include "base/arena.h"
#include "base/err.h"
#include "conversation/delivery.h"
#include "conversation/store.h"
#include "data/app.h"
#include "data/db.h"

enum { EXTENTS, FACTS, DELIVERED, STATEMENTS };

/*
 * How many acknowledgements are looked up at once: what a query of them costs
 * stays far below what one may take, whatever a batch brings.
 */
enum { FACTS_AT_ONCE = 256 };

static const struct db_stmt statements[STATEMENTS] = {
    [EXTENTS] = {"(SELECT m.conv_id, GREATEST(m.joined_seq, m.cleared_seq), "
		 "c.last_seq, c.last_at FROM member m "
		 "JOIN conversation c ON c.id = m.conv_id "
		 "WHERE m.user_id = ? AND m.conv_id >= ? "
		 "AND c.status = 0 AND c.type <> 4 "
		 "ORDER BY m.conv_id LIMIT ?) UNION ALL (SELECT c.id, "
		 "COALESCE(GREATEST(m.joined_seq, m.cleared_seq), ?), "
		 "c.last_seq, c.last_at FROM conversation c LEFT JOIN member m "
		 "ON m.conv_id = c.id AND m.user_id = ? "
		 "WHERE c.singleton = 1 AND c.status = 0 AND c.id >= ?) "
		 "ORDER BY 1 LIMIT ?",
	"uuuuuuu", "uuui"},
    /* Joined, for to weigh a long IN (...) takes longer than to look up. */
    [FACTS] = {"SELECT d.conv_id, d.user_id, c.last_seq, "
	       "COALESCE(m.delivered_seq, c.last_seq), c.type, c.nmembers, "
	       "c.members_version "
	       "FROM ({SELECT CAST(? AS UNSIGNED) AS conv_id, "
	       "CAST(? AS UNSIGNED) AS user_id| UNION ALL }) d "
	       "STRAIGHT_JOIN conversation c ON c.id = d.conv_id "
	       "LEFT JOIN member m "
	       "ON m.conv_id = d.conv_id AND m.user_id = d.user_id "
	       "WHERE m.user_id IS NOT NULL OR c.type = 4",
	"{uu}", "uuuuuuu"},
    [DELIVERED] = {"UPDATE member FORCE INDEX (PRIMARY) "
		   "SET delivered_seq = GREATEST(delivered_seq, ?) "
		   "WHERE conv_id = ? AND user_id = ?",
	"uuu", NULL},
};

const struct db_stmt *
conversation_delivery_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}

int
conversation_extents(struct app *app, struct arena *a, uint64_t user_id,
    uint64_t from_conv, unsigned limit, struct conversation_extent **list_r,
    size_t *n_r, struct err *e)
{
	struct conversation_viewer v;
	struct db_rows		   rows;

	if (conversation_viewer_get(app, a, user_id, &v, e) == -1 ||
	    db_query(app->db, &statements[EXTENTS], a, &rows, e, user_id,
		from_conv, (uint64_t)limit, v.world_seq, user_id, from_conv,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct conversation_extent){db_u(&rows, r, 0),
		    db_u(&rows, r, 1), db_u(&rows, r, 2), db_i(&rows, r, 3)};
	*n_r = rows.n;
	return 0;
}

static void
judge(struct conversation_ack *ack, const struct db_rows *facts)
{
	uint64_t asked = ack->seq;

	ack->seq = 0;
	for (size_t r = 0; r < facts->n; r++)
		if (db_u(facts, r, 0) == ack->conv_id &&
		    db_u(facts, r, 1) == ack->user_id) {
			uint64_t last = db_u(facts, r, 2);

			ack->seq = asked < last ? asked : last;
			ack->is_further = ack->seq > db_u(facts, r, 3);
			ack->is_told = conversation_tells_receipts(
			    (enum conversation_type)db_u(facts, r, 4),
			    (unsigned)db_u(facts, r, 5));
			ack->members_version = db_u(facts, r, 6);
		}
}

static int
delivered_some(struct app *app, struct arena *a, struct conversation_ack *acks,
    size_t n, struct err *e)
{
	struct db_value *params = arena_alloc(a, 3 * n * sizeof(*params));
	struct db_rows	 facts;
	size_t		 further = 0;

	for (size_t i = 0; i < n; i++) {
		params[2 * i] = db_val_u(acks[i].conv_id);
		params[2 * i + 1] = db_val_u(acks[i].user_id);
	}
	if (db_query_list(
		app->db, &statements[FACTS], a, &facts, n, params, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		judge(&acks[i], &facts);
		if (!acks[i].is_further)
			continue;
		params[3 * further] = db_val_u(acks[i].seq);
		params[3 * further + 1] = db_val_u(acks[i].conv_id);
		params[3 * further + 2] = db_val_u(acks[i].user_id);
		further++;
	}
	if (further > 0 && db_exec_many(app->db, &statements[DELIVERED],
			       further, params, e) == -1)
		return -1;
	return 0;
}

int
conversation_delivered(struct app *app, struct arena *a,
    struct conversation_ack *acks, size_t n, struct err *e)
{
	for (size_t at = 0; at < n; at += FACTS_AT_ONCE) {
		size_t some = n - at < FACTS_AT_ONCE ? n - at : FACTS_AT_ONCE;

		if (delivered_some(app, a, acks + at, some, e) == -1)
			return -1;
	}
	return 0;
}
