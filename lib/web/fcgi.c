/* SPDX-License-Identifier: MIT */
/*
 * fcgi.c -- FastCGI: requests come in on a listening socket, one at a time.
 *
 * libfcgi reads the requests.  Waiting and writing are ours: it would wait
 * for connections without an end that a signal could not race, write a page
 * in pieces of 8 KiB, and linger until the web server hangs up.  lighttpd
 * opens a connection for each request, so there is never a second one on it.
 */
#include "web/fcgi.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/serve.h"

/* lighttpd is next door: who takes longer than this has gone. */
enum { PEER_TIMEOUT_S = 10 };

/* A record's content, a multiple of 8 as the specification recommends. */
enum { RECORD_MAX = 65528, PARTS_MAX = 64, ARENA_BLOCK = 1024 * 1024 };

struct fcgi {
	int	      listen_fd;
	int	      epoll_fd;
	sigset_t      waiting; /* blocked while waiting: what it was before */
	struct arena *arena;
	FCGX_Request  request;
};

int
fcgi_open(struct fcgi **f_r, int fd, struct err *e)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct fcgi	  *f = calloc(1, sizeof(*f));
	int		   yes = 0;
	socklen_t	   n = sizeof(yes);

	if (f == NULL)
		abort();
	*f_r = f;
	f->listen_fd = fd;
	f->epoll_fd = -1;
	f->arena = arena_new(ARENA_BLOCK);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == -1 || !yes)
		return err_set(e, ERR_INTERNAL, "fcgi",
		    "descriptor %d is no listening socket: start this program "
		    "with spawn-fcgi",
		    fd);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    (f->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		return err_set(
		    e, ERR_INTERNAL, "fcgi", "epoll: %s", strerror(errno));
	if (FCGX_Init() != 0 || FCGX_InitRequest(&f->request, fd, 0) != 0)
		return err_set(e, ERR_INTERNAL, "fcgi", "libfcgi won't start");
	return 0;
}

void
fcgi_close(struct fcgi **f_r)
{
	struct fcgi *f = *f_r;

	if (f == NULL)
		return;
	if (f->epoll_fd != -1)
		(void)close(f->epoll_fd);
	arena_free(&f->arena);
	free(f);
	*f_r = NULL;
}

static ssize_t
read_body(void *ctx, char *buf, size_t n)
{
	return FCGX_GetStr(buf, (int)n, ctx);
}

/* -- writing --------------------------------------------------------------- */

struct output {
	int	     fd;
	int	     request_id;
	struct iovec iov[PARTS_MAX];
	FCGI_Header  headers[PARTS_MAX / 2];
	int	     niov, nheaders;
	bool	     failed;
};

static void
flush(struct output *out)
{
	struct iovec *iov = out->iov;
	int	      left = out->niov;

	while (left > 0 && !out->failed) {
		ssize_t n = writev(out->fd, iov, left);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			out->failed = true; /* the client has gone: so be it */
		for (; left > 0 && n >= (ssize_t)iov->iov_len; left--)
			n -= (ssize_t)(iov++)->iov_len;
		if (left > 0 && n > 0) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	out->niov = out->nheaders = 0;
}

static void
add_record(struct output *out, unsigned char type, void *content, size_t n)
{
	FCGI_Header *header;

	if (out->niov + 2 > PARTS_MAX)
		flush(out);
	header = &out->headers[out->nheaders++];
	*header = (FCGI_Header){.version = FCGI_VERSION_1,
	    .type = type,
	    .requestIdB1 = (unsigned char)(out->request_id >> 8),
	    .requestIdB0 = (unsigned char)out->request_id,
	    .contentLengthB1 = (unsigned char)(n >> 8),
	    .contentLengthB0 = (unsigned char)n};
	out->iov[out->niov++] = (struct iovec){header, sizeof(*header)};
	if (n > 0)
		out->iov[out->niov++] = (struct iovec){content, n};
}

static void
add_output(struct output *out, char *data, size_t n)
{
	while (n > 0) {
		size_t part = n > RECORD_MAX ? RECORD_MAX : n;

		add_record(out, FCGI_STDOUT, data, part);
		data += part;
		n -= part;
	}
}

static void
send_reply(const FCGX_Request *request, const struct reply *reply)
{
	FCGI_EndRequestBody end = {.protocolStatus = FCGI_REQUEST_COMPLETE};
	struct output	    out = {
		  .fd = request->ipcFd, .request_id = request->requestId};

	add_output(&out, reply->head.data, reply->head.len);
	add_output(&out, reply->body.data, reply->body.len);
	add_record(&out, FCGI_STDOUT, NULL, 0); /* that was all of it */
	add_record(&out, FCGI_END_REQUEST, &end, sizeof(end));
	flush(&out);
}

/* -- the loop -------------------------------------------------------------- */

/*
 * Waits for a connection or a signal.  SIGTERM is only let in here, at once
 * with the wait, so none slips in between a look at the flag and the wait.
 */
static int
wait_for_connection(struct fcgi *f, struct err *e)
{
	struct epoll_event event;
	int		   fd;

	for (;;) {
		if (process_is_stopping())
			return 0;
		fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return err_set(e, ERR_INTERNAL, "fcgi", "accept: %s",
			    strerror(errno));
		if (epoll_pwait(f->epoll_fd, &event, 1, -1, &f->waiting) ==
			-1 &&
		    errno != EINTR)
			return err_set(e, ERR_INTERNAL, "fcgi", "epoll: %s",
			    strerror(errno));
	}
}

static void
limit_waits(int fd)
{
	struct timeval limit = {.tv_sec = PEER_TIMEOUT_S};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static void
serve_connection(struct fcgi *f, const struct web *web, int fd)
{
	struct web_input input = {.read = read_body};
	struct reply	 reply;

	limit_waits(fd);
	/* It ends what it has before it accepts; keepConnection spares fd. */
	f->request.ipcFd = fd;
	f->request.keepConnection = 1;
	if (FCGX_Accept_r(&f->request) != 0)
		return; /* no request came: libfcgi has closed fd */
	input.env = f->request.envp;
	input.ctx = f->request.in;
	web_serve(web, &input, f->arena, &reply);
	send_reply(&f->request, &reply);
	fd = f->request.ipcFd;
	FCGX_Free(&f->request, 0);
	f->request.ipcFd = -1;
	(void)close(fd);
	arena_reset(f->arena);
}

int
fcgi_run(
    struct fcgi *f, const struct web *web, int64_t max_requests, struct err *e)
{
	sigset_t blocked;
	int	 fd;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, &f->waiting);
	for (int64_t n = 0; max_requests == 0 || n < max_requests; n++) {
		if ((fd = wait_for_connection(f, e)) == -1)
			return -1;
		if (process_is_stopping())
			return 0;
		serve_connection(f, web, fd);
	}
	log_info("web.retire", LOG_INT("requests", max_requests));
	return 0;
}
