/* SPDX-License-Identifier: MIT */
/*
 * secret.c -- The files of INSTANCE/secrets: one password or key each.
 *
 * A new one is written aside and linked to its name, so that nobody ever reads
 * half of it; link() lets exactly one of several succeed.
 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static int
fail(struct err *e, const char *path)
{
	return err_set(
	    e, ERR_INTERNAL, "config", "%s: %s", path, strerror(errno));
}

static int
path_of(char path_r[PATH_MAX], const char *instance, const char *name,
    const char *suffix, struct err *e)
{
	int n = snprintf(
	    path_r, PATH_MAX, "%s/secrets/%s%s", instance, name, suffix);

	if (n >= 0 && n < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return fail(e, instance);
}

ssize_t
secret_read(
    const char *instance, const char *name, void *p, size_t size, struct err *e)
{
	char	path[PATH_MAX];
	ssize_t n;
	int	fd;

	if (path_of(path, instance, name, "", e) == -1)
		return -1;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 : fail(e, path);
	if ((n = read(fd, p, size)) == -1)
		fail(e, path);
	(void)close(fd);
	return n;
}

int
secret_text(const char *instance, const char *name, char text_r[SECRET_TEXT],
    struct err *e)
{
	ssize_t n = secret_read(instance, name, text_r, SECRET_TEXT - 1, e);

	text_r[n == -1 ? 0 : n] = '\0';
	text_r[strcspn(text_r, "\r\n")] = '\0';
	return n == -1 ? -1 : 0;
}

static bool
write_all(const char *path, const void *p, size_t n)
{
	int  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool is_written;

	if (fd == -1)
		return false;
	is_written = write(fd, p, n) == (ssize_t)n && fsync(fd) == 0;
	return close(fd) == 0 && is_written;
}

int
secret_make(const char *instance, const char *name, const void *p, size_t n,
    struct err *e)
{
	char path[PATH_MAX], aside[PATH_MAX], suffix[32];
	int  rc = 0;

	(void)snprintf(suffix, sizeof(suffix), ".%d", (int)getpid());
	if (path_of(path, instance, name, "", e) == -1 ||
	    path_of(aside, instance, name, suffix, e) == -1)
		return -1;
	if (!write_all(aside, p, n) ||
	    (link(aside, path) == -1 && errno != EEXIST))
		rc = fail(e, path);
	(void)unlink(aside);
	return rc;
}
