/* SPDX-License-Identifier: MIT */
/*
 * db_rows.c -- Copies the rows of a result into the caller's arena.
 *
 * Numbers are read in place.  Of texts only the length is read at first; then
 * each is copied once, whole, to where it stays.
 */
#include "data/db_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"

struct fetch {
	const char    *out;
	size_t	       ncols;
	MYSQL_BIND    *binds;
	unsigned long *lens;
	my_bool	      *nulls, *cut;
	uint64_t      *numbers;
};

static void
bind_columns(struct arena *a, struct fetch *f)
{
	f->ncols = strlen(f->out);
	f->binds = arena_alloc(a, f->ncols * sizeof(*f->binds));
	f->lens = arena_alloc(a, f->ncols * sizeof(*f->lens));
	f->nulls = arena_alloc(a, f->ncols);
	f->cut = arena_alloc(a, f->ncols);
	f->numbers = arena_alloc(a, f->ncols * sizeof(*f->numbers));
	for (size_t c = 0; c < f->ncols; c++) {
		MYSQL_BIND *b = &f->binds[c];

		b->buffer = &f->numbers[c];
		b->length = &f->lens[c];
		b->is_null = &f->nulls[c];
		b->error = &f->cut[c];
		if (f->out[c] == 'u' || f->out[c] == 'i') {
			b->buffer_type = MYSQL_TYPE_LONGLONG;
			b->is_unsigned = (my_bool)(f->out[c] == 'u');
		} else
			b->buffer_type = f->out[c] == 's' ? MYSQL_TYPE_STRING
							  : MYSQL_TYPE_BLOB;
	}
}

static int
copy_row(MYSQL_STMT *st, const struct fetch *f, struct arena *a,
    struct db_value *row)
{
	for (size_t c = 0; c < f->ncols; c++) {
		MYSQL_BIND b = f->binds[c];
		char	  *text;

		row[c] = (struct db_value){.is_null = f->nulls[c]};
		if (f->nulls[c])
			continue;
		if (b.buffer_type == MYSQL_TYPE_LONGLONG) {
			row[c].u = f->numbers[c];
			if (f->cut[c])
				return -1;
			continue;
		}
		text = arena_take(a, f->lens[c] + 1);
		text[f->lens[c]] = '\0';
		row[c].s = text;
		row[c].len = f->lens[c];
		b.buffer = text;
		b.buffer_length = f->lens[c];
		if (row[c].len > 0 &&
		    mysql_stmt_fetch_column(st, &b, (unsigned)c, 0) != 0)
			return -1;
	}
	return 0;
}

/* Room for one more row: doubled when full, the old rows taken along. */
static struct db_value *
next_row(struct arena *a, struct db_rows *rows, size_t *cap)
{
	size_t		 size = rows->ncols * sizeof(struct db_value);
	struct db_value *more;

	if (rows->n == *cap) {
		*cap = *cap == 0 ? 4 : *cap * 2;
		more = arena_take(a, *cap * size);
		if (rows->n > 0)
			memcpy(more, rows->values, rows->n * size);
		rows->values = more;
	}
	return (struct db_value *)rows->values + rows->n * rows->ncols;
}

static int
fetch_rows(MYSQL_STMT *st, const struct fetch *f, struct arena *a, size_t max,
    struct db_rows *rows)
{
	size_t cap = max == 1 ? 1 : 0;
	int    rc = 0;

	if (cap == 1)
		rows->values = arena_alloc(a, f->ncols * sizeof(*rows->values));
	while (rc == 0 && rows->n < max) {
		rc = mysql_stmt_fetch(st);
		if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
			break;
		rc = copy_row(st, f, a, next_row(a, rows, &cap));
		rows->n++;
	}
	return rc;
}

int
db_fetch(struct db *db, const char *out, const char *sql, MYSQL_STMT *st,
    struct arena *a, size_t max, struct db_rows *rows, struct err *e)
{
	struct fetch f = {.out = out};
	int64_t	     start_us = clock_mono_us();
	int	     rc;

	bind_columns(db->scratch, &f);
	*rows = (struct db_rows){.ncols = f.ncols};
	/*
	 * An answer with other columns, or none, is no answer to this.  (That
	 * signatures fit is seen to where statements are prepared, and by
	 * tests.)
	 */
	if (mysql_field_count(db->mysql) != f.ncols)
		return db_fail_mixed_up(db, sql, start_us, e);
	/* An error may come instead of a row; buffering ends it cleanly. */
	if (db_store(db, st, sql, e) == -1)
		return -1;
	rc = mysql_stmt_bind_result(st, f.binds) != 0
		 ? 1
		 : fetch_rows(st, &f, a, max, rows);
	if (rc == 1)
		return db_fail_stmt(db, st, sql, start_us, e);
	if (rc == -1) {
		if (db_finish(db, st, sql, e) == 0)
			err_set(e, ERR_INTERNAL, "internal",
			    "a value does not fit \"%s\": %.100s", out, sql);
		return -1;
	}
	return 0;
}

uint64_t *
db_column(struct arena *a, const struct db_rows *rows, size_t c)
{
	uint64_t *values = arena_alloc(a, rows->n * sizeof(*values));

	for (size_t r = 0; r < rows->n; r++)
		values[r] = db_u(rows, r, c);
	return values;
}
