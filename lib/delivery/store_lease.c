/* SPDX-License-Identifier: MIT */
/*
 * store_lease.c -- Leases in SQL.
 *
 * A shard changes hands only in a transaction that has first deleted the rows
 * of holders whose time is up: a holder that renews at that moment either
 * comes first, and is not deleted, or finds that its row is gone.  (A row that
 * is deleted also collides with its renewal between nodes of a cluster, where
 * a lock would not.)  Times are the database's, in UTC.  Where its clock was
 * set back, a row that lasts for longer than two lives is from before: nobody
 * who lives has written it.
 */
#include "base/arena.h"
#include "base/err.h"
#include "data/db.h"
#include "delivery/lease_store.h"

#define NOW                                                       \
	"CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', " \
	"UTC_TIMESTAMP(3)) DIV 1000 AS SIGNED)"

enum {
	BEGIN,
	AGAIN,
	SHARDS,
	RENEW,
	END,
	VIEW,
	FORGET,
	TAKE,
	GIVE,
	CLAIM,
	STATEMENTS
};

static const struct db_stmt statements[STATEMENTS] = {
    [BEGIN] = {"INSERT INTO lease_holder (role, node, incarnation, expires_at) "
	       "VALUES (?, ?, " NOW ", " NOW " + ?) ON DUPLICATE KEY UPDATE "
	       "incarnation = GREATEST(incarnation + 1, VALUES(incarnation)), "
	       "expires_at = VALUES(expires_at) RETURNING incarnation",
	"usi", "u"},
    [AGAIN] = {"INSERT IGNORE INTO lease_holder "
	       "(role, node, incarnation, expires_at) "
	       "VALUES (?, ?, " NOW ", " NOW " + ?) RETURNING incarnation",
	"usi", "u"},
    [SHARDS] = {"INSERT IGNORE INTO lease (role, shard) VALUES (?, ?)", "uu",
	NULL},
    /*
     * A row that is not changed is not counted: twice in a millisecond must
     * not look as if it were gone.
     */
    [RENEW] = {"UPDATE lease_holder SET expires_at = " NOW " + ? + "
	       "(expires_at = " NOW " + ?) "
	       "WHERE role = ? AND node = ? AND incarnation = ?",
	"iiusu", NULL},
    [END] = {"DELETE FROM lease_holder "
	     "WHERE role = ? AND node = ? AND incarnation = ?",
	"usu", NULL},
    [VIEW] = {"SELECT l.shard, l.fence, l.node = ? AND l.incarnation = ?, "
	      "IF(h.expires_at > " NOW " + ?, 0, h.expires_at - " NOW "), "
	      "(SELECT COUNT(*) FROM lease_holder a "
	      "WHERE a.role = l.role AND a.expires_at > " NOW " "
	      "AND a.expires_at <= " NOW " + ?) FROM lease l "
	      "LEFT JOIN lease_holder h ON h.role = l.role "
	      "AND h.node = l.node AND h.incarnation = l.incarnation "
	      "WHERE l.role = ? AND l.shard < ? ORDER BY l.shard",
	"suiiuu", "uuuiu"},
    [FORGET] = {"DELETE FROM lease_holder WHERE role = ? "
		"AND (expires_at <= " NOW " OR expires_at > " NOW " + ?)",
	"ui", NULL},
    [TAKE] = {"UPDATE lease SET node = ?, incarnation = ?, fence = fence + 1 "
	      "WHERE role = ? AND shard = ? AND fence = ?",
	"suuuu", NULL},
    [GIVE] = {"UPDATE lease SET node = '' WHERE role = ? AND shard = ? "
	      "AND node = ? AND incarnation = ?",
	"uusu", NULL},
    [CLAIM] = {"INSERT INTO lease (role, shard, node, incarnation, fence) "
	       "VALUES (?, ?, ?, ?, 1) ON DUPLICATE KEY UPDATE "
	       "node = VALUES(node), incarnation = VALUES(incarnation), "
	       "fence = fence + 1 RETURNING fence",
	"uusu", "u"},
};

const struct db_stmt *
lease_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}

static const struct db_stmt *
stmt(int which)
{
	return &statements[which];
}

static int
begun(const struct db_rows *rows, struct lease_self *self)
{
	if (rows->n != 1)
		return 0;
	self->incarnation = db_u(rows, 0, 0);
	return 1;
}

int
lease_store_begin(struct db *db, struct arena *a, struct lease_self *self,
    unsigned shards, int64_t life_ms, struct err *e)
{
	struct db_value *params = arena_alloc(a, 2 * shards * sizeof(*params));
	struct db_rows	 rows;

	for (unsigned s = 0; s < shards; s++) {
		params[2 * s] = db_val_u(self->role);
		params[2 * s + 1] = db_val_u(s);
	}
	if (db_exec_many(db, stmt(SHARDS), shards, params, e) == -1 ||
	    db_query(db, stmt(BEGIN), a, &rows, e, (uint64_t)self->role,
		self->node, life_ms) == -1)
		return -1;
	if (begun(&rows, self) == 0)
		return err_set(e, ERR_INTERNAL, "internal", "lease: no row");
	return 0;
}

