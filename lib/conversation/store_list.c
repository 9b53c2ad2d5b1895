/* SPDX-License-Identifier: MIT */
/*
 * store_list.c -- Lists of conversations, in MariaDB.
 *
 * A list sorts the ids of all the user's conversations first, and looks the
 * rest up for one page of them.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "conversation/store_columns.h"
#include "data/db.h"

enum { PAGE, AMONG, NAMES, STATEMENTS };

/* Unread is what comes after what was read, emptied, or said before joining. */
#define IS_UNREAD(read)                                                   \
	"(cc.last_seq > GREATEST(" read ", COALESCE(mm.cleared_seq, 0), " \
	"IF(cc.type = 2 AND NOT cc.from_start, mm.joined_seq, 0)) "       \
	"OR COALESCE(mm.marked, 0)) AS unread "
#define HEAD                                                        \
	"SELECT cc.id, cc.type, COALESCE(mm.pinned, 0) AS pinned, " \
	"cc.last_at, COALESCE(mm.hidden_seq >= cc.last_seq, 0) AS hidden, "

/*
 * Of all there are, one page: the marks are of the row before it.  The page's
 * rows are put in order here: a draft is a long text, and to sort rows that
 * hold one MariaDB makes a table for them on the disk.
 */
#define FROM_PAGE(mine)                                                     \
	"SELECT " COLUMNS " FROM (SELECT id, pinned, last_at FROM (" mine   \
	") mine WHERE hidden IN (?, ?) AND (? OR unread) "                  \
	"AND (? >> type) & 1 AND (? OR (pinned, last_at, id) < (?, ?, ?)) " \
	"ORDER BY pinned DESC, last_at DESC, id DESC LIMIT ?) page "        \
	"JOIN " VIEWER "JOIN conversation c ON c.id = page.id " MINE PEER
#define PAGE_IN "uuuuuuiuuuu"

/* clang-format off */
/* Those with a row of the user's own, and the world, with or without one. */
#define OF_USER \
	HEAD IS_UNREAD("mm.read_seq") \
	"FROM member mm JOIN conversation cc ON cc.id = mm.conv_id " \
	"WHERE mm.user_id = ? AND cc.status = 0 AND cc.type <> 4 "
#define WORLD \
	HEAD IS_UNREAD("COALESCE(mm.read_seq, ?)") \
	"FROM conversation cc LEFT JOIN member mm " \
	"ON mm.conv_id = cc.id AND mm.user_id = ? " \
	"WHERE cc.singleton = 1 AND cc.status = 0"
/* The same of a list of ids. */
#define OF_LIST \
	HEAD IS_UNREAD("COALESCE(mm.read_seq, w.world_seq)") \
	"FROM (SELECT CAST(? AS UNSIGNED) AS user_id, " \
	"CAST(? AS UNSIGNED) AS world_seq) w " \
	"JOIN ({SELECT CAST(? AS UNSIGNED) AS id| UNION ALL }) d " \
	"STRAIGHT_JOIN conversation cc ON cc.id = d.id " \
	"LEFT JOIN member mm " \
	"ON mm.conv_id = cc.id AND mm.user_id = w.user_id " \
	"WHERE cc.status = 0 AND (mm.user_id IS NOT NULL OR cc.type = 4)"
/* clang-format on */

static const struct db_stmt statements[STATEMENTS] = {
    [PAGE] = {FROM_PAGE(OF_USER "UNION ALL " WORLD), "uuu" PAGE_IN,
	COLUMN_TYPES},
    [AMONG] = {FROM_PAGE(OF_LIST), "uu{u}" PAGE_IN, COLUMN_TYPES},
    [NAMES] = {"SELECT cc.id, CASE WHEN cc.type = 1 THEN "
	       "IF(cc.user_low = mm.user_id, cc.user_high, cc.user_low) "
	       "ELSE 0 END, cc.title LIKE ?, cc.last_at AS at FROM member mm "
	       "JOIN conversation cc ON cc.id = mm.conv_id "
	       "WHERE mm.user_id = ? AND cc.status = 0 AND cc.type <> 4 "
	       "UNION ALL SELECT cc.id, 0, cc.title LIKE ?, cc.last_at "
	       "FROM conversation cc WHERE cc.singleton = 1 AND cc.status = 0 "
	       "ORDER BY at DESC LIMIT ?",
	"susu", "uuui"},
};

