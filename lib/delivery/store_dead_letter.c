/* SPDX-License-Identifier: MIT */
/* store_dead_letter.c -- SQL of the events that were given up. */
#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"
#include "delivery/dead_letter.h"
#include "delivery/store.h"

enum { ADD, LEAVE, LIST, FIND, REPLAY, DROP, COUNT, STATEMENTS };

#define EVENT                                                      \
	"key_id, audience, conv_id, seq, members_version, users, " \
	"session_id, except_session"
#define CAUSE ", created_at, cause, detail, attempts, first_at, last_at "
#define OUT "uuuuuusuubissuii"

static const struct db_stmt statements[STATEMENTS] = {
    [ADD] = {"INSERT INTO dead_letter (id, " EVENT ", frame" CAUSE ") "
	     "SELECT id, " EVENT ", frame, created_at, ?, ?, ?, ?, ? "
	     "FROM outbox WHERE id = ?",
	"ssuiiu", NULL},
    [LEAVE] = {"DELETE FROM outbox WHERE id = ?", "u", NULL},
    [LIST] = {"SELECT id, " EVENT ", ''" CAUSE
	      "FROM dead_letter WHERE id > ? ORDER BY id LIMIT ?",
	"uu", OUT},
    [FIND] = {"SELECT id, " EVENT ", frame" CAUSE
	      "FROM dead_letter WHERE id = ?",
	"u", OUT},
    [REPLAY] = {"INSERT INTO outbox (" EVENT ", frame, created_at) "
		"SELECT " EVENT ", frame, ? FROM dead_letter WHERE id = ?",
	"iu", NULL},
    [DROP] = {"DELETE FROM dead_letter WHERE id = ?", "u", NULL},
    [COUNT] = {"SELECT COUNT(*) FROM "
	       "(SELECT 1 FROM dead_letter LIMIT ?) some",
	"u", "u"},
};

const struct db_stmt *
dead_letter_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}

static void
read_row(const struct db_rows *rows, size_t r, struct dead_letter *d)
{
	struct outbox_event *o = &d->event.event;

	d->event.id = db_u(rows, r, 0);
	o->key = db_u(rows, r, 1);
	o->audience = (enum outbox_audience)db_u(rows, r, 2);
	o->conv_id = db_u(rows, r, 3);
	o->seq = db_u(rows, r, 4);
	o->members_version = db_u(rows, r, 5);
	(void)event_users_parse(db_s(rows, r, 6), o); /* shown as far as read */
	o->session_id = db_u(rows, r, 7);
	o->except_session = db_u(rows, r, 8);
	o->frame = db_s(rows, r, 9);
	o->frame_len = db_len(rows, r, 9);
	d->event.created_ms = db_i(rows, r, 10);
	d->cause = db_s(rows, r, 11);
	d->detail = db_s(rows, r, 12);
	d->attempts = db_u(rows, r, 13);
	d->first_ms = db_i(rows, r, 14);
	d->last_ms = db_i(rows, r, 15);
}

int
store_dead_list(struct db *db, struct arena *a, uint64_t after, unsigned limit,
    struct dead_letter **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, &statements[LIST], a, &rows, e, after,
		(uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		read_row(&rows, r, &(*list_r)[r]);
	return 0;
}

int
store_dead_find(struct db *db, struct arena *a, uint64_t id,
    struct dead_letter *d, struct err *e)
{
	struct db_rows rows;
	int	       found = db_find(db, &statements[FIND], a, &rows, e, id);

	if (found == 1)
		read_row(&rows, 0, d);
	return found;
}

int
store_dead_count(
    struct db *db, struct arena *a, unsigned most, size_t *n_r, struct err *e)
{
	struct db_rows rows;

	if (db_find(db, &statements[COUNT], a, &rows, e, (uint64_t)most) == -1)
		return -1;
	*n_r = (size_t)db_u(&rows, 0, 0);
	return 0;
}

int
store_dead_add(struct db *db, const struct dead_letter *d, struct err *e)
{
	if (db_exec(db, &statements[ADD], e, d->cause, d->detail, d->attempts,
		d->first_ms, d->last_ms, d->event.id) == -1 ||
	    db_exec(db, &statements[LEAVE], e, d->event.id) == -1)
		return -1;
	return 0;
}

int64_t
store_dead_replay(struct db *db, uint64_t id, int64_t now_ms, struct err *e)
{
	if (db_exec(db, &statements[REPLAY], e, now_ms, id) == -1)
		return -1;
	return store_dead_drop(db, id, e);
}

int64_t
store_dead_drop(struct db *db, uint64_t id, struct err *e)
{
	return db_exec(db, &statements[DROP], e, id);
}