int
lease_store_again(struct db *db, struct arena *a, struct lease_self *self,
    int64_t life_ms, struct err *e)
{
	struct db_rows rows;

	if (db_exec(db, stmt(FORGET), e, (uint64_t)self->role, 2 * life_ms) ==
		-1 ||
	    db_query(db, stmt(AGAIN), a, &rows, e, (uint64_t)self->role,
		self->node, life_ms) == -1)
		return -1;
	return begun(&rows, self);
}

int
lease_store_renew(struct db *db, const struct lease_self *self, int64_t life_ms,
    struct err *e)
{
	int64_t n = db_exec(db, stmt(RENEW), e, life_ms, life_ms,
	    (uint64_t)self->role, self->node, self->incarnation);

	return n == -1 ? -1 : n == 1;
}

int
lease_store_end(struct db *db, const struct lease_self *self, struct err *e)
{
	return db_exec(db, stmt(END), e, (uint64_t)self->role, self->node,
		   self->incarnation) == -1
		   ? -1
		   : 0;
}

int
lease_store_view(struct db *db, struct arena *a, const struct lease_self *self,
    unsigned shards, int64_t life_ms, struct lease_view *v, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, stmt(VIEW), a, &rows, e, self->node, self->incarnation,
		2 * life_ms, 2 * life_ms, (uint64_t)self->role,
		(uint64_t)shards) == -1)
		return -1;
	v->row = arena_alloc(a, rows.n * sizeof(*v->row));
	v->n = rows.n;
	v->alive = rows.n == 0 ? 0 : db_u(&rows, 0, 4);
	v->next_ms = INT64_MAX;
	for (size_t r = 0; r < rows.n; r++) {
		bool	is_held = !db_is_null(&rows, r, 3);
		int64_t left_ms = db_i(&rows, r, 3);

		v->row[r].shard = (unsigned)db_u(&rows, r, 0);
		v->row[r].fence = (uint32_t)db_u(&rows, r, 1);
		v->row[r].is_mine = is_held && db_u(&rows, r, 2) == 1;
		v->row[r].is_free = !is_held;
		if (is_held && !v->row[r].is_mine && left_ms < v->next_ms)
			v->next_ms = left_ms;
	}
	return 0;
}

struct taking {
	struct arena		*a;
	const struct lease_self *self;
	unsigned		 shards;
	int64_t			 life_ms;
};

static int
take_rows(struct db *db, const struct taking *t, const struct lease_view *v,
    const enum lease_change *change, struct err *e)
{
	struct db_value *params = arena_alloc(t->a, 5 * v->n * sizeof(*params));
	size_t		 n = 0;

	for (size_t i = 0; i < v->n; i++)
		if (change[i] == LEASE_TAKE) {
			params[n++] = db_val_s(t->self->node);
			params[n++] = db_val_u(t->self->incarnation);
			params[n++] = db_val_u(t->self->role);
			params[n++] = db_val_u(v->row[i].shard);
			params[n++] = db_val_u(v->row[i].fence);
		}
	if (n == 0)
		return 0;
	return db_exec_many(db, stmt(TAKE), n / 5, params, e) == -1 ? -1 : 0;
}

static int
take_body(struct db *db, void *ctx, struct err *e)
{
	struct taking	  *t = ctx;
	struct lease_view  v;
	enum lease_change *change;

	if (db_exec(db, stmt(FORGET), e, (uint64_t)t->self->role,
		2 * t->life_ms) == -1 ||
	    lease_store_view(db, t->a, t->self, t->shards, t->life_ms, &v, e) ==
		-1)
		return -1;
	change = arena_alloc(t->a, v.n * sizeof(*change));
	(void)lease_decide(v.row, v.n, v.alive, change);
	return take_rows(db, t, &v, change, e);
}

int
lease_store_take(struct db *db, struct arena *a, const struct lease_self *self,
    unsigned shards, int64_t life_ms, struct err *e)
{
	struct taking t = {a, self, shards, life_ms};

	return tx_run(db, take_body, &t, e);
}

int
lease_store_give(struct db *db, const struct lease_self *self,
    const unsigned *shards, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (db_exec(db, stmt(GIVE), e, (uint64_t)self->role,
			(uint64_t)shards[i], self->node,
			self->incarnation) == -1)
			return -1;
	return 0;
}

int
lease_store_claim(struct db *db, struct arena *a, const struct lease_self *self,
    unsigned shard, uint32_t *fence_r, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, stmt(CLAIM), a, &rows, e, (uint64_t)self->role,
		(uint64_t)shard, self->node, self->incarnation) == -1)
		return -1;
	if (rows.n != 1)
		return err_set(e, ERR_INTERNAL, "internal", "lease: no row");
	*fence_r = (uint32_t)db_u(&rows, 0, 0);
	return 0;
}
