/* SPDX-License-Identifier: MIT */
/* store_mysql.c -- The SQL that writes times which are not now. */
#include "demo/store.h"

#include "base/arena.h"
#include "data/db.h"

enum {
	LOCK,
	TIMES,
	DATE,
	NEWEST,
	BEGIN,
	CAME_IN,
	ASKED_IN,
	INVITED,
	LINKED,
	PINNED,
	ACCOUNT,
	CONTACT,
	REQUEST,
	WATCHED,
	STRANGER
};

static const struct db_stmt statements[] = {
    [LOCK] = {"SELECT id FROM conversation WHERE id = ? FOR UPDATE", "u", "u"},
    [TIMES] = {"SELECT seq, created_at FROM message "
	       "WHERE conv_id = ? AND seq >= ? ORDER BY seq",
	"uu", "ui"},
    [DATE] = {"UPDATE message SET created_at = ? "
	      "WHERE conv_id = ? AND seq = ?",
	"iuu", NULL},
    [NEWEST] = {"UPDATE conversation SET last_at = ? WHERE id = ?", "iu", NULL},
    [BEGIN] = {"UPDATE conversation SET created_at = ? WHERE id = ?", "iu",
	NULL},
    /* Whoever joined did so in the message after joined_seq. */
    [CAME_IN] = {"UPDATE member m JOIN message g ON g.conv_id = m.conv_id "
		 "AND g.seq = m.joined_seq + 1 SET m.joined_at = g.created_at "
		 "WHERE m.conv_id = ?",
	"u", NULL},
    [ASKED_IN] = {"UPDATE join_request SET created_at = ? "
		  "WHERE conv_id = ? AND user_id = ?",
	"iuu", NULL},
    [INVITED] = {"UPDATE invitation SET created_at = ? "
		 "WHERE conv_id = ? AND by_id = ?",
	"iuu", NULL},
    [LINKED] = {"UPDATE invite_link SET created_at = ? "
		"WHERE conv_id = ? AND by_id = ?",
	"iuu", NULL},
    [PINNED] = {"UPDATE pin SET created_at = ? WHERE conv_id = ? AND by_id = ?",
	"iuu", NULL},
    [ACCOUNT] = {"UPDATE user SET created_at = ?, last_active_at = ? "
		 "WHERE id = ?",
	"iiu", NULL},
    [CONTACT] = {"UPDATE contact SET created_at = ? "
		 "WHERE (user_id = ? AND contact_id = ?) "
		 "OR (user_id = ? AND contact_id = ?)",
	"iuuuu", NULL},
    [REQUEST] = {"UPDATE contact_request SET created_at = ?, "
		 "decided_at = IF(decided_at IS NULL, NULL, ?) "
		 "WHERE from_id = ? AND to_id = ?",
	"iiuu", NULL},
    /* A list is padded with NULL, of which nothing is known to be "not in". */
    [WATCHED] = {"SELECT user_id FROM session WHERE ended_at IS NULL "
		 "AND expires_at > ? "
		 "AND NOT COALESCE(user_id IN ({?|,}), FALSE) LIMIT 1",
	"i{u}", "u"},
    [STRANGER] = {"SELECT username FROM user WHERE role = 0 AND status = 0 "
		  "AND NOT COALESCE(username IN ({?|,}), FALSE) LIMIT 1",
	"{s}", "s"},
};

int
demo_store_times(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t first, struct demo_time **times_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_find(db, &statements[LOCK], a, &rows, e, conv_id) == -1 ||
	    db_query(db, &statements[TIMES], a, &rows, e, conv_id, first - 1) ==
		-1)
		return -1;
	*times_r = arena_alloc(a, rows.n * sizeof(**times_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*times_r)[r] =
		    (struct demo_time){db_u(&rows, r, 0), db_i(&rows, r, 1)};
	return 0;
}

int
demo_store_date(struct db *db, struct arena *a, uint64_t conv_id,
    const struct demo_time *times, size_t n, struct err *e)
{
	enum { WIDTH = 3 };
	struct db_value *rows = arena_alloc(a, n * WIDTH * sizeof(*rows));

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		rows[i * WIDTH] = db_val_i(times[i].at_ms);
		rows[i * WIDTH + 1] = db_val_u(conv_id);
		rows[i * WIDTH + 2] = db_val_u(times[i].seq);
	}
	if (db_exec_many(db, &statements[DATE], n, rows, e) == -1)
		return -1;
	return db_exec(db, &statements[NEWEST], e, times[n - 1].at_ms,
		   conv_id) == -1
		   ? -1
		   : 0;
}

int
demo_store_begin(
    struct db *db, uint64_t conv_id, int64_t began_ms, struct err *e)
{
	if (db_exec(db, &statements[BEGIN], e, began_ms, conv_id) == -1 ||
	    db_exec(db, &statements[CAME_IN], e, conv_id) == -1)
		return -1;
	return 0;
}

int
demo_store_act(
    struct db *db, uint64_t conv_id, const struct past_step *s, struct err *e)
{
	for (unsigned i = ASKED_IN; i <= PINNED; i++)
		if (db_exec(db, &statements[i], e, s->at_ms, conv_id,
			s->user_id) == -1)
			return -1;
	return 0;
}

int
demo_store_account(struct db *db, const struct past_account *x, struct err *e)
{
	return db_exec(db, &statements[ACCOUNT], e, x->since_ms, x->seen_ms,
		   x->id) == -1
		   ? -1
		   : 0;
}

int
demo_store_bond(struct db *db, const struct past_bond *b, struct err *e)
{
	if (db_exec(db, &statements[REQUEST], e, b->asked_ms, b->decided_ms,
		b->from_id, b->to_id) == -1 ||
	    db_exec(db, &statements[CONTACT], e, b->decided_ms, b->from_id,
		b->to_id, b->to_id, b->from_id) == -1)
		return -1;
	return 0;
}

int
demo_store_is_watched(struct db *db, struct arena *a,
    const struct past_account *accounts, size_t n, int64_t now_ms,
    struct err *e)
{
	struct db_value *params = arena_alloc(a, (n + 1) * sizeof(*params));
	struct db_rows	 rows;

	params[0] = db_val_i(now_ms);
	for (size_t i = 0; i < n; i++)
		params[i + 1] = db_val_u(accounts[i].id);
	if (db_query_list(db, &statements[WATCHED], a, &rows, n, params, e) ==
	    -1)
		return -1;
	return rows.n > 0;
}

int
demo_store_stranger(struct db *db, struct arena *a,
    const char *const *usernames, size_t n, const char **name_r, struct err *e)
{
	struct db_value *params = arena_alloc(a, n * sizeof(*params));
	struct db_rows	 rows;

	for (size_t i = 0; i < n; i++)
		params[i] = db_val_s(usernames[i]);
	if (db_query_list(db, &statements[STRANGER], a, &rows, n, params, e) ==
	    -1)
		return -1;
	if (rows.n > 0)
		*name_r = db_s(&rows, 0, 0);
	return rows.n > 0;
}

const struct db_stmt *
demo_statements(size_t *n_r)
{
	*n_r = sizeof(statements) / sizeof(statements[0]);
	return statements;
}
