/* SPDX-License-Identifier: MIT */
/*
 * attach -- Hands one socket's pipes over to the hub, and is gone.
 *
 * websocketd starts it for each socket with the client's frames on standard
 * input and ours on standard output.  It sends both, and the request's
 * headers that matter, in one message to PARLEY_HUB and exits; the socket
 * lives on in the hub's loop, and websocketd notices its end by the pipes.
 * Static and libc only: it runs once for each socket.  It knows no secret and
 * judges nothing.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "delivery/hub.h"

enum { WAIT_S = 5, PAGE = 4096 };

static const char *const passed[] = {"HTTP_COOKIE", "QUERY_STRING",
    "HTTP_SEC_WEBSOCKET_PROTOCOL", "HTTP_ORIGIN", "HTTP_X_HOST",
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "REMOTE_ADDR"};

static int
give_up(const char *code)
{
	char   frame[128] = "{\"event\":\"error\",\"data\":{\"code\":\"";
	size_t n;

	strcat(strcat(frame, code), "\"}}\n");
	n = strlen(frame);
	return write(STDOUT_FILENO, frame, n) == (ssize_t)n ? 1 : 2;
}

/* NAME=value and a NUL for each that is set: bytes, or 0 if too many. */
static size_t
gather(char *out_r)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = getenv(passed[i]);
		size_t	    nname = strlen(passed[i]), nvalue;

		if (value == NULL)
			continue;
		nvalue = strlen(value);
		if (nvalue > HUB_HAND_OVER_MAX ||
		    nname + nvalue + 2 > HUB_HAND_OVER_MAX - n)
			return 0;
		memcpy(out_r + n, passed[i], nname);
		out_r[n + nname] = '=';
		memcpy(out_r + n + nname + 1, value, nvalue + 1);
		n += nname + nvalue + 2;
	}
	return n;
}

static int
dial(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval	   wait = {.tv_sec = WAIT_S};
	int		   fd;

	if (path == NULL || strlen(path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ==
		-1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		return -1;
	return fd;
}

static int
hand_over(int fd, char *message, size_t n)
{
	const int pipes[2] = {STDIN_FILENO, STDOUT_FILENO};
	union {
		struct cmsghdr head;
		char	       space[CMSG_SPACE(sizeof(pipes))];
	} control;
	struct iovec  data = {message, n};
	struct msghdr msg = {.msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(pipes));
	memcpy(CMSG_DATA(&control.head), pipes, sizeof(pipes));
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

/*
 * A pipe has room for 64 KB, and a table for that many pages, of which an idle
 * socket uses none: 1 KB each.  What comes in are small frames, and nobody
 * writes to standard error; what goes out may come in crowds: the hub widens
 * that one when it is full for the first time.  Two pages are what the kernel
 * leaves a user who has many pipes.  None of it is worth a failure.
 */
static void
slim_pipes(void)
{
	(void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, PAGE);
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 2 * PAGE);
	(void)fcntl(STDERR_FILENO, F_SETPIPE_SZ, PAGE);
}

int
main(void)
{
	static char message[HUB_HAND_OVER_MAX];
	size_t	    n = gather(message);
	int	    fd;

	slim_pipes();
	if (n == 0)
		return give_up("unauthorized");
	fd = dial(getenv("PARLEY_HUB"));
	if (fd == -1 || hand_over(fd, message, n) == -1)
		return give_up("unavailable");
	return 0;
}
