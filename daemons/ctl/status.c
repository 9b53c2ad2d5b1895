/* SPDX-License-Identifier: MIT */
/*
 * status.c -- parleyctl status: who runs, since when, how well, how big.
 *
 * One row a process; what keeps them (s6 and the logs) is one row together.
 * Memory is PSS: what is shared is counted once, so that the sum is true.
 */
#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "http.h"
#include "process_list.h"

enum { ASK_SECONDS = 3, YOUNG_S = 2 };

/* Those that only keep others, and the shell that one starts as. */
static bool
is_keeper(const struct process *p)
{
	return strncmp(p->name, "s6-", 3) == 0 ||
	       strcmp(p->service, "keeper") == 0 || *p->service == '\0';
}

static bool
is_engine(const struct process *p)
{
	return strcmp(p->service, "mariadb") == 0 ||
	       strcmp(p->service, "redis") == 0;
}

/* Services first to last as a request meets them; processes by age. */
static int
rank(const struct process *p)
{
	static const char *const order[] = {"lighttpd", "websocketd",
	    "accounts", "password", "contacts", "groups", "history", "health",
	    "push", "writer", "relay", "deliver", "redis", "mariadb"};
	int			 n = sizeof(order) / sizeof(order[0]);

	for (int i = 0; i < n; i++)
		if (strncmp(p->service, order[i], strlen(order[i])) == 0)
			return i;
	return n;
}

static int
compare(const struct process *a, const struct process *b)
{
	int by = rank(a) - rank(b);

	if (by == 0)
		by = strcmp(a->service, b->service);
	return by != 0 ? by : (a->pid > b->pid) - (a->pid < b->pid);
}

static void
sort(struct process *list, size_t n)
{
	struct process moved;
	size_t	       j;

	for (size_t i = 1; i < n; i++) {
		moved = list[i];
		for (j = i; j > 0 && compare(&moved, &list[j - 1]) < 0; j--)
			list[j] = list[j - 1];
		list[j] = moved;
	}
}

/* Does somebody listen on the service's socket?  -1: it has none. */
static int
listens(const char *instance, const char *service)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char	  *name = service;
	int		   fd, rc;

	if (strcmp(service, "mariadb") == 0)
		name = "mysql";
	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s/run/%s.sock", instance,
		name) >= (int)sizeof(a.sun_path) ||
	    access(a.sun_path, F_OK) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ||
	     errno == EPROTOTYPE;
	(void)close(fd);
	return rc;
}

static const char *
health(const char *instance, const struct process *p)
{
	if (p->state == 'Z')
		return "dead";
	if (p->state == 'T')
		return "stopped";
	if (listens(instance, p->service) == 0)
		return "no answer";
	return p->age_s < YOUNG_S ? "starting" : "healthy";
}

static const char *
age(struct arena *arena, int64_t s)
{
	if (s >= 86400)
		return arena_printf(arena, "%" PRId64 "d%02" PRId64 "h",
		    s / 86400, s / 3600 % 24);
	return arena_printf(arena, "%02" PRId64 ":%02" PRId64 ":%02" PRId64,
	    s / 3600, s / 60 % 60, s % 60);
}

static void
row(const char *service, const char *health, const char *process,
    const char *age, int64_t kb)
{
	printf("%-14s %-10s %-22s %10s %9.1f MB\n", service, health, process,
	    age, (double)kb / 1024);
}

static void
print_table(
    struct ctl *ctl, const char *instance, const struct process *list, size_t n)
{
	int64_t total = 0, engines = 0, keepers = 0;
	int	nkeepers = 0;

	printf("%-14s %-10s %-22s %10s %12s\n", "SERVICE", "HEALTH", "PROCESS",
	    "UP", "PSS");
	for (size_t i = 0; i < n; i++) {
		const struct process *p = &list[i];

		total += p->pss_kb;
		engines += is_engine(p) ? p->pss_kb : 0;
		if (is_keeper(p)) {
			keepers += p->pss_kb;
			nkeepers++;
		} else
			row(p->service, health(instance, p),
			    arena_printf(
				ctl->arena, "%d %s", (int)p->pid, p->name),
			    age(ctl->arena, p->age_s), p->pss_kb);
	}
	row("s6", "healthy", arena_printf(ctl->arena, "%d processes", nkeepers),
	    "", keepers);
	printf("%-48s %10s %9.1f MB\n", "all", "", (double)total / 1024);
	printf("%-48s %10s %9.1f MB\n", "all but MariaDB and Redis", "",
	    (double)(total - engines) / 1024);
}

int
ctl_status(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c;
	struct process	    *list;
	const char	    *body = "";
	struct err	     quiet = {0};
	size_t		     n;
	int		     status;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL ||
	    process_list(ctl->arena, config_instance(c), &list, &n, e) == -1)
		return -1;
	sort(list, n);
	print_table(ctl, config_instance(c), list, n);
	status = http_get(ctl->arena, c, "/readyz", ASK_SECONDS, &body, &quiet);
	if (status == -1)
		return err_set(
		    e, ERR_UNAVAILABLE, "unavailable", "%s", quiet.detail);
	printf("/readyz: %d %s\n", status, body);
	return status == 200 ? 0
			     : err_set(e, ERR_UNAVAILABLE, "unavailable",
				   "the instance is not ready");
}
