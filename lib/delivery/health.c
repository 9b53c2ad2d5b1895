/* SPDX-License-Identifier: MIT */
/* health.c -- Heartbeats as the time of a file: no engine is needed to ask. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "delivery/health.h"

enum { PATH_SIZE = 4096 };

int
health_open(const char *instance, const char *program, int *fd_r, struct err *e)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/run/health", instance);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/run/health/%s", instance, program);
	*fd_r = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (*fd_r == -1)
		return err_set(e, ERR_INTERNAL, "internal", "%s: %s", path,
		    strerror(errno));
	health_beat(*fd_r);
	return 0;
}

void
health_beat(int fd)
{
	/* Writing sets its time; futimens() is beyond the sandbox. */
	if (lseek(fd, 0, SEEK_SET) == 0)
		(void)!write(fd, "\n", 1);
}

int64_t
health_age_ms(const char *instance, const char *program)
{
	char	    path[PATH_SIZE];
	struct stat st;
	int64_t	    age;

	snprintf(path, sizeof(path), "%s/run/health/%s", instance, program);
	if (stat(path, &st) == -1)
		return -1;
	age = clock_ms() - (int64_t)st.st_mtim.tv_sec * 1000 -
	      st.st_mtim.tv_nsec / 1000000;
	return age > 0 ? age : 0;
}

bool
health_is_well(const char *instance, const char *program)
{
	int64_t age = health_age_ms(instance, program);

	return age >= 0 && age < HEALTH_LATE_MS;
}
