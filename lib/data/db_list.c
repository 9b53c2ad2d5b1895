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
	return db->failed_code == ER_UNSUPPORTED_PS;
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
	struct strbuf b;

	strbuf_init(&b, a);
	for (;;) {
		size_t	    head = strcspn(sql, "{");
		const char *part = sql + head + 1, *separator;
		size_t	    len, separator_len;

		strbuf_add(&b, sql, head);
		if (sql[head] == '\0')
			return b.data;
		len = strcspn(part, "|");
		separator = part + len + 1;
		separator_len = strcspn(separator, "}");
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				strbuf_add(&b, separator, separator_len);
			strbuf_add(&b, part, len);
		}
		sql = separator + separator_len + 1;
	}
}

/* Of each list first what is given, then NULL up to its cap. */
void
db_list_spell(struct arena *a, struct db_call *call, size_t n, size_t cap)
{
	const char	      *in = call->stmt->in;
	const struct db_value *given = call->params;
	struct db_value	      *params =
	    arena_alloc(a, strlen(in) * cap * sizeof(*params));
	struct strbuf spelled;

	strbuf_init(&spelled, a);
	while (*in != '\0') {
		bool   is_list = *in == '{';
		size_t width = is_list ? strcspn(++in, "}") : 1;
		size_t have = is_list ? n * width : 1;
		size_t want = is_list ? cap * width : 1;

		for (size_t i = 0; i < want; i++)
			params[spelled.len + i] =
			    i < have ? given[i] : db_val_null();
		for (size_t i = 0; i < want; i += width)
			strbuf_add(&spelled, in, width);
		given += have;
		in += width + is_list;
	}
	call->in = spelled.len > 0 ? spelled.data : "";
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
