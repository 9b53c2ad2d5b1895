/* SPDX-License-Identifier: MIT */
/*
 * db_private.h -- What the files behind db.h share, and nobody else sees.
 *
 * db.c keeps the connection that db_open.c makes, at one of db_hosts.c;
 * db_stmt.c runs statements on it, db_answer.c sees that what they bring is
 * whole, db_rows.c copies it; db_call.c, db_list.c and db_parts.c make
 * statements of arguments, of arrays and lists, and of several at once; tx.c
 * makes transactions of them.
 */
#ifndef PARLEY_DATA_DB_PRIVATE_H
#define PARLEY_DATA_DB_PRIVATE_H

#include "data/db.h"

#include <mysql.h>

#include "data/breaker.h"
#include "data/db_hosts.h"

struct map;
struct db_compound;

struct db {
	const struct config *config;
	struct arena	    *arena;   /* as long as the db */
	struct arena	    *scratch; /* as long as a call */
	const char	    *user;
	struct db_hosts	     hosts;
	struct breaker	     breaker;
	MYSQL		    *mysql;	 /* NULL: not connected */
	int64_t		     checked_us; /* when it was last seen writable */
	struct map	   *stmts; /* prepared: key of db_call -> db_prepared */
	struct db_compound *compounds; /* what db_parts.c has met */
	bool		    in_tx;
	bool		    is_tx_due; /* in_tx, but nothing was sent yet */
	uint64_t	    insert_id;
	unsigned	    failed_code; /* of the last db_fail() */
	/* See db_answer.c: the number of the answer's next packet, and whether
	   they ever came as they are counted there, or otherwise. */
	uint8_t packet;
	bool	counts_fit, is_odd;
};

/* A statement about to be run. */
struct db_call {
	const struct db_stmt  *stmt;
	size_t		       n;	/* list or array of n; 0: plain */
	bool		       is_list; /* else n is an array */
	const char	      *in; /* signature, with its list spelled out */
	const struct db_value *params;
	bool		       opens;	 /* its SQL opens the transaction */
	bool		       is_query; /* only reads: may be run twice */
};

/*
 * Makes sure there is a connection, finding out before anything is sent if the
 * last one has died.  In a transaction that is an error.
 */
int db_connect(struct db *, struct err *);

/* Another connection, without breaker or time-out: for scripts. */
MYSQL *db_connect_apart(struct db *, struct err *);

/*
 * A session at the first of our servers that may be written to (db_open.c);
 * NULL: there is none.  timeout_s: how long a statement may take.
 */
MYSQL *db_open(struct db *, unsigned timeout_s, struct err *);

/* Does the server still take writes?  False also when it does not answer. */
bool db_is_writable(MYSQL *);

/* Forgets the connection and all that is prepared on it. */
void db_disconnect(struct db *);

/* What is prepared on a connection; see db_stmt.c. */
struct db_prepared;
void db_prepared_free(struct db_prepared **);

/*
 * Fills *e from an error of libmariadb, and drops the connection if the error
 * means that it is lost.  start_us: when what failed began.  Returns -1.
 */
int db_fail(struct db *, unsigned code, const char *message, const char *sql,
    int64_t start_us, struct err *);

/* The same, from an error of a statement, or of an answer that is not whole. */
int db_fail_stmt(
    struct db *, MYSQL_STMT *, const char *sql, int64_t start_us, struct err *);
int
db_fail_mixed_up(struct db *, const char *sql, int64_t start_us, struct err *);

/*
 * Were these all packets that have been read of an answer since the last call?
 * Where a question is asked, db->packet is set to 1.
 */
bool db_has_come(struct db *, size_t packets);

/* Was that what a result begins with: a status, or columns? */
bool db_has_begun(struct db *);

/* Prepares and executes, with the retries that are safe; NULL: failed. */
MYSQL_STMT *db_start(struct db *, const struct db_call *, struct err *);

/* Is it a SELECT, or made of such? */
bool db_only_reads(const struct db_call *);

/* Is the next result of what db_start() began there?  1, 0 or -1. */
int db_next(struct db *, MYSQL_STMT *, const char *sql, struct err *);

/* The end of what db_start() began: an error may come this late. */
int db_finish(struct db *, MYSQL_STMT *, const char *sql, struct err *);

/* Reads the rows of a result, for mysql_stmt_fetch(). */
int db_store(struct db *, MYSQL_STMT *, const char *sql, struct err *);

/*
 * Copies the rows of the result that is next, at most max of them, into the
 * arena.  out is their signature.  After -1 the answer is over.
 */
int db_fetch(struct db *, const char *out, const char *sql, MYSQL_STMT *,
    struct arena *, size_t max, struct db_rows *, struct err *);

/* From start to finish: db_exec() and db_query() once arguments are read. */
int64_t db_exec_call(struct db *, const struct db_call *, struct err *);
int	db_query_call(struct db *, const struct db_call *, struct arena *,
	size_t max, struct db_rows *, struct err *);

/* Binds the parameters of an array. */
MYSQL_BIND *db_bind_array(
    struct arena *, const char *in, size_t n, const struct db_value *);

/* The SQL of a statement whose list is to have n elements. */
const char *db_list_sql(struct arena *, const char *sql, size_t n);

/* Signature and parameters of one with cap elements, the last n given. */
void db_list_spell(struct arena *, struct db_call *, size_t n, size_t cap);

/* The length that a list of n is prepared for. */
size_t db_list_cap(size_t n);

/* Opens the transaction that is due, on its own. */
int db_tx_open(struct db *, struct err *);

/* The rows of one query, in parts with what opens the transaction. */
int db_query_opening(struct db *, const struct db_call *, struct arena *,
    size_t max, struct db_rows *, struct err *);

#endif
