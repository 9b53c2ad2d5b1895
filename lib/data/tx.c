/* SPDX-License-Identifier: MIT */
/*
 * tx.c -- Transactions, and scripts of statements.
 *
 * A transaction is opened by the first statement in it: see db_parts.c.
 * A body that meets a deadlock is run again after a pause that differs from
 * process to process, or the same ones would meet again.
 */
#include "data/db_private.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"

enum { ATTEMPTS = 3, PAUSE_MAX_US = 10000 };

static int
command(struct db *db, const char *sql, struct err *e)
{
	int64_t start_us = clock_mono_us();

	db->packet = 1;
	if (mysql_real_query(db->mysql, sql, strlen(sql)) != 0)
		return db_fail(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), sql, start_us, e);
	if (!db_has_begun(db))
		return db_fail_mixed_up(db, sql, start_us, e);
	breaker_close(&db->breaker);
	return 0;
}

int
db_tx_open(struct db *db, struct err *e)
{
	int rc = -1;

	/* Nothing has been sent yet: should the connection be dead, again. */
	for (int i = 0; i < 2 && rc == -1; i++) {
		if (db_connect(db, e) == -1)
			return -1;
		rc = command(db, "START TRANSACTION", e);
		if (rc == -1 && db->mysql != NULL)
			return -1;
	}
	if (rc == 0)
		err_clear(e);
	db->is_tx_due = rc == -1;
	return rc;
}

static int
commit(struct db *db, struct err *e)
{
	int rc;

	if (!db->in_tx) /* db_exec_parts() has done it */
		return 0;
	if (db->is_tx_due) { /* there was nothing in it */
		db->in_tx = db->is_tx_due = false;
		return 0;
	}
	rc = db_connect(db, e) == -1 ? -1 : command(db, "COMMIT", e);
	db->in_tx = false;
	/* What failed to commit may be half open: don't take it further. */
	if (rc == -1)
		db_disconnect(db);
	return rc;
}

/* What cannot be rolled back ends with its connection. */
static void
rollback(struct db *db)
{
	struct err ignored = {0};

	if (!db->is_tx_due && db->mysql != NULL &&
	    command(db, "ROLLBACK", &ignored) == -1)
		db_disconnect(db);
	db->in_tx = db->is_tx_due = false;
}

static void
pause_randomly(void)
{
	struct timespec t = {0, (long)(random_u64() % PAUSE_MAX_US) * 1000};

	(void)nanosleep(&t, NULL);
}

static int
run_once(struct db *db, int (*body)(struct db *, void *, struct err *),
    void *ctx, struct err *e)
{
	db->in_tx = db->is_tx_due = true;
	if (body(db, ctx, e) == 0)
		return commit(db, e);
	rollback(db);
	return -1;
}

int
tx_run(struct db *db, int (*body)(struct db *, void *ctx, struct err *),
    void *ctx, struct err *e)
{
	if (db->in_tx)
		return err_set(e, ERR_INTERNAL, "internal",
		    "a transaction within a transaction");
	for (int attempt = 1;; attempt++) {
		if (run_once(db, body, ctx, e) == 0)
			return 0;
		if (!e->is_retryable || attempt == ATTEMPTS)
			return -1;
		err_clear(e);
		pause_randomly();
	}
}

/* Reads every result of a script to its end, or to its error. */
static int
drain(MYSQL *mysql)
{
	MYSQL_RES *result;
	int	   next;

	do {
		if ((result = mysql_use_result(mysql)) != NULL) {
			while (mysql_fetch_row(result) != NULL)
				continue;
			mysql_free_result(result);
		}
		if (mysql_errno(mysql) != 0)
			return -1;
		next = mysql_next_result(mysql);
	} while (next == 0);
	return next > 0 ? -1 : 0;
}

int
db_run_script(struct db *db, const char *sql, struct err *e)
{
	MYSQL *mysql;
	int    rc = 0;

	arena_reset(db->scratch);
	if ((mysql = db_connect_apart(db, e)) == NULL)
		return -1;
	if (mysql_set_server_option(mysql, MYSQL_OPTION_MULTI_STATEMENTS_ON) !=
		0 ||
	    mysql_real_query(mysql, sql, strlen(sql)) != 0 ||
	    drain(mysql) == -1)
		rc = err_set(e, ERR_INTERNAL, "internal", "script: %s (%u)",
		    mysql_error(mysql), mysql_errno(mysql));
	mysql_close(mysql);
	return rc;
}
