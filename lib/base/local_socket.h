/* SPDX-License-Identifier: MIT */
/*
 * local_socket.h -- The Unix sockets by which the programs of an instance
 * reach each other: INSTANCE/run/NAME.sock.
 */
#ifndef PARLEY_BASE_LOCAL_SOCKET_H
#define PARLEY_BASE_LOCAL_SOCKET_H

#include <sys/un.h>

struct err;

/* The address of one: 0, or -1 if its path is too long for a socket. */
int
local_socket_at(struct sockaddr_un *, const char *instance, const char *name);

/*
 * Takes the name over from whoever had it, and listens; a SOCK_DGRAM only
 * receives.  The descriptor never blocks and is closed on exec.
 */
int local_socket_listen(const char *instance, const char *name, int type,
    int backlog, int *fd_r, struct err *);

#endif
