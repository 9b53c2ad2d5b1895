/* SPDX-License-Identifier: MIT */
/*
 * store_mysql.c -- Delivery's SQL.
 *
 * The outbox is short while all is well, yet its index may hold many deleted
 * ids that are not purged yet: whoever is woken for new rows reads from where
 * he stands, and only the sweep starts from the beginning.
 */
#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"
#include "delivery/positions.h"
#include "delivery/store.h"

enum {
	ADD,
	AFTER,
	AFTER_OR_AT,
	GET,
	OF_KEYS,
	IDS,
	THERE,
	REMOVE,
	DEVICE_START,
	DEVICES_END,
	POSITIONS,
	SET_POSITION,
	STATEMENTS
};

#define ROW                                                                   \
	"SELECT id, key_id, audience, conv_id, seq, members_version, users, " \
	"session_id, except_session, frame, created_at FROM outbox "
#define ROW_OUT "uuuuuusuubi"

static const struct db_stmt statements[STATEMENTS] = {
    [ADD] = {"INSERT INTO outbox (key_id, audience, conv_id, seq, "
	     "members_version, users, session_id, except_session, frame, "
	     "created_at) VALUES {(?,?,?,?,?,?,?,?,?,?)|,}",
	"{uuuuusuubi}", NULL},
    [AFTER] = {ROW "WHERE id > ? ORDER BY id LIMIT ?", "uu", ROW_OUT},
    [AFTER_OR_AT] = {ROW "WHERE id > ? OR id IN ({?|,}) ORDER BY id LIMIT ?",
	"u{u}u", ROW_OUT},
    [GET] = {ROW "WHERE id IN ({?|,}) ORDER BY id", "{u}", ROW_OUT},
    [OF_KEYS] = {ROW "WHERE id BETWEEN ? AND ? AND key_id IN ({?|,}) "
		     "ORDER BY id LIMIT ?",
	"uu{u}u", ROW_OUT},
    [IDS] = {"SELECT id, key_id FROM outbox WHERE id > ? AND id <= ? "
	     "ORDER BY id LIMIT ?",
	"uuu", "uu"},
    [THERE] = {"SELECT id FROM outbox WHERE id IN ({?|,}) ORDER BY id", "{u}",
	"u"},
    [REMOVE] = {"DELETE FROM outbox WHERE id IN ({?|,}) RETURNING id", "{u}",
	"u"},
    [DEVICE_START] = {"INSERT INTO device_position "
		      "(session_id, conv_id, acked_seq) "
		      "SELECT ?, m.conv_id, c.last_seq FROM member m "
		      "JOIN conversation c ON c.id = m.conv_id "
		      "WHERE m.user_id = ? AND c.type <> 4 UNION ALL "
		      "SELECT ?, id, last_seq FROM conversation "
		      "WHERE singleton = 1",
	"uuu", NULL},
    [DEVICES_END] = {"DELETE FROM device_position WHERE session_id = ?", "u",
	NULL},
    [POSITIONS] = {"SELECT conv_id, acked_seq FROM device_position "
		   "WHERE session_id = ? AND conv_id BETWEEN ? AND ? "
		   "ORDER BY conv_id",
	"uuu", "uu"},
    [SET_POSITION] = {"INSERT INTO device_position "
		      "(session_id, conv_id, acked_seq) VALUES (?,?,?) "
		      "ON DUPLICATE KEY UPDATE "
		      "acked_seq = GREATEST(acked_seq, VALUES(acked_seq))",
	"uuu", NULL},
};

const struct db_stmt *
delivery_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}

static const struct db_stmt *
stmt(int which)
{
	return &statements[which];
}

enum { ADD_WIDTH = 10 };

static void
add_params(struct arena *a, const struct outbox_event *o, int64_t now_ms,
    struct db_value v[ADD_WIDTH])
{
	v[0] = db_val_u(o->key);
	v[1] = db_val_u((uint64_t)o->audience);
	v[2] = db_val_u(o->conv_id);
	v[3] = db_val_u(o->seq);
	v[4] = db_val_u(o->members_version);
	v[5] = db_val_s(event_users_text(a, o));
	v[6] = db_val_u(o->session_id);
	v[7] = db_val_u(o->except_session);
	v[8] = db_val_b(o->frame != NULL ? o->frame : "", o->frame_len);
	v[9] = db_val_i(now_ms);
}

void
outbox_part(struct arena *a, const struct outbox_event *events, size_t n,
    int64_t now_ms, struct db_part *part)
{
	struct db_value *params =
	    arena_alloc(a, n * ADD_WIDTH * sizeof(*params));

	for (size_t i = 0; i < n; i++)
		add_params(a, &events[i], now_ms, params + i * ADD_WIDTH);
	*part = (struct db_part){stmt(ADD), params, n};
}

static void
read_events(struct arena *a, const struct db_rows *rows,
    struct delivery_event **events_r, size_t *n_r)
{
	struct delivery_event *events =
	    arena_alloc(a, rows->n * sizeof(*events));

