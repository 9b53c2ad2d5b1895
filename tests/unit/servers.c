/* SPDX-License-Identifier: MIT */
/* servers.c -- Real engines for a test: MariaDB and Redis of its own. */
#include "servers.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "data/db.h"

enum { WAIT_S = 60, STEP_MS = 20, ARGS_MAX = 24 };

static void
die(const char *what)
{
	(void)fprintf(stderr, "servers: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Runs a program with its output in the directory's file "log". */
static pid_t
start(const struct servers *s, const char *const *argv)
{
	char  path[128];
	pid_t pid = fork();
	int   fd;

	if (pid == -1)
		die("fork");
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(path, sizeof(path), "%s/log", s->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* MariaDB speaks first: the kernel answers for it long before it is up. */
static bool
answers(const char *path, bool greets)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int		   fd = socket(AF_UNIX, SOCK_STREAM, 0), rc;
	struct pollfd	   word = {.fd = fd, .events = POLLIN};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
	if (rc == 0 && greets && poll(&word, 1, WAIT_S * 1000) != 1)
		rc = -1;
	close(fd);
	return rc == 0;
}

static void
await(const struct servers *s, const char *socket_name, pid_t pid, bool greets)
{
	struct timespec step = {0, STEP_MS * 1000000L};
	char		path[100];

	(void)snprintf(path, sizeof(path), "%s/run/%s", s->dir, socket_name);
	for (int i = 0; i < WAIT_S * 1000 / STEP_MS; i++) {
		if (answers(path, greets))
			return;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			die("a server ended; see its log");
		nanosleep(&step, NULL);
	}
	die("a server does not answer");
}

static void
make_dir(const struct servers *s, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	if (mkdir(path, 0700) == -1)
		die(path);
}

struct servers *
servers_new(void)
{
	struct servers *s = calloc(1, sizeof(*s));

	if (s == NULL)
		die("calloc");
	process_start(program_invocation_short_name);
	log_open(program_invocation_short_name, LOG_LEVEL_ERROR);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/parley-test-XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		die("mkdtemp");
	make_dir(s, "run");
	make_dir(s, "data");
	make_dir(s, "secrets");
	return s;
}

/* A database without accounts: --skip-grant-tables lets everybody in. */
void
servers_start_mysql(struct servers *s)
{
	char	    data[128], sock[128], user[128], init[128];
	struct stat st;
	pid_t	    pid;

	(void)snprintf(data, sizeof(data), "--datadir=%s/data", s->dir);
	(void)snprintf(
	    sock, sizeof(sock), "--socket=%s/run/mysql.sock", s->dir);
	(void)snprintf(
	    user, sizeof(user), "--user=%s", getpwuid(getuid())->pw_name);
	(void)snprintf(init, sizeof(init), "%s/data/mysql", s->dir);
	if (stat(init, &st) == -1) {
		const char *const install[] = {"mariadb-install-db",
		    "--no-defaults", data, user,
		    "--auth-root-authentication-method=normal",
		    "--skip-test-db", NULL};
		int		  status;

		/* Temporary tables of two tests would meet in /tmp. */
		(void)setenv("TMPDIR", s->dir, 1);
		pid = start(s, install);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			die("mariadb-install-db");
	}
	/* A killed server keeps what it has written, if not to the disk. */
	const char *const server[] = {"mariadbd", "--no-defaults", data, sock,
	    user, "--skip-networking", "--skip-grant-tables",
	    "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M",
	    "--innodb-flush-log-at-trx-commit=2", "--performance-schema=0",
	    "--character-set-server=utf8mb4", "--skip-log-bin",
	    "--init-file=/dev/null", NULL};

	s->mysql = start(s, server);
	await(s, "mysql.sock", s->mysql, true);
}

void
servers_start_redis(struct servers *s)
{
	char sock[128], dir[128];

	(void)snprintf(sock, sizeof(sock), "%s/run/redis.sock", s->dir);
	(void)snprintf(dir, sizeof(dir), "%s/data", s->dir);
	const char *const server[] = {"redis-server", "--port", "0",
	    "--unixsocket", sock, "--save", "", "--dir", dir, NULL};

	s->redis = start(s, server);
	await(s, "redis.sock", s->redis, false);
}

static void
send_signal(pid_t *pid, int signo)
{
	if (*pid == 0)
		return;
	kill(*pid, signo);
	/* Threads on other processors run on until they notice. */
	if (signo == SIGSTOP)
		waitpid(*pid, NULL, WUNTRACED);
	if (signo != SIGKILL && signo != SIGTERM)
		return;
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void
servers_signal_mysql(struct servers *s, int signo)
{
	send_signal(&s->mysql, signo);
}

void
servers_signal_redis(struct servers *s, int signo)
{
	send_signal(&s->redis, signo);
}

bool
eventually(bool (*is_so)(void *ctx), void *ctx)
{
	enum { PAUSE_MS = 10, TRIES = 3000 };

	for (int i = 0; i < TRIES; i++) {
		if (is_so(ctx))
			return true;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	return false;
}

static struct cost
cost_so_far(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (struct cost){u.ru_nvcsw,
	    (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) +
		u.ru_utime.tv_usec + u.ru_stime.tv_usec};
}

struct cost
cost_of(void (*deed)(void *ctx), void *ctx)
{
	struct cost before = cost_so_far(), after;

	deed(ctx);
	after = cost_so_far();
	return (struct cost){
	    after.waits - before.waits, after.cpu_us - before.cpu_us};
}

void
servers_free(struct servers **s)
{
	pid_t pid;

	if (*s == NULL)
		return;
	send_signal(&(*s)->mysql, SIGKILL);
	send_signal(&(*s)->redis, SIGKILL);
	const char *const argv[] = {"rm", "-rf", (*s)->dir, NULL};

	pid = start(*s, argv);
	waitpid(pid, NULL, 0);
	free(*s);
	*s = NULL;
}

/* -- the schema ------------------------------------------------------------ */

static int
run_file(struct db *db, const char *path, struct err *e)
{
	static char sql[128 * 1024];
	FILE	   *file = fopen(path, "r");
	size_t	    n;

	if (file == NULL)
		return err_set(e, ERR_INTERNAL, "internal", "no %s", path);
	n = (size_t)snprintf(sql, sizeof(sql), "USE parley; ");
	n += fread(sql + n, 1, sizeof(sql) - n - 1, file);
	sql[n] = '\0';
	fclose(file);
	return db_run_script(db, sql, e);
}

static int
make_schema(struct db *db, struct err *e)
{
	glob_t files;
	int    rc = db_run_script(
	       db, "CREATE DATABASE parley CHARACTER SET utf8mb4", e);

	if (rc == -1 || glob("sql/[0-9]*.sql", 0, NULL, &files) != 0)
		return rc;
	for (size_t i = 0; i < files.gl_pathc && rc == 0; i++)
		rc = run_file(db, files.gl_pathv[i], e);
	globfree(&files);
	return rc;
}

int
servers_make(const struct servers *s, int (*make)(struct db *, struct err *))
{
	struct config *config = NULL;
	struct db     *db = NULL;
	struct err     e = {0};
	int	       rc;

	setenv("PARLEY_MYSQL_DATABASE", "mysql", 1);
	rc = config_load(&config, s->dir, &e) == -1 ||
		     db_new(&db, config, "root", &e) == -1 || make(db, &e) == -1
		 ? -1
		 : 0;
	if (rc == -1)
		(void)fprintf(stderr, "servers: schema: %s\n", e.detail);
	db_free(&db);
	if (config != NULL)
		config_free(&config);
	setenv("PARLEY_MYSQL_DATABASE", "parley", 1);
	return rc;
}

/* -- of a program ---------------------------------------------------------- */

struct servers *servers;

int
servers_with_mysql(void **state)
{
	(void)state;
	servers = servers_new();
	servers_start_mysql(servers);
	return servers_make(servers, make_schema);
}

int
servers_with_redis(void **state)
{
	(void)state;
	servers = servers_new();
	servers_start_redis(servers);
	return 0;
}

int
servers_with_both(void **state)
{
	int rc = servers_with_mysql(state);

	servers_start_redis(servers);
	return rc;
}

int
servers_end(void **state)
{
	(void)state;
	servers_free(&servers);
	return 0;
}