enum { PAGE_WIDTH = sizeof(PAGE_IN) - 1 };

static void
put_choice(struct db_value p[PAGE_WIDTH], const struct conversation_viewer *v,
    const struct conversation_choice *c)
{
	static const struct conversation_mark start;
	const struct conversation_mark	     *after =
		  c->after != NULL ? c->after : &start;

	p[0] = db_val_u(c->shown ? 0 : 1);
	p[1] = db_val_u(c->hidden ? 1 : 0);
	p[2] = db_val_u(!c->is_unread);
	p[3] = db_val_u(c->types);
	p[4] = db_val_u(c->after == NULL);
	p[5] = db_val_u(after->pinned);
	p[6] = db_val_i(after->last_at_ms);
	p[7] = db_val_u(after->conv_id);
	p[8] = db_val_u(c->limit);
	p[9] = db_val_u(v->user_id);
	p[10] = db_val_u(v->world_seq);
}

static int
page_query(struct db *db, struct arena *a, const struct conversation_viewer *v,
    const struct conversation_choice *c, struct db_rows *rows, struct err *e)
{
	static const struct conversation_mark start;
	const struct conversation_mark	     *after =
		  c->after != NULL ? c->after : &start;

	return db_query(db, &statements[PAGE], a, rows, e, v->user_id,
	    v->world_seq, v->user_id, (uint64_t)!c->shown, (uint64_t)c->hidden,
	    (uint64_t)!c->is_unread, (uint64_t)c->types,
	    (uint64_t)(c->after == NULL), (uint64_t)after->pinned,
	    after->last_at_ms, after->conv_id, (uint64_t)c->limit, v->user_id,
	    v->world_seq);
}

static int
among_query(struct db *db, struct arena *a, const struct conversation_viewer *v,
    const struct conversation_choice *c, struct db_rows *rows, struct err *e)
{
	enum { FIXED = 2 };
	struct db_value *p =
	    arena_alloc(a, (FIXED + c->namong + PAGE_WIDTH) * sizeof(*p));

	p[0] = db_val_u(v->user_id);
	p[1] = db_val_u(v->world_seq);
	for (size_t i = 0; i < c->namong; i++)
		p[FIXED + i] = db_val_u(c->among[i]);
	put_choice(p + FIXED + c->namong, v, c);
	return db_query_list(db, &statements[AMONG], a, rows, c->namong, p, e);
}

/* Pinned ones first, then who was last spoken in; the id makes it certain. */
static int
by_place(const void *px, const void *py)
{
	const struct conversation *x = px, *y = py;

	if (x->pinned != y->pinned)
		return x->pinned ? -1 : 1;
	if (x->last_at_ms != y->last_at_ms)
		return x->last_at_ms > y->last_at_ms ? -1 : 1;
	return x->id > y->id ? -1 : x->id < y->id;
}

int
conversation_store_page(struct db *db, struct arena *a,
    const struct conversation_viewer *v, const struct conversation_choice *c,
    struct conversation **list_r, size_t *n_r, struct err *e)
{
	struct db_rows rows = {0};
	int	       rc = 0;

	if (c->among == NULL)
		rc = page_query(db, a, v, c, &rows, e);
	else if (c->namong > 0)
		rc = among_query(db, a, v, c, &rows, e);
	if (rc == -1)
		return -1;
	conversations_read(&rows, a, v, list_r, n_r);
	qsort(*list_r, *n_r, sizeof(**list_r), by_place);
	return 0;
}

int
conversation_store_names(struct db *db, struct arena *a, uint64_t user_id,
    const char *text, unsigned limit, struct conversation_name **list_r,
    size_t *n_r, struct err *e)
{
	const char    *pattern = db_like(a, text, true);
	struct db_rows rows;

	if (db_query(db, &statements[NAMES], a, &rows, e, pattern, user_id,
		pattern, (uint64_t)limit) == -1)
		return -1;
	*list_r = arena_alloc(a, rows.n * sizeof(**list_r));
	*n_r = rows.n;
	for (size_t r = 0; r < rows.n; r++)
		(*list_r)[r] = (struct conversation_name){db_u(&rows, r, 0),
		    db_u(&rows, r, 1), db_u(&rows, r, 2) != 0};
	return 0;
}

const struct db_stmt *
conversation_list_statements(size_t *n_r)
{
	*n_r = STATEMENTS;
	return statements;
}
