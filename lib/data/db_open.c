/* SPDX-License-Identifier: MIT */
/*
 * db_open.c -- A session at the MariaDB that takes our writes.
 *
 * Where several are named, the one that was writable last is asked first and
 * the others after it, each within mysql.connect_timeout_s.  One that is
 * read-only is left at once: a standby that nobody has promoted yet, or a
 * primary that somebody has retired.
 */
#include "data/db_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"

enum { SURVEY_S = 2 };

/* A code of our own, which no caller of db.h sees. */
#define READ_ONLY "read_only"

/* The user's password; none if there is no file, and MariaDB will say no. */
static int
read_password(struct db *db, char password_r[SECRET_TEXT], struct err *e)
{
	const char *name = arena_printf(db->scratch, "db-%s", db->user);

	if (secret_text(config_instance(db->config), name, password_r, e) == 0)
		return 0;
	e->kind = ERR_UNAVAILABLE; /* somebody may mend it while we run */
	e->code = "unavailable";
	return -1;
}

/*
 * What every session of ours relies on, whatever the server's defaults are.
 * A program that was stopped in a transaction must not commit it much later.
 */
static const char *
session_sql(struct db *db, unsigned timeout_s)
{
	return arena_printf(db->scratch,
	    "SET SESSION tx_isolation = 'READ-COMMITTED',"
	    " sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
	    " innodb_lock_wait_timeout = %lld, max_statement_time = %u,"
	    " idle_transaction_timeout = %u",
	    (long long)config_int(db->config, "mysql.lock_wait_s"), timeout_s,
	    2 * timeout_s);
}

/* MariaDB ends a statement that takes too long; a second later we hang up. */
static void
set_options(struct db *db, MYSQL *mysql, const struct endpoint *host,
    unsigned timeout_s)
{
	unsigned    io_s = timeout_s + 1;
	const char *ca = config_str(db->config, "mysql.ca");
	unsigned    connect_s =
	    (unsigned)config_int(db->config, "mysql.connect_timeout_s");
	unsigned protocol =
	    host->path != NULL ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	unsigned no = 0;
	my_bool	 yes = 1;

	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	if (host->path == NULL && *ca != '\0') {
		mysql_options(mysql, MYSQL_OPT_SSL_CA, ca);
		mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
		mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	}
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io_s);
	mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

bool
db_is_writable(MYSQL *mysql)
{
	static const char sql[] =
	    "SELECT @@global.read_only + @@global.innodb_read_only";
	MYSQL_RES *result;
	MYSQL_ROW  row;
	bool	   is_writable;

	if (mysql_real_query(mysql, sql, sizeof(sql) - 1) != 0 ||
	    (result = mysql_store_result(mysql)) == NULL)
		return false;
	row = mysql_fetch_row(result);
	is_writable = row != NULL && row[0] != NULL && row[0][0] == '0';
	mysql_free_result(result);
	return is_writable;
}

static MYSQL *
open_at(struct db *db, const struct endpoint *host, const char *password,
    unsigned timeout_s, struct err *e)
{
	const char *database = config_str(db->config, "mysql.database");
	const char *sql = session_sql(db, timeout_s);
	MYSQL	   *mysql = mysql_init(NULL);

	if (mysql == NULL) {
		err_set(e, ERR_INTERNAL, "internal", "out of memory");
		return NULL;
	}
	set_options(db, mysql, host, timeout_s);
	if (mysql_real_connect(mysql,
		host->host == NULL ? "localhost" : host->host, db->user,
		password, database, host->port, host->path, 0) != NULL &&
	    mysql_real_query(mysql, sql, strlen(sql)) == 0) {
		if (db_is_writable(mysql))
			return mysql;
		err_set(e, ERR_UNAVAILABLE, READ_ONLY,
		    "MariaDB at %s: takes no writes (read_only)", host->text);
	} else
		/* Whatever keeps us out, to the caller it is not there. */
		err_set(e, ERR_UNAVAILABLE, "unavailable",
		    "MariaDB at %s: %s (%u)", host->text, mysql_error(mysql),
		    mysql_errno(mysql));
	e->retry_after_s = 1;
	mysql_close(mysql);
	return NULL;
}

static bool
is_read_only(const struct err *e)
{
	return e->code != NULL && strcmp(e->code, READ_ONLY) == 0;
}

/* The error that is told is that of the one we would like best. */
MYSQL *
db_open(struct db *db, unsigned timeout_s, struct err *e)
{
	char   password[SECRET_TEXT];
	MYSQL *mysql = NULL;

	if (read_password(db, password, e) == -1)
		return NULL;
	for (size_t i = 0; mysql == NULL && i < db->hosts.n; i++) {
		size_t	   at = db_hosts_at(&db->hosts, i);
		struct err other = {0};

		mysql = open_at(db, &db->hosts.list[at], password, timeout_s,
		    i == 0 ? e : &other);
		if (mysql == NULL || !db_hosts_found(&db->hosts, at))
			continue;
		metric_add(METRIC_DB_FAILOVERS, 1);
		log_warn("db.failover", LOG_STR("to", db->hosts.list[at].text),
		    LOG_STR("why", e->detail));
		break;
	}
	explicit_bzero(password, sizeof(password));
	if (mysql != NULL)
		err_clear(e);
	else if (is_read_only(e))
		e->code = "unavailable";
	return mysql;
}

void
db_survey(struct db *db, struct arena *a, struct db_seen **seen_r, size_t *n_r)
{
	struct db_seen *seen = arena_alloc(a, db->hosts.n * sizeof(*seen));
	char		password[SECRET_TEXT];
	struct err	e = {0};
	bool		has_password;

	arena_reset(db->scratch);
	has_password = read_password(db, password, &e) == 0;
	for (size_t i = 0; i < db->hosts.n; i++) {
		const struct endpoint *host = &db->hosts.list[i];
		MYSQL		      *mysql = NULL;

		if (has_password)
			mysql = open_at(db, host, password, SURVEY_S, &e);
		seen[i].at = host->text;
		seen[i].takes_writes = mysql != NULL;
		seen[i].answers = mysql != NULL || is_read_only(&e);
		seen[i].why = arena_strdup(a, mysql != NULL ? "" : e.detail);
		if (mysql != NULL)
			mysql_close(mysql);
		err_clear(&e);
	}
	explicit_bzero(password, sizeof(password));
	*seen_r = seen;
	*n_r = db->hosts.n;
}
