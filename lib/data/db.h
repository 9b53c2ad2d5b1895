/* SPDX-License-Identifier: MIT */
/*
 * db.h -- MariaDB: one connection, prepared statements only, time-outs always.
 *
 * A context keeps its SQL in const struct db_stmt tables (store_mysql.c) and
 * names a row of it to run it.  A statement is prepared on this connection
 * when it is first run, and kept.  Parameters and columns are typed by short
 * signatures, so that a call that does not fit is caught before it is sent:
 *
 *	u  uint64_t		s  const char * (NULL is NULL)
 *	i  int64_t		b  const void *, size_t (NULL is NULL)
 *
 * Every connection runs READ COMMITTED.  A lost connection is made again by
 * the next statement outside a transaction; inside one it is an error, and the
 * caller begins anew.  Errors: ERR_UNAVAILABLE "unavailable" when MariaDB is
 * gone or silent; ERR_CONFLICT "duplicate" on a unique key; deadlocks and lock
 * time-outs set e->is_retryable, see tx_run(); all else is ERR_INTERNAL.
 */
#ifndef PARLEY_DATA_DB_H
#define PARLEY_DATA_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct config;
struct db;
struct err;

struct db_stmt {
	const char *sql;
	const char *in;	 /* signature of the parameters */
	const char *out; /* signature of the columns; NULL: returns no rows */
};

/* One value; for arrays of parameters, and how a row holds its columns. */
struct db_value {
	bool	    is_null;
	uint64_t    u; /* u, and i as two's complement */
	const char *s; /* s and b; NUL-terminated when read */
	size_t	    len;
};

struct db_rows {
	size_t		       n;
	size_t		       ncols;
	const struct db_value *values; /* n * ncols, row by row */
};

/* Column c of row r.  Text of a NULL is NULL, a number is 0. */
uint64_t    db_u(const struct db_rows *, size_t r, size_t c);
int64_t	    db_i(const struct db_rows *, size_t r, size_t c);
const char *db_s(const struct db_rows *, size_t r, size_t c);
size_t	    db_len(const struct db_rows *, size_t r, size_t c);
bool	    db_is_null(const struct db_rows *, size_t r, size_t c);

/* A whole column of ids or counts. */
uint64_t *db_column(struct arena *, const struct db_rows *, size_t c);

/* user is the MariaDB user; its password is INSTANCE/secrets/db-USER. */
int db_new(struct db **, const struct config *, const char *user, struct err *);
void db_free(struct db **);
int  db_ping(struct db *, struct err *);

/*
 * Looks at every server of mysql.hosts, with connections of its own: for
 * parleyctl, which warns where more than one takes writes.
 */
struct db_seen {
	const char *at;
	bool	    answers, takes_writes;
	const char *why; /* it does not */
};
void db_survey(struct db *, struct arena *, struct db_seen **, size_t *n_r);

/* Runs a statement that returns no rows: rows affected, or -1. */
int64_t db_exec(struct db *, const struct db_stmt *, struct err *, ...);

/*
 * The AUTO_INCREMENT id of the last INSERT (the first of several rows); an
 * INSERT ... RETURNING tells it in its rows only.
 */
uint64_t db_insert_id(const struct db *);

/* Runs a query and copies all its rows into the arena: 0, or -1. */
int db_query(struct db *, const struct db_stmt *, struct arena *,
    struct db_rows *, struct err *, ...);

/* The same for at most one row: 1 found, 0 missed, -1 failed. */
int db_find(struct db *, const struct db_stmt *, struct arena *,
    struct db_rows *, struct err *, ...);

/*
 * Runs a statement for n rows of parameters in one round trip (MariaDB's bulk
 * protocol): params holds n * strlen(in) values, row by row.  Returns the rows
 * affected.  For INSERT, db_insert_id() is unknown afterwards unless n = 1.
 */
int64_t db_exec_many(struct db *, const struct db_stmt *, size_t n,
    const struct db_value *params, struct err *);

/*
 * Runs a query over a list.  In its SQL one part {text|separator} stands for
 * the list and is repeated as often as needed, and in its signature the part
 * between braces: "SELECT ... WHERE a = ? AND b IN ({?|,})", in "u{u}".  params
 * holds the fixed values before the braces, then n times those inside, and so
 * on: there may be several lists, all of n elements.  The number is rounded up
 * to a power of two, and padded with NULL, so that few variants get prepared.
 */
int db_query_list(struct db *, const struct db_stmt *, struct arena *,
    struct db_rows *, size_t n, const struct db_value *params, struct err *);

/*
 * Several statements in one round trip.  Each may have lists, of n elements
 * (see db_query_list(); a list may be whole statements, "{UPDATE ...|; }"); the
 * first that fails is the last that is run.  It is prepared for each
 * combination, so use it for few, where every round trip counts.
 *
 * db_exec_parts: statements without rows, each list exactly as long as it is,
 * so let n be one of few.  With commits the transaction ends with them, and
 * tx_run() has nothing left to commit.  id_r: the first that AUTO_INCREMENT
 * gave to the last that inserts, whose others follow one by one; 0: they may
 * not; NULL: it is not asked.
 *
 * db_query_parts: queries; rows_r[i] are of parts[i].
 */
enum { DB_PARTS_MAX = 8 };
struct db_part {
	const struct db_stmt  *stmt;
	const struct db_value *params;
	size_t		       n; /* elements of its lists; 0: it has none */
};
int db_exec_parts(struct db *, const struct db_part *, size_t n, bool commits,
    uint64_t *id_r, struct err *);
int db_query_parts(struct db *, const struct db_part *, size_t n,
    struct arena *, struct db_rows *rows_r, struct err *);

/*
 * As a part of a compound: what fails the transaction with ERR_CONFLICT
 * "stale", for something is not as the caller knew it to be.
 */
#define DB_STALE "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stale';"

/*
 * What LIKE takes for texts that begin with this one, or have it in them; its
 * own characters mean themselves.
 */
const char *db_like(struct arena *, const char *text, bool is_inner);

/* Values for the calls above. */
struct db_value db_val_u(uint64_t);
struct db_value db_val_i(int64_t);
struct db_value db_val_s(const char *);
struct db_value db_val_b(const void *, size_t);
struct db_value db_val_null(void);

/* Prepares every statement of a table of n: for the test of the schema. */
int db_prepare_all(struct db *, const struct db_stmt *, size_t n, struct err *);

/*
 * Runs body in a transaction and commits it: 0, or -1 with everything rolled
 * back.  A deadlock (1213) or lock time-out (1205) runs it again, up to three
 * times in all, so body may set nothing outside that it does not set anew.
 * Transactions do not nest.  What opens one travels with the first statement,
 * if that is a query or in parts, and costs no trip of its own.
 */
int tx_run(struct db *, int (*body)(struct db *, void *ctx, struct err *),
    void *ctx, struct err *);

/* Runs a file of statements (migrations, grants); for parleyctl only. */
int db_run_script(struct db *, const char *sql, struct err *);

#endif
