/* SPDX-License-Identifier: MIT */
/*
 * migrate.c -- Numbered migrations, the programs' users, and their passwords.
 *
 * MariaDB commits each statement that changes a table by itself, so a file
 * that was cut short is run again from its start: its statements say IF NOT
 * EXISTS.  The digest is written after the last of them.
 */
#include "data/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/str.h"
#include "data/db.h"

enum { LOCK_TRIES = 60, FILE_MAX = 1 << 20, PASSWORD_BYTES = 24 };

enum { LOCK, UNLOCK, FIND, ADD };
static const struct db_stmt stmts[] = {
    [LOCK] = {"SELECT GET_LOCK('parley.migrate', 1)", "", "u"},
    [UNLOCK] = {"SELECT RELEASE_LOCK('parley.migrate')", "", "u"},
    [FIND] = {"SELECT checksum FROM schema_migration WHERE name = ?", "s", "s"},
    [ADD] = {"REPLACE INTO schema_migration (name, checksum, applied_at)"
	     " VALUES (?, ?, ?)",
	"ssi", NULL},
};

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,"
    " checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " applied_at BIGINT NOT NULL) ENGINE=InnoDB";

/* -- files ----------------------------------------------------------------- */

static const char *
file_text(struct arena *arena, const char *path, struct err *e)
{
	char   *text = NULL;
	ssize_t n = -1;
	int	fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		text = arena_alloc(arena, FILE_MAX);
		n = read(fd, text, FILE_MAX - 1);
		(void)close(fd);
	}
	if (n == -1)
		err_set(e, ERR_INTERNAL, "internal", "%s: %s", path,
		    strerror(errno));
	else if (n == FILE_MAX - 1)
		err_set(e, ERR_INTERNAL, "internal", "%s: too long", path);
	else
		return text;
	return NULL;
}

/* The secret of a name, made if there is none. */
static const char *
secret(struct arena *arena, const struct config *config, const char *name,
    bool *is_new, struct err *e)
{
	const char *instance = config_instance(config), *line;
	char	   *text = arena_alloc(arena, SECRET_TEXT);

	if (secret_text(instance, name, text, e) == -1)
		return NULL;
	if (*text != '\0')
		return text;
	*is_new = true;
	line = arena_printf(arena, "%s\n", random_token(arena, PASSWORD_BYTES));
	if (secret_make(instance, name, line, strlen(line), e) == -1 ||
	    secret_text(instance, name, text, e) == -1)
		return NULL;
	if (*text != '\0')
		return text;
	err_set(
	    e, ERR_INTERNAL, "config", "%s/secrets/%s: empty", instance, name);
	return NULL;
}

/* text with each {NAME} replaced by the secret of that name. */
static const char *
with_secrets(struct arena *arena, const struct config *config, const char *text,
    bool *is_new, struct err *e)
{
	struct strbuf out;
	const char   *open, *value;
	size_t	      n;

	strbuf_init(&out, arena);
	while ((open = strchr(text, '{')) != NULL) {
		n = strcspn(open + 1, "}");
		value = secret(arena, config, arena_strndup(arena, open + 1, n),
		    is_new, e);
		if (value == NULL)
			return NULL;
		strbuf_add(&out, text, (size_t)(open - text));
		strbuf_adds(&out, value);
		text = open + 1 + n + (open[1 + n] == '}');
	}
	strbuf_adds(&out, text);
	return out.data;
}

/* -- one file -------------------------------------------------------------- */

static const char *
checksum(struct arena *arena, const char *text)
{
	unsigned char digest[SHA256_SIZE];

	sha256(text, strlen(text), digest);
	return hex(arena, digest, sizeof(digest));
}

/* 1 it is applied as it stands, 0 it is not, -1 failed.  "" is none. */
static int
applied(struct db *db, struct arena *arena, const char *name,
    const char **sum_r, struct err *e)
{
	struct db_rows rows;
	int	       found;

	found = db_find(db, &stmts[FIND], arena, &rows, e, name);
	if (found == 1)
		*sum_r = db_s(&rows, 0, 0);
	return found;
}

static int
apply(struct db *db, const char *name, const char *sql, const char *sum,
    struct err *e)
{
	if (db_run_script(db, sql, e) == -1)
		return -1;
	return db_exec(db, &stmts[ADD], e, name, sum, clock_ms()) == -1 ? -1
									: 0;
}

