/* SPDX-License-Identifier: MIT */
/*
 * store_requests.c -- Requests in MariaDB.
 */
#include "base/arena.h"
#include "contact/store.h"
#include "data/db.h"

#define REQUEST "SELECT id, from_id, to_id, note, greeting, status, created_at "
#define REQUEST_TYPES "uuussui"

/* The newest first, before a row: a range of incoming_at or outgoing_at. */
#define RANGE                                                 \
	"AND status = ? AND created_at > ? "                  \
	"AND created_at <= ? AND (created_at < ? OR id < ?) " \
	"ORDER BY created_at DESC, id DESC LIMIT ?"
#define RANGE_TYPES "uuiiiuu"

enum {
	REQUEST_ADD,
	REQUEST_FIND,
	REQUESTS,
	REQUEST_DECIDE,
	REQUESTS_IN,
	REQUESTS_OUT,
	OVERDUE,
	REQUESTS_WAITING,
	ASKING
};

static const struct db_stmt statements[] = {
    [REQUEST_ADD] = {"INSERT INTO contact_request (from_id, to_id, "
		     "pair_low, pair_high, note, greeting, status, "
		     "created_at, decided_at) "
		     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	"uuuussuii", NULL},
    [REQUEST_FIND] = {REQUEST "FROM contact_request WHERE id = ?", "u",
	REQUEST_TYPES},
    [REQUESTS] = {REQUEST "FROM contact_request WHERE id IN ({?|,})", "{u}",
	REQUEST_TYPES},
    [REQUEST_DECIDE] = {"UPDATE contact_request SET status = ?, "
			"decided_at = ?, pair_low = NULL, "
			"pair_high = NULL WHERE id = ?",
	"uiu", NULL},
    [REQUESTS_IN] = {REQUEST "FROM contact_request WHERE to_id = ? " RANGE,
	RANGE_TYPES, REQUEST_TYPES},
    [REQUESTS_OUT] = {REQUEST "FROM contact_request WHERE from_id = ? " RANGE,
	RANGE_TYPES, REQUEST_TYPES},
    [OVERDUE] = {"(SELECT id FROM contact_request WHERE to_id = ? "
		 "AND status = 0 AND created_at <= ? LIMIT ?) UNION ALL "
		 "(SELECT id FROM contact_request WHERE from_id = ? "
		 "AND status = 0 AND created_at <= ? LIMIT ?)",
	"uiuuiu", "u"},
    /* So few are counted here: there it would take a table in between. */
    [REQUESTS_WAITING] = {"SELECT 1 FROM contact_request WHERE to_id = ? "
			  "AND status = 0 AND created_at > ? LIMIT ?",
	"uiu", "u"},
    [ASKING] = {"(SELECT from_id FROM contact_request WHERE to_id = ? "
		"AND status = 0 AND created_at > ? "
		"ORDER BY created_at DESC, id DESC LIMIT ?) UNION ALL "
		"(SELECT to_id FROM contact_request WHERE from_id = ? "
		"AND status = 0 AND created_at > ? "
		"ORDER BY created_at DESC, id DESC LIMIT ?)",
	"uiuuiu", "u"},
};

static uint64_t
lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int
contact_store_request_add(
    struct db *db, struct contact_request *r, struct err *e)
{
	uint64_t	      low = lower(r->from_id, r->to_id);
	bool		      is_open = r->status == CONTACT_PENDING;
	const struct db_value params[] = {
	    db_val_u(r->from_id),
	    db_val_u(r->to_id),
	    is_open ? db_val_u(low) : db_val_null(),
	    is_open ? db_val_u(r->from_id + r->to_id - low) : db_val_null(),
	    db_val_s(r->note),
	    db_val_s(r->greeting),
	    db_val_u((uint64_t)r->status),
	    db_val_i(r->created_ms),
	    is_open ? db_val_null() : db_val_i(r->created_ms),
	};

