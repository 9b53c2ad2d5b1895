/* SPDX-License-Identifier: MIT */
/*
 * db.c -- MariaDB: the connection, its time-outs, and what its errors mean.
 *
 * A connection is made when first used.  Before each statement outside a
 * transaction one recv() without waiting tells whether MariaDB has hung up,
 * so a restart of it goes unnoticed.  A failed attempt opens the breaker.
 */
#include "data/db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/map.h"
#include "base/metrics.h"

enum { PASSWORD_SIZE = 256, SCRIPT_TIMEOUT_S = 3600 };

static const struct {
	unsigned      code;
	enum err_kind kind;
	bool	      is_lost;
	bool	      is_retryable;
} meanings[] = {
    {CR_SERVER_GONE_ERROR, ERR_UNAVAILABLE, true, false},
    {CR_SERVER_LOST, ERR_UNAVAILABLE, true, false},
    {CR_CONNECTION_ERROR, ERR_UNAVAILABLE, true, false},
    {CR_CONN_HOST_ERROR, ERR_UNAVAILABLE, true, false},
    {CR_SERVER_LOST_EXTENDED, ERR_UNAVAILABLE, true, false},
    {CR_COMMANDS_OUT_OF_SYNC, ERR_INTERNAL, true, false},
    {CR_MALFORMED_PACKET, ERR_INTERNAL, true, false},
    {ER_CONNECTION_KILLED, ERR_UNAVAILABLE, true, false},
    {ER_SERVER_SHUTDOWN, ERR_UNAVAILABLE, true, false},
    {ER_CON_COUNT_ERROR, ERR_UNAVAILABLE, true, false},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_UNAVAILABLE, true, false},
    {ER_NET_READ_INTERRUPTED, ERR_UNAVAILABLE, true, false},
    {ER_OPTION_PREVENTS_STATEMENT, ERR_UNAVAILABLE, true, false},
    {ER_STATEMENT_TIMEOUT, ERR_UNAVAILABLE, false, false},
    {ER_RECORD_FILE_FULL, ERR_UNAVAILABLE, false, false},
    {ER_DISK_FULL, ERR_UNAVAILABLE, false, false},
    {ER_LOCK_DEADLOCK, ERR_UNAVAILABLE, false, true},
    {ER_LOCK_WAIT_TIMEOUT, ERR_UNAVAILABLE, false, true},
    {ER_CHECKREAD, ERR_UNAVAILABLE, false, true},
    {ER_DUP_ENTRY, ERR_CONFLICT, false, false},
};

/* "Duplicate entry 'ann' for key 'username'": the key; no value gets out. */
static void
duplicate(const char *message, struct err *e)
{
	const char *key = strstr(message, "for key '");
	size_t	    n;

	key = key == NULL ? "" : key + strlen("for key '");
	n = strcspn(key, "'");
	err_set(e, ERR_CONFLICT, "duplicate", "There is one already (%.*s).",
	    (int)n, key);
}

int
db_fail(struct db *db, unsigned code, const char *message, const char *sql,
    int64_t start_us, struct err *e)
{
	size_t i = 0, n = sizeof(meanings) / sizeof(meanings[0]);

	metric_add(METRIC_DB_ERRORS, 1);
	while (i < n && meanings[i].code != code)
		i++;
	if (i < n && meanings[i].kind == ERR_CONFLICT) {
		duplicate(message, e);
		return -1;
	}
	if (i < n && meanings[i].kind == ERR_UNAVAILABLE) {
		err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB: %.120s (%u) in: %.60s", message, code, sql);
		e->retry_after_s = 1;
		e->retryable = meanings[i].is_retryable;
	} else
		err_set(e, ERR_INTERNAL, "internal",
		    "MariaDB: %.120s (%u) in: %.60s", message, code, sql);
	if (i < n && meanings[i].is_lost) {
		/* Gone at once: it may be back.  Silent: spare it for a bit. */
		if (clock_mono_us() - start_us > db->breaker.retry_ms * 1000)
			breaker_trip(&db->breaker, start_us, clock_mono_us());
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
	const char   *socket = config_str(config, "mysql.socket");

	*db_r = NULL;
	db->arena = a;
	if (mysql_library_init(0, NULL, NULL) != 0) {
		arena_free(&a);
		return err_set(
		    e, ERR_INTERNAL, "internal", "libmariadb does not start");
	}
	db->scratch = arena_new(0);
	db->config = config;
	db->user = arena_strdup(a, user);
	db->socket = *socket != '\0' ? arena_strdup(a, socket)
				     : arena_printf(a, "%s/run/mysql.sock",
					   config_instance(config));
	db->breaker.retry_ms = config_int(config, "mysql.retry_ms");
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
		map_remove(db->stmts, key);
		mysql_stmt_close(stmt);
	}
}

