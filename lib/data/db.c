/* SPDX-License-Identifier: MIT */
/*
 * db.c -- MariaDB: the connection, its time-outs, and what its errors mean.
 *
 * A connection is made when first used (db_open.c).  Before each statement
 * outside a transaction one recv() without waiting tells whether MariaDB has
 * hung up, so a restart of it goes unnoticed.  A failed attempt opens the
 * breaker.  Of several servers the one we are at is asked once a second whether
 * it still takes writes: who only reads would never notice that it was retired.
 * One that an answer may still be on its way on is never used again.
 */
#include "data/db_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/map.h"
#include "base/metrics.h"

enum { SCRIPT_TIMEOUT_S = 3600, CHECK_US = 1000000 };

struct meaning {
	unsigned      code;
	enum err_kind kind;
	bool	      is_lost;
	bool	      is_retryable;
};

/* Of what MariaDB says; the rest is ERR_INTERNAL, and loses nothing. */
static const struct meaning meanings[] = {
    {ER_CONNECTION_KILLED, ERR_UNAVAILABLE, true, false},
    {ER_SERVER_SHUTDOWN, ERR_UNAVAILABLE, true, false},
    {ER_CON_COUNT_ERROR, ERR_UNAVAILABLE, true, false},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_UNAVAILABLE, true, false},
    {ER_NET_READ_INTERRUPTED, ERR_UNAVAILABLE, true, false},
    {ER_OPTION_PREVENTS_STATEMENT, ERR_UNAVAILABLE, true, true},
    {ER_READ_ONLY_MODE, ERR_UNAVAILABLE, true, true},
    {ER_STATEMENT_TIMEOUT, ERR_UNAVAILABLE, false, false},
    {ER_RECORD_FILE_FULL, ERR_UNAVAILABLE, false, false},
    {ER_DISK_FULL, ERR_UNAVAILABLE, false, false},
    {ER_LOCK_DEADLOCK, ERR_UNAVAILABLE, false, true},
    {ER_LOCK_WAIT_TIMEOUT, ERR_UNAVAILABLE, false, true},
    {ER_CHECKREAD, ERR_UNAVAILABLE, false, true},
    {ER_DUP_ENTRY, ERR_CONFLICT, false, false},
    {ER_SIGNAL_EXCEPTION, ERR_CONFLICT, false, false},
};

/*
 * An error that libmariadb found (or did not name) leaves open what MariaDB
 * has still to say: whoever asked next would be told that.
 */
static bool
is_told_by_server(unsigned code)
{
	return code != 0 && (code < CR_MIN_ERROR || code > CR_MAX_ERROR) &&
	       (code < CER_MIN_ERROR || code > CER_MAX_ERROR);
}

static struct meaning
meaning_of(unsigned code)
{
	if (!is_told_by_server(code))
		return (struct meaning){code, ERR_UNAVAILABLE, true, false};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == code)
			return meanings[i];
	return (struct meaning){code, ERR_INTERNAL, false, false};
}

/* "Duplicate entry 'ann' for key 'username'": the key; no value gets out. */
static void
conflict(unsigned code, const char *message, struct err *e)
{
	const char *key = strstr(message, "for key '");
	size_t	    n;

	if (code == ER_SIGNAL_EXCEPTION) {
		err_set(e, ERR_CONFLICT, "stale", "Something has changed.");
		return;
	}
	key = key == NULL ? "" : key + strlen("for key '");
	n = strcspn(key, "'");
	err_set(e, ERR_CONFLICT, "duplicate", "There is one already (%.*s).",
	    (int)n, key);
}

int
db_fail(struct db *db, unsigned code, const char *message, const char *sql,
    int64_t start_us, struct err *e)
{
	struct meaning m = meaning_of(code);

	db->failed_code = code;
	metric_add(METRIC_DB_ERRORS, m.kind != ERR_CONFLICT);
	if (!m.is_lost)
		breaker_close(&db->breaker);
	if (m.kind == ERR_CONFLICT) {
		conflict(code, message, e);
		return -1;
	}
	err_set(e, m.kind,
	    m.kind == ERR_UNAVAILABLE ? "unavailable" : "internal",
	    "MariaDB: %.120s (%u) in: %.60s", message, code, sql);
	if (m.kind == ERR_UNAVAILABLE) {
		e->retry_after_s = 1;
		e->is_retryable = m.is_retryable;
	}
	if (m.is_lost) {
		breaker_stumble(&db->breaker, start_us, clock_mono_us());
		db_disconnect(db);
	}
	return -1;
}

