/* SPDX-License-Identifier: MIT */
/*
 * port.c -- parleyctl port: may we listen there?  For scripts.
 *
 * The answer is the kernel's: it binds, and lets go.
 */
#include "ctl.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

static int
try_bind(const char *address, const char *port, int *port_r, struct err *e)
{
	struct addrinfo	   hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	       .ai_socktype = SOCK_STREAM};
	struct addrinfo	  *info = NULL;
	struct sockaddr_in bound = {0};
	socklen_t	   len = sizeof(bound);
	int		   fd = -1, on = 1, rc = -1;

	if (getaddrinfo(address, port, &hints, &info) != 0)
		return err_set(e, ERR_INVALID, "address",
		    "%s port %s is no address to listen on", address, port);
	if ((fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) ==
		-1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) == -1 ||
	    listen(fd, 1) == -1)
		err_set(e, ERR_CONFLICT, "port", "%s port %s: %s", address,
		    port, strerror(errno));
	else
		rc = 0;
	if (rc == 0 && info->ai_family == AF_INET &&
	    getsockname(fd, (struct sockaddr *)&bound, &len) == 0)
		*port_r = ntohs(bound.sin_port);
	if (fd != -1)
		(void)close(fd);
	freeaddrinfo(info);
	return rc;
}

int
ctl_port(struct ctl *ctl, int argc, char **argv, struct err *e)
{
	int port = 0;

	(void)ctl;
	if (argc == 1 && strcmp(argv[0], "--free") == 0) {
		if (try_bind("127.0.0.1", "0", &port, e) == -1)
			return -1;
		printf("%d\n", port);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "0") == 0)
		return ctl_bad_args(e);
	return try_bind(argv[0], argv[1], &port, e);
}
