/* SPDX-License-Identifier: MIT */
/* store_sessions.c -- Sessions and their refresh tokens as rows. */
#include "account/store.h"
#include "account/store_stmt.h"
#include "base/arena.h"
#include "base/err.h"

int
account_store_session_add(
    struct db *db, const struct session *s, uint64_t *id_r, struct err *e)
{
	if (db_exec(db, STMT(SESSION_ADD), e, s->user_id, s->device, s->address,
		s->created_ms, s->last_active_ms, s->expires_ms) == -1)
		return -1;
	*id_r = db_insert_id(db);
	return 0;
}

int
account_store_session_alive(struct db *db, struct arena *a, uint64_t session_id,
    uint64_t user_id, int64_t now_ms, int64_t *last_active_ms_r, struct err *e)
{
	struct db_rows rows;
	int	       found = db_find(
		       db, STMT(SESSION_ALIVE), a, &rows, e, session_id, user_id, now_ms);

	*last_active_ms_r = found == 1 ? db_i(&rows, 0, 0) : 0;
	return found;
}

int
account_store_session_touch(struct db *db, uint64_t session_id, int64_t now_ms,
    int64_t expires_ms, struct err *e)
{
	return db_exec(db, STMT(SESSION_TOUCH), e, now_ms, expires_ms, now_ms,
		   session_id) == -1
		   ? -1
		   : 0;
}

int
account_store_sessions(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t before, int64_t now_ms, unsigned limit, struct session **list_r,
    size_t *n_r, struct err *e)
{
	struct db_rows	rows;
	struct session *list;

	if (db_query(db, STMT(SESSIONS_OPEN), a, &rows, e, user_id, now_ms,
		before == 0 ? (uint64_t)INT64_MAX : before,
		(uint64_t)limit) == -1)
		return -1;
	list = arena_alloc(a, rows.n * sizeof *list);
	for (size_t r = 0; r < rows.n; r++)
		list[r] = (struct session){db_u(&rows, r, 0), db_u(&rows, r, 1),
		    db_s(&rows, r, 2), db_s(&rows, r, 3), db_i(&rows, r, 4),
		    db_i(&rows, r, 5), db_i(&rows, r, 6)};
	*list_r = list;
	*n_r = rows.n;
	return 0;
}

int
account_store_sessions_count(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t *n_r, uint64_t *idlest_r, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, STMT(SESSIONS_COUNT), a, &rows, e, user_id);

	*n_r = found == 1 ? db_u(&rows, 0, 0) : 0;
	*idlest_r = found == 1 ? db_u(&rows, 0, 1) : 0;
	return found == -1 ? -1 : 0;
}

int
account_store_session_end(struct db *db, uint64_t session_id, uint64_t user_id,
    int64_t now_ms, struct err *e)
{
	return one(
	    db_exec(db, STMT(SESSION_END), e, now_ms, session_id, user_id));
}

static const uint64_t *
ids_read(struct arena *a, const struct db_rows *rows)
{
	uint64_t *ids = arena_alloc(a, rows->n * sizeof *ids);

	for (size_t r = 0; r < rows->n; r++)
		ids[r] = db_u(rows, r, 0);
	return ids;
}

int
account_store_sessions_end(struct db *db, struct arena *a, uint64_t user_id,
    uint64_t except, int64_t now_ms, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, STMT(SESSIONS_LOCK), a, &rows, e, user_id, except) ==
	    -1)
		return -1;
	*ids_r = ids_read(a, &rows);
	*n_r = rows.n;
	if (rows.n == 0)
		return 0;
	return db_exec(db, STMT(SESSIONS_END), e, now_ms, user_id, except) == -1
		   ? -1
		   : 0;
}

int
account_store_sessions_old(struct db *db, struct arena *a, uint64_t user_id,
    int64_t before_ms, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *e)
{
	struct db_rows rows;

	if (db_query(db, STMT(SESSIONS_OLD), a, &rows, e, user_id, before_ms,
		before_ms, (uint64_t)limit) == -1)
		return -1;
	*ids_r = ids_read(a, &rows);
	*n_r = rows.n;
	return 0;
}

int
account_store_sessions_remove(struct db *db, struct arena *a,
    const uint64_t *ids, size_t n, struct err *e)
{
	struct db_value *values = arena_alloc(a, n * sizeof *values);

	for (size_t i = 0; i < n; i++)
		values[i] = db_val_u(ids[i]);
	if (n == 0)
		return 0;
	if (db_exec_many(db, STMT(REFRESH_REMOVE), n, values, e) == -1 ||
	    db_exec_many(db, STMT(SESSION_REMOVE), n, values, e) == -1)
		return -1;
	return 0;
}

int
account_store_refresh_add(struct db *db, const unsigned char *hash,
    uint64_t session_id, int64_t now_ms, struct err *e)
{
	return db_exec(db, STMT(REFRESH_ADD), e, hash, (size_t)SHA256_SIZE,
		   session_id, now_ms) == -1
		   ? -1
		   : 0;
}

int
account_store_refresh(struct db *db, struct arena *a, const unsigned char *hash,
    int64_t now_ms, struct refresh_row *row, struct err *e)
{
	struct db_rows rows;
	int found = db_find(db, STMT(REFRESH_LOCK), a, &rows, e, now_ms, hash,
	    (size_t)SHA256_SIZE);

	if (found == 1)
		*row =
		    (struct refresh_row){db_u(&rows, 0, 0), db_u(&rows, 0, 1),
			db_u(&rows, 0, 2) != 0, db_u(&rows, 0, 3) != 0};
	return found;
}

int
account_store_refresh_spend(
    struct db *db, const unsigned char *hash, int64_t now_ms, struct err *e)
{
	return db_exec(db, STMT(REFRESH_SPEND), e, now_ms, hash,
		   (size_t)SHA256_SIZE) == -1
		   ? -1
		   : 0;
}
