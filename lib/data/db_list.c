/* SPDX-License-Identifier: MIT */
/*
 * db_list.c -- Statements over arrays of rows, and over lists of values.
 *
 * An array is sent at once by MariaDB's bulk protocol, column by column; where
 * the server does not take a statement that way its rows go one by one.  A
 * list is spelled out in the SQL, rounded up to a power of two.
 */
#include "data/db_private.h"

#include <string.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* MariaDB counts parameters in 16 bits. */
enum { PARAMS_MAX = 65535 };

/* -- arrays ---------------------------------------------------------------- */

/* Column c of n rows of width values, as the bulk protocol wants it. */
static MYSQL_BIND
bind_column(struct arena *a, char type, size_t c, size_t width, size_t n,
    const struct db_value *params)
{
	bool	       is_number = type == 'u' || type == 'i';
	uint64_t      *numbers = arena_alloc(a, n * sizeof(*numbers));
	const char   **texts = arena_alloc(a, n * sizeof(*texts));
	unsigned long *lens = arena_alloc(a, n * sizeof(*lens));
	char	      *indicators = arena_alloc(a, n);

	for (size_t r = 0; r < n; r++) {
		const struct db_value *v = &params[r * width + c];

		numbers[r] = v->u;
		texts[r] = v->s;
		lens[r] = v->len;
		indicators[r] =
		    v->is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	}
	return (MYSQL_BIND){
	    .buffer_type = is_number	 ? MYSQL_TYPE_LONGLONG
			   : type == 's' ? MYSQL_TYPE_STRING
					 : MYSQL_TYPE_BLOB,
	    .is_unsigned = (my_bool)(type == 'u'),
	    .buffer = is_number ? (void *)numbers : (void *)texts,
	    .length = lens,
	    .u.indicator = indicators,
	};
}

MYSQL_BIND *
db_bind_array(
    struct arena *a, const char *in, size_t n, const struct db_value *params)
{
	size_t	    width = strlen(in);
	MYSQL_BIND *binds = arena_alloc(a, width * sizeof(*binds));

	for (size_t c = 0; c < width; c++)
		binds[c] = bind_column(a, in[c], c, width, n, params);
	return binds;
}

/* Did MariaDB refuse the way, and not the rows? */
static bool
is_refused(const struct db *db)
{
	return db->failed_code == ER_UNSUPPORTED_PS ||
	       db->failed_code == CR_NOT_IMPLEMENTED;
}

static int64_t
exec_each(struct db *db, const struct db_stmt *stmt, size_t n,
    const struct db_value *params, struct err *e)
{
	struct db_call call = {.stmt = stmt, .in = stmt->in};
	int64_t	       sum = 0, affected;

	for (size_t i = 0; i < n; i++) {
		call.params = params + i * strlen(stmt->in);
		if ((affected = db_exec_call(db, &call, e)) == -1)
			return -1;
		sum += affected;
	}
	return sum;
}

int64_t
db_exec_many(struct db *db, const struct db_stmt *stmt, size_t n,
    const struct db_value *params, struct err *e)
{
	struct db_call call = {
	    .stmt = stmt, .in = stmt->in, .n = n, .params = params};
	int64_t affected;

	arena_reset(db->scratch);
	db->failed_code = 0;
	if (n < 2)
		return exec_each(db, stmt, n, params, e);
	if ((affected = db_exec_call(db, &call, e)) != -1 || !is_refused(db))
		return affected;
	err_clear(e);
	return exec_each(db, stmt, n, params, e);
}

/* -- lists ----------------------------------------------------------------- */

const char *
db_list_sql(struct arena *a, const char *sql, size_t n)
{
	size_t	      head = strcspn(sql, "{");
	const char   *part = sql + head + 1;
	size_t	      len = strcspn(part, "|");
	const char   *separator = part + len + 1;
	size_t	      separator_len = strcspn(separator, "}");
	struct strbuf b;

	strbuf_init(&b, a);
	strbuf_add(&b, sql, head);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_add(&b, separator, separator_len);
		strbuf_add(&b, part, len);
	}
	strbuf_adds(&b, separator + separator_len + 1);
	return b.data;
}

/* A list's signature in three: before the braces, inside, after. */
struct shape {
	size_t before, inside, after;
};

static struct shape
shape_of(const char *in)
{
	struct shape s;

	s.before = strcspn(in, "{");
	s.inside = strcspn(in + s.before, "}") - 1;
	s.after = strlen(in) - s.before - s.inside - 2;
	return s;
}

void
db_list_spell(struct arena *a, struct db_call *call, size_t n, size_t cap)
{
	struct shape	       s = shape_of(call->stmt->in);
	const struct db_value *given = call->params;
	size_t		       total = s.before + cap * s.inside + s.after;
	size_t		       last = s.before + n * s.inside;
	struct db_value	      *params = arena_alloc(a, total * sizeof(*params));
	struct strbuf	       in;

	strbuf_init(&in, a);
	strbuf_add(&in, call->stmt->in, s.before);
	for (size_t i = 0; i < cap; i++)
		strbuf_add(&in, call->stmt->in + s.before + 1, s.inside);
	strbuf_add(&in, call->stmt->in + s.before + s.inside + 2, s.after);
	for (size_t i = 0; i < total; i++)
		params[i] = i < last ? given[i]
			    : i < total - s.after
				? db_val_null()
				: given[last + i - (total - s.after)];
	call->in = in.data;
	call->params = params;
	call->n = cap;
}

size_t
db_list_cap(size_t n)
{
	size_t cap = 1;

	while (cap < n)
		cap *= 2;
	return cap;
}

int
db_query_list(struct db *db, const struct db_stmt *stmt, struct arena *a,
    struct db_rows *rows, size_t n, const struct db_value *params,
    struct err *e)
{
	struct db_call call = {.stmt = stmt, .is_list = true, .params = params};
	size_t	       cap = db_list_cap(n);

	arena_reset(db->scratch);
	if (cap * strlen(stmt->in) > PARAMS_MAX)
		return err_set(e, ERR_INTERNAL, "internal",
		    "a list of %zu is too long for: %.100s", n, stmt->sql);
	db_list_spell(db->scratch, &call, n, cap);
	return db_query_call(db, &call, a, SIZE_MAX, rows, e);
}

/* -- patterns -------------------------------------------------------------- */

const char *
db_like(struct arena *a, const char *text, bool is_inner)
{
	struct strbuf pattern;

	strbuf_init(&pattern, a);
	if (is_inner)
		strbuf_addc(&pattern, '%');
	for (; *text != '\0'; text++) {
		if (strchr("%_\\", *text) != NULL)
			strbuf_addc(&pattern, '\\');
		strbuf_addc(&pattern, *text);
	}
	strbuf_addc(&pattern, '%');
	return pattern.data;
}
