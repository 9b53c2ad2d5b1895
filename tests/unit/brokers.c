/* SPDX-License-Identifier: MIT */
/* brokers.c -- Kafka for a test. */
#include "brokers.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
die(const char *what)
{
	(void)fprintf(stderr, "brokers: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The program kafka_mock stands beside this one. */
static void
run_mock(int in, int out, const char *topic, unsigned partitions)
{
	char	exe[4000], path[4096], count[16];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	(void)snprintf(path, sizeof(path), "%s/kafka_mock", dirname(exe));
	(void)snprintf(count, sizeof(count), "%u", partitions);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(path, path, topic, count, (char *)NULL);
	_exit(127);
}

static void
start_mock(struct brokers *b, const char *topic, unsigned partitions)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) == -1 || pipe2(from, O_CLOEXEC) == -1)
		die("pipe");
	b->pid = fork();
	if (b->pid == -1)
		die("fork");
	if (b->pid == 0)
		run_mock(to[0], from[1], topic, partitions);
	close(to[0]);
	close(from[1]);
	b->to = fdopen(to[1], "w");
	b->from = fdopen(from[0], "r");
	if (fgets(b->bootstrap, sizeof(b->bootstrap), b->from) == NULL)
		die("kafka_mock");
	b->bootstrap[strcspn(b->bootstrap, "\n")] = '\0';
}

struct brokers *
brokers_new(const char *topic, unsigned partitions)
{
	struct brokers *b = calloc(1, sizeof(*b));
	const char     *real = getenv("PARLEY_TEST_KAFKA");
	const char     *pid = getenv("PARLEY_TEST_KAFKA_PID");

	if (b == NULL)
		die("calloc");
	if (real == NULL || pid == NULL) {
		start_mock(b, topic, partitions);
		return b;
	}
	b->is_real = true;
	b->pid = (pid_t)strtol(pid, NULL, 10);
	(void)snprintf(b->bootstrap, sizeof(b->bootstrap), "%s", real);
	return b;
}

static void
order(struct brokers *b, const char *line)
{
	char answer[16];

	if (fprintf(b->to, "%s\n", line) < 0 || fflush(b->to) != 0 ||
	    fgets(answer, sizeof(answer), b->from) == NULL)
		die(line);
}

void
brokers_away(struct brokers *b, bool are_away)
{
	if (b->is_real)
		kill(b->pid, are_away ? SIGSTOP : SIGCONT);
	else
		order(b, are_away ? "down" : "up");
}

void
brokers_fail(struct brokers *b, int api_key, int code, int n)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "error %d %d %d", api_key, code, n);
	order(b, line);
}

void
brokers_free(struct brokers **brokers)
{
	struct brokers *b = *brokers;

	if (b == NULL)
		return;
	if (!b->is_real) {
		fclose(b->to);
		fclose(b->from);
		kill(b->pid, SIGKILL);
		waitpid(b->pid, NULL, 0);
	}
	free(b);
	*brokers = NULL;
}