/* -- connecting ------------------------------------------------------------ */

int
db_new(struct db **db_r, const struct config *config, const char *user,
    struct err *e)
{
	struct arena *a = arena_new(4096);
	struct db    *db = arena_alloc(a, sizeof(*db));
	int64_t	      io_s = config_int(config, "mysql.timeout_s") + 1;
	int	      rc = -1;

	*db_r = NULL;
	db->arena = a;
	if (mysql_library_init(0, NULL, NULL) != 0)
		err_set(
		    e, ERR_INTERNAL, "internal", "libmariadb does not start");
	else
		rc = db_hosts_open(&db->hosts, a, config, e);
	if (rc == -1) {
		arena_free(&a);
		return -1;
	}
	db->scratch = arena_new(0);
	db->config = config;
	db->user = arena_strdup(a, user);
	db->breaker = (struct breaker){METRIC_DB_BREAKER,
	    config_int(config, "mysql.retry_ms"),
	    (config_int(config, "mysql.connect_timeout_s") *
		    (int64_t)db->hosts.n +
		io_s) *
		1000000};
	db->stmts = map_new();
	*db_r = db;
	return 0;
}

void
db_free(struct db **db)
{
	struct arena *a;

	if (*db == NULL)
		return;
	db_disconnect(*db);
	map_free(&(*db)->stmts);
	db_hosts_close(&(*db)->hosts);
	arena_free(&(*db)->scratch);
	a = (*db)->arena;
	*db = NULL;
	arena_free(&a);
}

void
db_disconnect(struct db *db)
{
	size_t	 at = 0;
	uint64_t key;
	void	*stmt;

	if (db->mysql == NULL)
		return;
	/* In this order a statement's end is not sent to who is gone. */
	mysql_close(db->mysql);
	db->mysql = NULL;
	while (map_next(db->stmts, &at, &key, &stmt)) {
		struct db_prepared *prepared = stmt;

		map_remove(db->stmts, key);
		db_prepared_free(&prepared);
	}
}

/* Has the server said anything unasked, or hung up?  Then it is over. */
static bool
is_alive(MYSQL *mysql)
{
	char c;

	return recv(mysql_get_socket(mysql), &c, 1, MSG_PEEK | MSG_DONTWAIT) ==
		   -1 &&
	       (errno == EAGAIN || errno == EINTR);
}

/* Was the last answer read to its end? */
static bool
is_ready(const MYSQL *mysql)
{
	return mysql->status == MYSQL_STATUS_READY &&
	       (mysql->server_status & SERVER_MORE_RESULTS_EXIST) == 0;
}

/* Is the connection good for another statement? */
static bool
is_usable(struct db *db, int64_t now_us)
{
	if (db->mysql == NULL || !is_ready(db->mysql) || !is_alive(db->mysql))
		return false;
	if (db->hosts.n == 1 || now_us - db->checked_us < CHECK_US)
		return true;
	db->checked_us = now_us;
	return db_is_writable(db->mysql);
}

int
db_connect(struct db *db, struct err *e)
{
	int64_t	 start_us = clock_mono_us();
	unsigned timeout_s =
	    (unsigned)config_int(db->config, "mysql.timeout_s");

	if (db->in_tx && !db->is_tx_due && db->mysql != NULL)
		return 0;
	if (db->in_tx && !db->is_tx_due)
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB: the connection was lost in the transaction");
	if (!breaker_enter(&db->breaker, start_us)) {
		err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB: did not answer a moment ago");
		e->retry_after_s = 1;
		return -1;
	}
	if (is_usable(db, start_us))
		return 0;
	db_disconnect(db);
	if ((db->mysql = db_open(db, timeout_s, e)) == NULL) {
		metric_add(METRIC_DB_ERRORS, 1);
		breaker_trip(&db->breaker, start_us, clock_mono_us());
		return -1;
	}
	db->checked_us = clock_mono_us();
	breaker_close(&db->breaker);
	return 0;
}

MYSQL *
db_connect_apart(struct db *db, struct err *e)
{
	return db_open(db, SCRIPT_TIMEOUT_S, e);
}

int
db_ping(struct db *db, struct err *e)
{
	int64_t start_us = clock_mono_us();

	arena_reset(db->scratch);
	if (db_connect(db, e) == -1)
		return -1;
	db->packet = 1;
	if (mysql_ping(db->mysql) != 0)
		return db_fail(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), "ping", start_us, e);
	if (!db_has_come(db, 1))
		return db_fail_mixed_up(db, "ping", start_us, e);
	breaker_close(&db->breaker);
	return 0;
}
