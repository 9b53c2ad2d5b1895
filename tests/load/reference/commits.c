/* SPDX-License-Identifier: MIT */
/*
 * commits.c -- Reference: bare durable commits of single rows by -c
 * connections.
 *
 * usage: commits SOCKET USER PASSWORD DATABASE CONNECTIONS SECONDS
 * A process each, so that the client is no bottleneck of its own making.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mysql.h>

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static MYSQL *
open_db(char **argv)
{
	MYSQL *db = mysql_init(NULL);

	if (mysql_real_connect(
		db, NULL, argv[2], argv[3], argv[4], 0, argv[1], 0) == NULL) {
		fprintf(stderr, "commits: %s\n", mysql_error(db));
		exit(1);
	}
	return db;
}

static long
commit_for(char **argv, double seconds)
{
	static const char insert[] =
	    "INSERT INTO bench_commit (text) VALUES (?)";
	char	      text[200];
	unsigned long len = sizeof text;
	MYSQL	     *db = open_db(argv);
	MYSQL_STMT   *st = mysql_stmt_init(db);
	MYSQL_BIND    b = {.buffer_type = MYSQL_TYPE_STRING,
	       .buffer = text,
	       .buffer_length = sizeof text,
	       .length = &len};
	double	      end = now_s() + seconds;
	long	      n = 0;

	memset(text, 'x', sizeof text);
	if (mysql_stmt_prepare(st, insert, sizeof insert - 1) != 0 ||
	    mysql_stmt_bind_param(st, &b) != 0)
		exit(1);
	for (; now_s() < end; n++)
		if (mysql_stmt_execute(st) != 0)
			exit(1);
	return n;
}

int
main(int argc, char **argv)
{
	int    connections, result[2];
	double seconds;
	long   n, total = 0;
	MYSQL *db;

	if (argc != 7 || pipe(result) == -1)
		return 2;
	connections = atoi(argv[5]);
	seconds = strtod(argv[6], NULL);
	db = open_db(argv);
	if (mysql_query(db, "CREATE TABLE IF NOT EXISTS bench_commit ("
			    "id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
			    "text VARCHAR(255) NOT NULL) ENGINE=InnoDB") != 0) {
		fprintf(stderr, "commits: %s\n", mysql_error(db));
		return 1;
	}
	for (int i = 0; i < connections; i++) {
		if (fork() != 0)
			continue;
		n = commit_for(argv, seconds);
		_exit(write(result[1], &n, sizeof n) != sizeof n);
	}
	for (int i = 0; i < connections; i++)
		if (read(result[0], &n, sizeof n) == sizeof n)
			total += n;
	while (wait(NULL) > 0)
		;
	mysql_query(db, "DROP TABLE bench_commit");
	mysql_close(db);
	printf("{\"mode\":\"commits\",\"connections\":%d,\"rate\":%.1f}\n",
	    connections, (double)total / seconds);
	return 0;
}