	if (db_exec_many(db, &statements[REQUEST_ADD], 1, params, e) == -1)
		return -1;
	r->id = db_insert_id(db);
	return 0;
}

static void
request_read(const struct db_rows *rows, size_t r, struct contact_request *q)
{
	*q = (struct contact_request){
	    .id = db_u(rows, r, 0),
	    .from_id = db_u(rows, r, 1),
	    .to_id = db_u(rows, r, 2),
	    .note = db_s(rows, r, 3),
	    .greeting = db_s(rows, r, 4),
	    .status = (enum contact_status)db_u(rows, r, 5),
	    .created_ms = db_i(rows, r, 6),
	};
}

int
contact_store_request_find(struct db *db, struct arena *a, uint64_t id,
    struct contact_request *q, struct err *e)
{
	struct db_rows rows;
	int	       found;

	found = db_find(db, &statements[REQUEST_FIND], a, &rows, e, id);
	if (found == 1)
		request_read(&rows, 0, q);
	return found;
}

int
contact_store_request_decide(struct db *db, uint64_t id,
    enum contact_status status, int64_t now_ms, struct err *e)
{
	return db_exec(db, &statements[REQUEST_DECIDE], e, (uint64_t)status,
		   now_ms, id) == -1
		   ? -1
		   : 0;
}

static void
requests_read(const struct db_rows *rows, struct arena *a,
    struct contact_request **list_r, size_t *n_r)
{
	*list_r = arena_alloc(a, rows->n * sizeof(**list_r));
	*n_r = rows->n;
	for (size_t r = 0; r < rows->n; r++)
		request_read(rows, r, &(*list_r)[r]);
}

int
contact_store_requests(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, struct contact_request **list_r, size_t *n_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * sizeof(*params));
	struct db_rows	 rows = {0};

	for (size_t i = 0; i < n; i++)
		params[i] = db_val_u(ids[i]);
	if (n > 0 && db_query_list(db, &statements[REQUESTS], a, &rows, n,
			 params, e) == -1)
		return -1;
	requests_read(&rows, a, list_r, n_r);
	return 0;
}

int
contact_store_request_page(struct db *db, struct arena *a, uint64_t me,
    const struct request_range *range, struct contact_request **list_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db,
		&statements[range->incoming ? REQUESTS_IN : REQUESTS_OUT], a,
		&rows, e, me, (uint64_t)range->status, range->since_ms,
		range->before_ms, range->before_ms, range->before_id,
		(uint64_t)range->limit) == -1)
		return -1;
	requests_read(&rows, a, list_r, n_r);
	return 0;
}

/* The ids that a statement answers of either direction. */
static int
both_ways(struct db *db, struct arena *a, const struct db_stmt *stmt,
    uint64_t me, int64_t since_ms, unsigned limit, const uint64_t **ids_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, stmt, a, &rows, e, me, since_ms, (uint64_t)limit, me,
		since_ms, (uint64_t)limit) == -1)
		return -1;
	*ids_r = db_column(a, &rows, 0);
	*n_r = rows.n;
	return 0;
}

int
contact_store_overdue(struct db *db, struct arena *a, uint64_t me,
    int64_t open_since_ms, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	return both_ways(db, a, &statements[OVERDUE], me, open_since_ms, limit,
	    ids_r, n_r, e);
}

int
contact_store_request_count(struct db *db, struct arena *a, uint64_t me,
    int64_t since_ms, unsigned most, unsigned *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[REQUESTS_WAITING], a, &rows, e, me,
		since_ms, (uint64_t)most) == -1)
		return -1;
	*n_r = (unsigned)rows.n;
	return 0;
}

int
contact_store_asking(struct db *db, struct arena *a, uint64_t me,
    int64_t since_ms, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	return both_ways(
	    db, a, &statements[ASKING], me, since_ms, limit, ids_r, n_r, e);
}

const struct db_stmt *
contact_request_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
