/* SPDX-License-Identifier: MIT */
/*
 * hub_accept.c -- attach's connections, and whose the socket is.
 *
 * The token is checked in the step that brings the pipes, so no socket of an
 * unknown is ever held: it is told "unauthorized" and closed at once.  Those
 * whose token is good wait for deliver's word, a bounded number of them, and
 * of one address so many that others have room.  A whole office behind one
 * address may come at once; who comes beyond is told to come again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/token.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/map.h"
#include "delivery/hub_private.h"

enum { ACCEPT_BATCH = 16, PIPES = 2 };

/* The last word to one who becomes no socket of ours. */
static void
turn_away(int in_fd, int out_fd, const char *code)
{
	char	frame[HUB_ERROR_SIZE];
	size_t	n = hub_error_frame(frame, code);
	ssize_t written = write(out_fd, frame, n);

	(void)written; /* it leaves anyway */
	close(in_fd);
	close(out_fd);
}

/* There is room for one more, and for this one of the user and address, too. */
static bool
has_room(const struct hub *h, uint64_t address, uint64_t user_id)
{
	const struct hub_user *u = map_get(h->users, user_id);

	return h->nsockets < h->sockets_max && h->npending < HUB_PENDING_MAX &&
	       hub_waiting_from(h, address) < h->address_max &&
	       (u == NULL || u->nsockets < h->user_max);
}

void
hub_adopt(struct hub *h, int in_fd, int out_fd, const char *headers, size_t len)
{
	struct err	   e = {0};
	struct token	   token;
	struct hub_socket *s = NULL;
	uint64_t	   address = hub_address(headers, len);
	bool		   is_known;

	if (fcntl(in_fd, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(out_fd, F_SETFL, O_NONBLOCK) == -1)
		log_warn("hub.adopt", LOG_INT("errno", errno));
	is_known = hub_authenticate(h, headers, len, &token, &e) == 0;
	if (is_known && has_room(h, address, token.user_id))
		s = hub_socket_new(
		    h, in_fd, out_fd, address, token.user_id, token.session_id);
	if (s != NULL)
		hub_connect(h, s);
	else
		turn_away(
		    in_fd, out_fd, is_known ? "unavailable" : "unauthorized");
}

/*
 * The two descriptors that came along; false if they did not.  One alone comes
 * where there was no room for the second, and is closed to make some.
 */
static bool
pipes_of(struct msghdr *msg, int pipes_r[PIPES])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t		n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return false;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(pipes_r, CMSG_DATA(c), n * sizeof(int));
	if (n == 1)
		close(pipes_r[0]);
	return n == PIPES;
}

/* True when the connection has done its part, one way or the other. */
static bool
receive(struct hub *h, int fd)
{
	char	      data[HUB_HAND_OVER_MAX];
	int	      pipes[PIPES];
	struct iovec  iov = {data, sizeof(data)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union {
		struct cmsghdr head;
		char	       space[CMSG_SPACE(sizeof(pipes))];
	} control;
	ssize_t n;

	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1)
		return errno != EAGAIN && errno != EINTR;
	if (!pipes_of(&msg, pipes))
		return true;
	if (n == 0 || (msg.msg_flags & MSG_TRUNC) != 0 || data[n - 1] != '\0')
		turn_away(pipes[0], pipes[1], "malformed");
	else
		hub_adopt(h, pipes[0], pipes[1], data, (size_t)n);
	explicit_bzero(data, (size_t)n);
	arena_reset(h->arena);
	return true;
}

static void
on_hand_over(void *ctx, int fd, int events)
{
	struct hub *h = ctx;

	(void)events;
	if (!receive(h, fd))
		return;
	loop_unwatch(h->loop, fd);
	close(fd);
	h->nconnections--;
}

static void
on_connection(void *ctx, int fd, int events)
{
	struct hub *h = ctx;
	struct err  e = {0};

	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int conn =
		    accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn == -1)
			return;
		if (receive(h, conn) ||
		    h->nconnections == HUB_CONNECTIONS_MAX ||
		    loop_watch(h->loop, conn, LOOP_READ, on_hand_over, h, &e) ==
			-1)
			close(conn);
		else
			h->nconnections++;
	}
}

int
hub_listen(struct hub *h, int listen_fd, struct err *e)
{
	return loop_watch(h->loop, listen_fd, LOOP_READ, on_connection, h, e);
}
