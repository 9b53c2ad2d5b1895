/* SPDX-License-Identifier: MIT */
/*
 * local_socket.c -- Names of Unix sockets in an instance.
 *
 * A socket of one who died stands in the way of who comes next, and nobody
 * else has business in the folder: so it is removed, not asked about.
 */
#include "base/local_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

int
local_socket_at(struct sockaddr_un *at, const char *instance, const char *name)
{
	int n;

	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	n = snprintf(at->sun_path, sizeof(at->sun_path), "%s/run/%s.sock",
	    instance, name);
	return n < 0 || (size_t)n >= sizeof(at->sun_path) ? -1 : 0;
}

int
local_socket_listen(const char *instance, const char *name, int type,
    int backlog, int *fd_r, struct err *e)
{
	struct sockaddr_un at;

	if (local_socket_at(&at, instance, name) == -1)
		return err_set(e, ERR_INTERNAL, "internal",
		    "%s/run/%s.sock: the path is too long for a socket",
		    instance, name);
	(void)unlink(at.sun_path);
	*fd_r = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd_r == -1 ||
	    bind(*fd_r, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    (type != SOCK_DGRAM && listen(*fd_r, backlog) == -1)) {
		err_set(e, ERR_INTERNAL, "internal", "%s: %s", at.sun_path,
		    strerror(errno));
		if (*fd_r != -1)
			(void)close(*fd_r);
		return -1;
	}
	return 0;
}