/* How many were applied (0 or 1), or -1. */
static int
migrate_file(struct db *db, struct arena *arena, const char *dir,
    const char *name, struct err *e)
{
	const char *text, *sum, *old = "";
	int	    found;

	text = file_text(arena, arena_printf(arena, "%s/%s", dir, name), e);
	if (text == NULL)
		return -1;
	sum = checksum(arena, text);
	if ((found = applied(db, arena, name, &old, e)) == -1)
		return -1;
	if (found == 0)
		return apply(db, name, text, sum, e) == -1 ? -1 : 1;
	if (strcmp(sum, old) != 0)
		return err_set(e, ERR_CONFLICT, "conflict",
		    "%s/%s is not what was applied to this database", dir,
		    name);
	return 0;
}

static int
is_migration(const struct dirent *entry)
{
	return fnmatch("[0-9][0-9][0-9][0-9]_*.sql", entry->d_name, 0) == 0;
}

static int
migrate_all(struct db *db, struct arena *arena, const char *dir, struct err *e)
{
	struct dirent **entries = NULL;
	int		n = scandir(dir, &entries, is_migration, alphasort);
	int		rc = 0, done = 0;

	if (n <= 0)
		rc = err_set(e, ERR_INTERNAL, "internal",
		    "there are no migrations in %s", dir);
	for (int i = 0; i < n; i++) {
		if (rc != -1)
			rc =
			    migrate_file(db, arena, dir, entries[i]->d_name, e);
		done += rc == 1;
		free(entries[i]);
	}
	free(entries);
	return rc == -1 ? -1 : done;
}

/* text once more for users who come from another host than this. */
static const char *
also_from(struct arena *arena, const char *text, const char *host)
{
	static const char here[] = "@localhost";
	struct strbuf	  out;
	const char	 *at, *rest = text;

	strbuf_init(&out, arena);
	strbuf_adds(&out, text);
	while (*host != '\0' && (at = strstr(rest, here)) != NULL) {
		strbuf_add(&out, rest, (size_t)(at - rest));
		strbuf_addf(&out, "@'%s'", host);
		rest = at + sizeof(here) - 1;
	}
	if (*host != '\0')
		strbuf_adds(&out, rest);
	return out.data;
}

/* The users are made anew when the text changed, or a password is. */
static int
grant(struct db *db, struct arena *arena, const struct config *config,
    const char *dir, struct err *e)
{
	const char *host = config_str(config, "mysql.user_host");
	const char *text, *sum, *sql, *old = "";
	bool	    is_new = false;

	text = file_text(arena, arena_printf(arena, "%s/grants.sql", dir), e);
	if (text == NULL)
		return -1;
	if (strpbrk(host, "'\\") != NULL)
		return err_set(e, ERR_INTERNAL, "config",
		    "%s: mysql.user_host: %s is no host",
		    config_origin(config, "mysql.user_host"), host);
	text = also_from(arena, text, host);
	sum = checksum(arena, text);
	if (applied(db, arena, "grants", &old, e) == -1 ||
	    (sql = with_secrets(arena, config, text, &is_new, e)) == NULL)
		return -1;
	if (!is_new && strcmp(sum, old) == 0)
		return 0;
	return apply(db, "grants", sql, sum, e);
}

/* -- all ------------------------------------------------------------------- */

/* Second by second, for a statement must not outlast mysql.timeout_s. */
static int
lock(struct db *db, struct arena *arena, struct err *e)
{
	struct db_rows rows;

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (db_find(db, &stmts[LOCK], arena, &rows, e) == -1)
			return -1;
		if (rows.n == 1 && db_u(&rows, 0, 0) == 1)
			return 0;
	}
	return err_set(e, ERR_UNAVAILABLE, "unavailable",
	    "somebody else has been migrating for a minute");
}

int
migrate_run(struct db *db, struct arena *arena, const struct config *config,
    const char *dir, struct err *e)
{
	struct db_rows rows;
	struct err     ignored = {0};
	int	       done;

	if (lock(db, arena, e) == -1)
		return -1;
	done = db_run_script(db, table_sql, e);
	if (done != -1)
		done = migrate_all(db, arena, dir, e);
	if (done != -1 && grant(db, arena, config, dir, e) == -1)
		done = -1;
	(void)db_find(db, &stmts[UNLOCK], arena, &rows, &ignored);
	return done;
}

const char *
migrate_bootstrap(
    struct arena *arena, const struct config *config, struct err *e)
{
	const char *database = config_str(config, "mysql.database");
	bool	    is_new = false;
	const char *password = secret(arena, config, "db-ctl", &is_new, e);

	if (password == NULL)
		return NULL;
	return arena_printf(arena,
	    "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 "
	    "COLLATE utf8mb4_unicode_520_ci;\n"
	    "FLUSH PRIVILEGES;\n"
	    "CREATE OR REPLACE USER ctl@localhost IDENTIFIED BY '%s';\n"
	    "GRANT ALL ON *.* TO ctl@localhost WITH GRANT OPTION;\n",
	    database, password);
}
