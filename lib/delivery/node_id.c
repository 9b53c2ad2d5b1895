/* SPDX-License-Identifier: MIT */
/*
 * node_id.c -- This node's name.
 *
 * push and deliver may start at once and both make a name: link() lets the
 * first win, and both read what is there.
 */
#include "delivery/node_id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"

enum { PATH_SIZE = 4096 };

static int
read_name(const char *path, char out_r[NODE_ID_SIZE])
{
	int	fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, out_r, NODE_ID_SIZE - 1);
	close(fd);
	if (n <= 0)
		return -1;
	out_r[n] = '\0';
	out_r[strcspn(out_r, " \n")] = '\0';
	return out_r[0] == '\0' ? -1 : 0;
}

static int
make_name(const char *path)
{
	char temp[PATH_SIZE + 32], name[32];
	int  fd, n;

	n = snprintf(name, sizeof(name), "n%012llx\n",
	    (unsigned long long)(random_u64() >> 16));
	snprintf(temp, sizeof(temp), "%s.%ld", path, (long)getpid());
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (write(fd, name, (size_t)n) != n || close(fd) == -1 ||
	    (link(temp, path) == -1 && errno != EEXIST))
		n = -1;
	(void)unlink(temp);
	return n == -1 ? -1 : 0;
}

int
node_id(const struct config *config, char out_r[NODE_ID_SIZE], struct err *e)
{
	const char *name = config_str(config, "node.id");
	char	    path[PATH_SIZE];

	if (*name != '\0') {
		snprintf(out_r, NODE_ID_SIZE, "%s", name);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/node.id", config_instance(config));
	if (read_name(path, out_r) == 0)
		return 0;
	if (make_name(path) == -1 || read_name(path, out_r) == -1)
		return err_set(e, ERR_INTERNAL, "internal", "%s: %s", path,
		    strerror(errno));
	return 0;
}