/* The user's password; none if there is no file, and MariaDB will say no. */
static int
read_password(struct db *db, char password_r[PASSWORD_SIZE], struct err *e)
{
	const char *path = arena_printf(db->scratch, "%s/secrets/db-%s",
	    config_instance(db->config), db->user);
	ssize_t	    n = 0;
	int	    fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		n = read(fd, password_r, PASSWORD_SIZE - 1);
		close(fd);
	}
	if (n == -1 || (fd == -1 && errno != ENOENT))
		return err_set(e, ERR_UNAVAILABLE, "unavailable", "%s: %s",
		    path, strerror(errno));
	password_r[n] = '\0';
	password_r[strcspn(password_r, "\r\n")] = '\0';
	return 0;
}

/* What every session of ours relies on, whatever the server's defaults are. */
static const char *
session_sql(struct db *db, unsigned timeout_s)
{
	return arena_printf(db->scratch,
	    "SET SESSION tx_isolation = 'READ-COMMITTED',"
	    " sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
	    " innodb_lock_wait_timeout = %lld, max_statement_time = %u",
	    (long long)config_int(db->config, "mysql.lock_wait_s"), timeout_s);
}

/* MariaDB ends a statement that takes too long; a second later we hang up. */
static void
set_options(struct db *db, MYSQL *mysql, unsigned timeout_s)
{
	unsigned io_s = timeout_s + 1;
	unsigned connect_s =
	    (unsigned)config_int(db->config, "mysql.connect_timeout_s");
	unsigned protocol = MYSQL_PROTOCOL_SOCKET, no = 0;

	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io_s);
	mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

static MYSQL *
open_session(struct db *db, unsigned timeout_s, struct err *e)
{
	char	    password[PASSWORD_SIZE];
	const char *database = config_str(db->config, "mysql.database");
	const char *sql = session_sql(db, timeout_s);
	MYSQL	   *mysql, *ok;

	if (read_password(db, password, e) == -1)
		return NULL;
	if ((mysql = mysql_init(NULL)) == NULL) {
		err_set(e, ERR_INTERNAL, "internal", "out of memory");
		return NULL;
	}
	set_options(db, mysql, timeout_s);
	ok = mysql_real_connect(
	    mysql, "localhost", db->user, password, database, 0, db->socket, 0);
	explicit_bzero(password, sizeof(password));
	if (ok != NULL && mysql_real_query(mysql, sql, strlen(sql)) == 0)
		return mysql;
	/* Whatever keeps us out, to the caller MariaDB is not there. */
	err_set(e, ERR_UNAVAILABLE, "unavailable", "MariaDB at %s: %s (%u)",
	    db->socket, mysql_error(mysql), mysql_errno(mysql));
	e->retry_after_s = 1;
	mysql_close(mysql);
	return NULL;
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

int
db_connect(struct db *db, struct err *e)
{
	int64_t	 start_us;
	unsigned timeout_s =
	    (unsigned)config_int(db->config, "mysql.timeout_s");

	if (db->in_tx && db->mysql != NULL)
		return 0;
	if (db->in_tx)
		return err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB: the connection was lost in the transaction");
	if (db->mysql != NULL && is_alive(db->mysql))
		return 0;
	db_disconnect(db);
	start_us = clock_mono_us();
	if (breaker_is_open(&db->breaker, start_us)) {
		err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB: did not answer a moment ago");
		e->retry_after_s = 1;
		return -1;
	}
	if ((db->mysql = open_session(db, timeout_s, e)) == NULL) {
		metric_add(METRIC_DB_ERRORS, 1);
		breaker_trip(&db->breaker, start_us, clock_mono_us());
		return -1;
	}
	breaker_close(&db->breaker);
	return 0;
}

MYSQL *
db_connect_apart(struct db *db, struct err *e)
{
	return open_session(db, SCRIPT_TIMEOUT_S, e);
}

int
db_ping(struct db *db, struct err *e)
{
	int64_t start_us = clock_mono_us();

	arena_reset(db->scratch);
	if (db_connect(db, e) == -1)
		return -1;
	if (mysql_ping(db->mysql) != 0)
		return db_fail(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), "ping", start_us, e);
	return 0;
}
