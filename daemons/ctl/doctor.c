/* SPDX-License-Identifier: MIT */
/*
 * doctor.c -- parleyctl doctor: is the machine up to the settings?
 *
 * An open socket costs websocketd four descriptors, lighttpd two, and no
 * process: attach has ended, and daemons/reap sees that nothing is left of it.
 * Each check is a row; a warning says what to raise.
 */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"

enum {
	FDS_A_SOCKET = 4,
	FDS_PROXY = 2,
	FDS_SPARE = 2048,
	PROCESSES = 400, /* as configured, and whom they start */
	DISK_MB = 512,
	SOCKET_NAME = 16
};

struct need {
	const char *what;
	int64_t	    have, need;
	const char *cure;
};

/* A number in a file; "max", or no file: as good as endless. */
static int64_t
number_in(const char *path)
{
	int64_t value = INT64_MAX;
	FILE   *file = path != NULL ? fopen(path, "re") : NULL;

	if (file == NULL)
		return INT64_MAX;
	if (fscanf(file, "%" SCNd64, &value) != 1)
		value = INT64_MAX;
	(void)fclose(file);
	return value;
}

/* The hard limit: deploy/parley raises the soft one as far as it needs. */
static int64_t
limit_of(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1 ||
	    limit.rlim_max == RLIM_INFINITY)
		return INT64_MAX;
	return (int64_t)limit.rlim_max;
}

/* pids.max of our own control group (version 2). */
static int64_t
group_pids(struct arena *arena)
{
	char  line[512] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");

	if (file == NULL)
		return INT64_MAX;
	while (fgets(line, sizeof(line), file) != NULL &&
	       strncmp(line, "0::", 3) != 0)
		line[0] = '\0';
	(void)fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line[0] == '\0' ? INT64_MAX
			       : number_in(arena_printf(arena,
				     "/sys/fs/cgroup%s/pids.max", line + 3));
}

static int64_t
disk_mb(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == -1)
		return INT64_MAX;
	return (int64_t)(fs.f_bavail * fs.f_frsize >> 20);
}

static int
print_need(const struct need *n)
{
	bool is_met = n->have >= n->need;

	if (n->have == INT64_MAX)
		printf("ok    %-28s no limit\n", n->what);
	else
		printf("%s %-28s %" PRId64 ", and %" PRId64 " needed%s%s\n",
		    is_met ? "ok   " : "LOW  ", n->what, n->have, n->need,
		    is_met ? "" : ": ", is_met ? "" : n->cure);
	return is_met ? 0 : 1;
}

int
ctl_doctor(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	const struct config *c;
	int64_t		     sockets, each, path;
	int		     low = 0;

	(void)argv;
	if (argc != 0)
		return ctl_bad_args(e);
	if ((c = ctl_config(ctl, e)) == NULL)
		return -1;
	sockets = config_int(c, "websocket.max_sockets");
	each = sockets / config_int(c, "websocket.processes") + 1;
	path = (int64_t)sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	const struct need needs[] = {
	    {"descriptors a process", limit_of(RLIMIT_NOFILE),
		(each * FDS_A_SOCKET > sockets * FDS_PROXY
			? each * FDS_A_SOCKET
			: sockets * FDS_PROXY) +
		    FDS_SPARE,
		"ulimit -n (LimitNOFILE=), or more websocket.processes"},
	    {"processes of this user", limit_of(RLIMIT_NPROC), PROCESSES,
		"ulimit -u (LimitNPROC=)"},
	    {"kernel.pid_max", number_in("/proc/sys/kernel/pid_max"), PROCESSES,
		"sysctl kernel.pid_max"},
	    {"kernel.threads-max", number_in("/proc/sys/kernel/threads-max"),
		PROCESSES, "sysctl kernel.threads-max"},
	    {"pids.max of the control group", group_pids(ctl->arena), PROCESSES,
		"TasksMax= of the unit"},
	    {"open files of the machine", number_in("/proc/sys/fs/file-max"),
		sockets * (FDS_A_SOCKET + FDS_PROXY), "sysctl fs.file-max"},
	    {"MB free on the disk", disk_mb(config_instance(c)), DISK_MB,
		"make room"},
	    {"bytes for a socket's path", path,
		(int64_t)strlen(config_instance(c)) + SOCKET_NAME,
		"a shorter INSTANCE"},
	};
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		low += print_need(&needs[i]);
	doctor_site(ctl, c);
	if (low == 0)
		return 0;
	return err_set(e, ERR_CONFLICT, "conflict",
	    "%d limits are too low for websocket.max_sockets = %" PRId64, low,
	    sockets);
}
