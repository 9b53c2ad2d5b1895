/* SPDX-License-Identifier: MIT */
/*
 * store_bounds.c -- Where in a conversation what is new since a time begins.
 *
 * Times have no index, for a send would have to keep it; but they rise with
 * seq, so a few look-ups by the primary key, further and further back, do.
 */
#include "base/arena.h"
#include "data/db.h"
#include "message/store.h"

enum { BOUNDS, FIRST };

static const struct db_stmt statements[] = {
    /* Looks 1, 4, 16, … messages back: time rises with seq. */
    [BOUNDS] = {"SELECT d.conv_id, MAX(m.seq) FROM (SELECT CAST(? AS SIGNED) "
		"AS ms) since JOIN ({SELECT CAST(? AS UNSIGNED) AS conv_id, "
		"CAST(? AS UNSIGNED) AS seq| UNION ALL }) d "
		"JOIN (SELECT 1 AS n UNION ALL SELECT 4 UNION ALL SELECT 16 "
		"UNION ALL SELECT 64 UNION ALL SELECT 256 "
		"UNION ALL SELECT 1024 UNION ALL SELECT 4096 "
		"UNION ALL SELECT 16384 UNION ALL SELECT 65536 "
		"UNION ALL SELECT 262144 UNION ALL SELECT 1048576 "
		"UNION ALL SELECT 4194304) back ON d.seq > back.n "
		"STRAIGHT_JOIN message m ON m.conv_id = d.conv_id "
		"AND m.seq = d.seq - back.n AND m.created_at < since.ms "
		"GROUP BY d.conv_id",
	"i{uu}", "uu"},
    [FIRST] = {"SELECT seq FROM message WHERE conv_id = ? AND seq > ? "
	       "AND seq <= ? AND created_at >= ? ORDER BY seq LIMIT 1",
	"uuui", "u"},
};

int
message_store_bounds(struct db *db, struct arena *a,
    struct message_place *places, size_t n, int64_t since_ms, struct err *e)
{
	struct db_value *params = arena_alloc(a, (1 + n * 2) * sizeof(*params));
	struct db_rows	 rows = {0};

	params[0] = db_val_i(since_ms);
	for (size_t i = 0; i < n; i++) {
		params[1 + 2 * i] = db_val_u(places[i].conv_id);
		params[2 + 2 * i] = db_val_u(places[i].seq);
		places[i].seq = 0;
	}
	if (n > 0 && db_query_list(
			 db, &statements[BOUNDS], a, &rows, n, params, e) == -1)
		return -1;
	for (size_t r = 0; r < rows.n; r++)
		for (size_t i = 0; i < n; i++)
			if (places[i].conv_id == db_u(&rows, r, 0))
				places[i].seq = db_u(&rows, r, 1);
	return 0;
}

int
message_store_first_since(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t after, uint64_t upto, int64_t since_ms, uint64_t *seq_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[FIRST], a, &rows, e, conv_id, after, upto,
		since_ms) == -1)
		return -1;
	if (rows.n > 0)
		*seq_r = db_u(&rows, 0, 0);
	return rows.n > 0;
}

const struct db_stmt *
message_bounds_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