	for (size_t r = 0; r < rows->n; r++) {
		struct outbox_event *o = &events[r].event;

		events[r].id = db_u(rows, r, 0);
		events[r].created_ms = db_i(rows, r, 10);
		o->key = db_u(rows, r, 1);
		o->audience = (enum outbox_audience)db_u(rows, r, 2);
		o->conv_id = db_u(rows, r, 3);
		o->seq = db_u(rows, r, 4);
		o->members_version = db_u(rows, r, 5);
		events[r].broken = NULL;
		if (event_users_parse(db_s(rows, r, 6), o) == -1)
			events[r].broken =
			    arena_printf(a, "users '%s'", db_s(rows, r, 6));
		o->session_id = db_u(rows, r, 7);
		o->except_session = db_u(rows, r, 8);
		o->frame = db_s(rows, r, 9);
		o->frame_len = db_len(rows, r, 9);
	}
	*events_r = events;
	*n_r = rows->n;
}

static struct db_value *
id_values(struct arena *a, const uint64_t *ids, size_t n)
{
	struct db_value *params = arena_alloc(a, n * sizeof(*params));

	for (size_t i = 0; i < n; i++)
		params[i] = db_val_u(ids[i]);
	return params;
}

int
store_outbox_after(struct db *db, struct arena *a, uint64_t after,
    const uint64_t *also, size_t nalso, unsigned limit,
    struct delivery_event **events_r, size_t *n_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, (nalso + 2) * sizeof(*params));
	struct db_rows	 rows;

	params[0] = db_val_u(after);
	for (size_t i = 0; i < nalso; i++)
		params[i + 1] = db_val_u(also[i]);
	params[nalso + 1] = db_val_u(limit);
	if ((nalso == 0 ? db_query(db, stmt(AFTER), a, &rows, e, after,
			      (uint64_t)limit)
			: db_query_list(db, stmt(AFTER_OR_AT), a, &rows, nalso,
			      params, e)) == -1)
		return -1;
	read_events(a, &rows, events_r, n_r);
	return 0;
}

int
store_outbox_get(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    struct delivery_event **events_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query_list(
		db, stmt(GET), a, &rows, n, id_values(a, ids, n), e) == -1)
		return -1;
	read_events(a, &rows, events_r, n_r);
	return 0;
}

int
store_outbox_of(struct db *db, struct arena *a, uint64_t from, uint64_t upto,
    const uint64_t *keys, size_t n, unsigned limit,
    struct delivery_event **events_r, size_t *n_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, (n + 3) * sizeof(*params));
	struct db_rows	 rows;

	params[0] = db_val_u(from);
	params[1] = db_val_u(upto);
	for (size_t i = 0; i < n; i++)
		params[i + 2] = db_val_u(keys[i]);
	params[n + 2] = db_val_u(limit);
	if (db_query_list(db, stmt(OF_KEYS), a, &rows, n, params, e) == -1)
		return -1;
	read_events(a, &rows, events_r, n_r);
	return 0;
}

int
store_outbox_ids(struct db *db, struct arena *a, uint64_t after, uint64_t upto,
    unsigned limit, uint64_t **ids_r, uint64_t **keys_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(
		db, stmt(IDS), a, &rows, e, after, upto, (uint64_t)limit) == -1)
		return -1;
	*ids_r = db_column(a, &rows, 0);
	*keys_r = db_column(a, &rows, 1);
	*n_r = rows.n;
	return 0;
}

int
store_outbox_there(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, uint64_t **there_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query_list(
		db, stmt(THERE), a, &rows, n, id_values(a, ids, n), e) == -1)
		return -1;
	*there_r = db_column(a, &rows, 0);
	*n_r = rows.n;
	return 0;
}

int
store_outbox_remove(struct db *db, struct arena *a, const uint64_t *ids,
    size_t n, struct err *e)
{
	struct db_rows removed;

	return db_query_list(
	    db, stmt(REMOVE), a, &removed, n, id_values(a, ids, n), e);
}

int
store_device_start(
    struct db *db, uint64_t session_id, uint64_t user_id, struct err *e)
{
	return db_exec(db, stmt(DEVICE_START), e, session_id, user_id,
		   session_id) == -1
		   ? -1
		   : 0;
}

int
store_devices_end(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    struct err *e)
{
	return db_exec_many(
		   db, stmt(DEVICES_END), n, id_values(a, ids, n), e) == -1
		   ? -1
		   : 0;
}

int
store_positions_get(struct db *db, struct arena *a, uint64_t session_id,
    uint64_t first_conv, uint64_t last_conv, struct position **positions_r,
    size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, stmt(POSITIONS), a, &rows, e, session_id, first_conv,
		last_conv) == -1)
		return -1;
	*positions_r = arena_alloc(a, rows.n * sizeof(**positions_r));
	for (size_t r = 0; r < rows.n; r++)
		(*positions_r)[r] = (struct position){
		    session_id, db_u(&rows, r, 0), db_u(&rows, r, 1)};
	*n_r = rows.n;
	return 0;
}

int
store_positions_set(struct db *db, struct arena *a,
    const struct position *positions, size_t n, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * 3 * sizeof(*params));

	for (size_t i = 0; i < n; i++) {
		params[3 * i] = db_val_u(positions[i].session_id);
		params[3 * i + 1] = db_val_u(positions[i].conv_id);
		params[3 * i + 2] = db_val_u(positions[i].acked_seq);
	}
	return db_exec_many(db, stmt(SET_POSITION), n, params, e) == -1 ? -1
									: 0;
}
