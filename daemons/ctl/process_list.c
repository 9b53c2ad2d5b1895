/* SPDX-License-Identifier: MIT */
/*
 * process_list.c -- Walks /proc for the processes of an instance.
 *
 * One may end while it is looked at; it is then left out.  What a process
 * belongs to is found by its forebears: the first s6-supervise above it works
 * in the directory of its service.
 */
#include "process_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"

enum { TEXT_MAX = 64 * 1024, CLIMB_MAX = 64 };

/* A small file of /proc, NUL-terminated; its length, or -1. */
static ssize_t
proc_read(struct arena *arena, pid_t pid, const char *file, char **text_r)
{
	ssize_t n, len = 0;
	int	fd;

	fd = open(arena_printf(arena, "/proc/%d/%s", (int)pid, file),
	    O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	*text_r = arena_alloc(arena, TEXT_MAX);
	while (len < TEXT_MAX - 1 &&
	       (n = read(fd, *text_r + len, (size_t)(TEXT_MAX - 1 - len))) > 0)
		len += n;
	(void)close(fd);
	return len;
}

static bool
has_mark(struct arena *arena, pid_t pid, const char *mark)
{
	char   *text = NULL;
	ssize_t n = proc_read(arena, pid, "environ", &text);

	for (char *at = text; n > 0 && at < text + n; at += strlen(at) + 1)
		if (strcmp(at, mark) == 0)
			return true;
	return false;
}

/* state, ppid, and when it started, in ticks since the machine did. */
static int
read_stat(struct arena *arena, struct process *p)
{
	struct timespec	   now;
	unsigned long long start;
	char		  *text, *open, *close_;

	if (proc_read(arena, p->pid, "stat", &text) <= 0 ||
	    (open = strchr(text, '(')) == NULL ||
	    (close_ = strrchr(text, ')')) == NULL)
		return -1;
	p->name = arena_strndup(arena, open + 1, (size_t)(close_ - open - 1));
	if (sscanf(close_ + 1,
		" %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
		"%*d %*d %*d %*d %llu",
		&p->state, &p->ppid, &start) != 3)
		return -1;
	clock_gettime(CLOCK_BOOTTIME, &now);
	p->age_s = now.tv_sec -
		   (int64_t)(start / (unsigned long long)sysconf(_SC_CLK_TCK));
	return 0;
}

static void
read_pss(struct arena *arena, struct process *p)
{
	char *text, *line;

	if (proc_read(arena, p->pid, "smaps_rollup", &text) <= 0 ||
	    (line = strstr(text, "\nPss:")) == NULL)
		return;
	(void)sscanf(line + 5, "%" SCNd64, &p->pss_kb);
}

static bool
read_process(
    struct arena *arena, pid_t pid, const char *mark, struct process *p)
{
	*p = (struct process){.pid = pid, .service = ""};
	if (!has_mark(arena, pid, mark) || read_stat(arena, p) == -1)
		return false;
	read_pss(arena, p);
	return true;
}

/* The service that an s6-supervise watches: "" if it is none. */
static const char *
supervised(struct arena *arena, const char *instance, const struct process *p)
{
	const char *prefix = arena_printf(arena, "%s/service/", instance);
	char	    cwd[PATH_MAX];
	ssize_t	    n;

	if (strcmp(p->name, "s6-supervise") != 0)
		return "";
	n = readlink(arena_printf(arena, "/proc/%d/cwd", (int)p->pid), cwd,
	    sizeof(cwd) - 1);
	if (n == -1)
		return "";
	cwd[n] = '\0';
	if (strncmp(cwd, prefix, strlen(prefix)) != 0)
		return "";
	return arena_strdup(arena, cwd + strlen(prefix));
}

static const struct process *
find(const struct process *list, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].pid == pid)
			return &list[i];
	return NULL;
}

static const char *
service_of(struct arena *arena, const char *instance,
    const struct process *list, size_t n, const struct process *p)
{
	const char *service = "";

	for (int i = 0; i < CLIMB_MAX && p != NULL && *service == '\0'; i++) {
		service = supervised(arena, instance, p);
		p = find(list, n, p->ppid);
	}
	return service;
}

int
process_list(struct arena *arena, const char *instance, struct process **list_r,
    size_t *n_r, struct err *e)
{
	const char     *mark = arena_printf(arena, "PARLEY_TREE=%s", instance);
	size_t		n = 0, cap = 64;
	struct process *list = arena_alloc(arena, cap * sizeof(*list)), *more;
	struct dirent  *entry;
	DIR	       *proc = opendir("/proc");
	int		pid;

	if (proc == NULL)
		return err_set(
		    e, ERR_INTERNAL, "internal", "/proc: %s", strerror(errno));
	while ((entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    sscanf(entry->d_name, "%d", &pid) != 1)
			continue;
		if (n == cap) {
			more = arena_alloc(arena, 2 * cap * sizeof(*list));
			memcpy(more, list, n * sizeof(*list));
			list = more;
			cap *= 2;
		}
		n += read_process(arena, pid, mark, &list[n]);
	}
	(void)closedir(proc);
	for (size_t i = 0; i < n; i++)
		list[i].service =
		    service_of(arena, instance, list, n, &list[i]);
	*list_r = list;
	*n_r = n;
	return 0;
}
