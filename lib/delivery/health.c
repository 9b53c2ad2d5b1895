/* SPDX-License-Identifier: MIT */
/*
 * health.c -- A heartbeat is a file: when it was written, and what it says.
 *
 * It always holds HEALTH_TROUBLE_SIZE bytes, written at once: a sandboxed
 * program can neither cut a file nor make another.
 */
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

static void
path_of(char path_r[PATH_SIZE], const char *instance, const char *program)
{
	snprintf(path_r, PATH_SIZE, "%s/run/health/%s", instance, program);
}

int
health_open(const char *instance, const char *program, int *fd_r, struct err *e)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/run/health", instance);
	(void)mkdir(path, 0700);
	path_of(path, instance, program);
	*fd_r = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (*fd_r == -1)
		return err_set(e, ERR_INTERNAL, "internal", "%s: %s", path,
		    strerror(errno));
	health_beat(*fd_r, NULL);
	return 0;
}

void
health_beat(int fd, const char *trouble)
{
	char text[HEALTH_TROUBLE_SIZE];

	memset(text, '\n', sizeof(text));
	if (trouble != NULL)
		memcpy(text, trouble, strnlen(trouble, sizeof(text) - 1));
	if (lseek(fd, 0, SEEK_SET) == 0)
		(void)!write(fd, text, sizeof(text));
}

void
health_trouble(
    char out_r[HEALTH_TROUBLE_SIZE], const char *missing, const struct err *e)
{
	snprintf(
	    out_r, HEALTH_TROUBLE_SIZE, "%.20s: %.130s", missing, e->detail);
}

static int64_t
age_ms(const struct stat *st)
{
	int64_t age = clock_ms() - (int64_t)st->st_mtim.tv_sec * 1000 -
		      st->st_mtim.tv_nsec / 1000000;

	return age > 0 ? age : 0;
}

enum health
health_of(const char *instance, const char *program,
    char trouble_r[HEALTH_TROUBLE_SIZE])
{
	char	    path[PATH_SIZE];
	struct stat st;
	ssize_t	    n = 0;
	int	    fd;

	trouble_r[0] = '\0';
	path_of(path, instance, program);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1) {
		snprintf(trouble_r, HEALTH_TROUBLE_SIZE, "it never started");
	} else if (age_ms(&st) >= HEALTH_LATE_MS) {
		snprintf(trouble_r, HEALTH_TROUBLE_SIZE,
		    "no heartbeat for %lld s", (long long)age_ms(&st) / 1000);
	} else if ((n = read(fd, trouble_r, HEALTH_TROUBLE_SIZE - 1)) >= 0) {
		trouble_r[n] = '\0';
		trouble_r[strcspn(trouble_r, "\n")] = '\0';
		close(fd);
		return trouble_r[0] == '\0' ? HEALTH_OK : HEALTH_DEGRADED;
	}
	if (fd != -1)
		close(fd);
	return HEALTH_DOWN;
}

bool
health_is_known(const char *instance, const char *program)
{
	char path[PATH_SIZE];

	path_of(path, instance, program);
	return access(path, F_OK) == 0;
}

bool
health_is_live(const char *instance)
{
	static const char *const programs[] = {"push", "deliver", "relay"};
	char			 trouble[HEALTH_TROUBLE_SIZE];

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (health_of(instance, programs[i], trouble) != HEALTH_OK)
			return false;
	return true;
}
