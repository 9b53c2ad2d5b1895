/* SPDX-License-Identifier: MIT */
/* conn.c -- The loop, the bytes, and the little of both protocols we need. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "stats.h"

enum { READ_CHUNK = 16384, ROUND_EVENTS = 512 };

int
pool_init(struct pool *p, uint16_t port)
{
	*p = (struct pool){.port = port, .tick_ms = 1000};
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	return p->epoll == -1 ? -1 : 0;
}

static void
watch(struct conn *c, int op)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (c->connecting || c->out_len > 0)
		ev.events |= EPOLLOUT;
	epoll_ctl(c->pool->epoll, op, c->fd, &ev);
}

static void
grow(char **buf, size_t *cap, size_t need)
{
	if (need <= *cap)
		return;
	*cap = need < 4096 ? 4096 : need * 2;
	*buf = realloc(*buf, *cap);
	if (*buf == NULL)
		abort();
}

/* A new descriptor for c, on its way to the server. */
static int
dial(struct conn *c)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int		   one = 1;

	c->upgraded = c->is_last = false;
	c->in_len = c->out_len = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd == -1)
		return -1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	sin.sin_port = htons(c->port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof sin) == -1 &&
	    errno != EINPROGRESS) {
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	c->connecting = true;
	c->pool->open++;
	watch(c, EPOLL_CTL_ADD);
	return 0;
}

int
conn_open(struct pool *p, struct conn *c, const struct conn_events *events,
    const char *ws_path)
{
	char hello[2048];
	int  n;

	c->pool = p;
	c->port = p->port;
	c->events = events;
	c->is_ws = ws_path != NULL;
	if (dial(c) == -1)
		return -1;
	if (c->is_ws) {
		n = snprintf(hello, sizeof hello,
		    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		    "Sec-WebSocket-Version: 13\r\n"
		    "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n",
		    ws_path, p->port);
		conn_send(c, hello, (size_t)n);
	}
	return 0;
}

int
conn_adopt(
    struct pool *p, struct conn *c, int fd, const struct conn_events *events)
{
	c->pool = p;
	c->events = events;
	c->fd = fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	p->open++;
	watch(c, EPOLL_CTL_ADD);
	return 0;
}

void
conn_close(struct conn *c)
{
	if (c->fd == -1)
		return;
	close(c->fd);
	c->fd = -1;
	c->pool->open--;
	free(c->in);
	free(c->out);
	c->in = c->out = NULL;
	c->in_len = c->in_cap = c->out_len = c->out_cap = 0;
	if (c->events->closed != NULL)
		c->events->closed(c);
}

static void
flush(struct conn *c)
{
	size_t	off = 0;
	ssize_t n;

	while (off < c->out_len) {
		n = write(c->fd, c->out + off, c->out_len - off);
		if (n <= 0)
			break;
		off += (size_t)n;
	}
	if (off < c->out_len && errno != EAGAIN) {
		conn_close(c);
		return;
	}
	if (off == 0)
		return;
	memmove(c->out, c->out + off, c->out_len - off);
	c->out_len -= off;
}

void
conn_send(struct conn *c, const void *bytes, size_t n)
{
	size_t before = c->out_len;

	if (c->fd == -1)
		return;
	grow(&c->out, &c->out_cap, c->out_len + n);
	memcpy(c->out + c->out_len, bytes, n);
	c->out_len += n;
	if (c->connecting || before > 0)
		return; /* EPOLLOUT is on already */
	flush(c);
	if (c->fd != -1 && c->out_len > 0)
		watch(c, EPOLL_CTL_MOD);
}

void
conn_send_frame(struct conn *c, const char *text)
{
	size_t	      n = strlen(text), head = n < 126 ? 6 : 8;
	unsigned char frame[4096];

	if (n + head > sizeof frame)
		abort();
	frame[0] = 0x81;
	frame[1] = (unsigned char)(0x80 | (n < 126 ? n : 126));
	if (n >= 126) {
		frame[2] = (unsigned char)(n >> 8);
		frame[3] = (unsigned char)n;
	}
	memset(frame + head - 4, 0, 4); /* a mask of zeros is a mask */
	memcpy(frame + head, text, n);
	conn_send(c, frame, n + head);
}

/*
 * The server ends the connection with this reply: the next request goes over
 * a new one.  Nothing of the old is left to consume.
 */
static size_t
replace(struct conn *c, int status, const char *body, size_t n)
{
	char *copy = malloc(n + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, body, n);
	close(c->fd);
	c->pool->open--;
	if (dial(c) == 0)
		c->events->reply(c, status, copy, n);
	else if (c->events->closed != NULL)
		c->events->closed(c);
	free(copy);
	return 0;
}

/* A whole HTTP reply at the front of in?  Its length, or 0. */
static size_t
take_reply(struct conn *c)
{
	char  *end, *line, *body;
	size_t length = 0, total;
	int    status;

	end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
	if (end == NULL)
		return 0;
	*end = '\0';
	status = atoi(c->in + 9);
	body = end + 4;
	for (line = strchr(c->in, '\n'); line != NULL;
	     line = strchr(line + 1, '\n')) {
		if (strncasecmp(line + 1, "content-length:", 15) == 0)
			length = strtoul(line + 16, NULL, 10);
		if (strncasecmp(line + 1, "connection: close", 17) == 0)
			c->is_last = true;
	}
	total = (size_t)(body - c->in) + length;
	if (total > c->in_len) {
		*end = '\r';
		return 0;
	}
	if (c->is_ws) {
		c->upgraded = status == 101;
		if (!c->upgraded) {
			conn_close(c);
			return 0;
		}
		if (c->events->open != NULL)
			c->events->open(c);
	} else if (c->is_last)
		return replace(c, status, body, length);
	else
		c->events->reply(c, status, body, length);
	return total;
}

/* A whole frame at the front of in?  Its length, or 0. */
static size_t
take_frame(struct conn *c, size_t off)
{
	const unsigned char *p = (unsigned char *)c->in + off;
	size_t		     have = c->in_len - off, head = 2, n;

	if (have < 2)
		return 0;
	n = p[1] & 0x7f;
	if (n == 126) {
		head = 4;
		if (have < head)
			return 0;
		n = (size_t)p[2] << 8 | p[3];
	} else if (n == 127) {
		head = 10;
		if (have < head)
			return 0;
		n = 0;
		for (int i = 2; i < 10; i++)
			n = n << 8 | p[i];
	}
	if (have < head + n)
		return 0;
	if ((p[0] & 0x0f) == 8) {
		conn_close(c);
		return 0;
	}
	if ((p[0] & 0x0f) == 1)
		c->events->frame(c, (const char *)p + head, n);
	return head + n;
}

/* A line of a pipe: what websocketd would make a frame of. */
static size_t
take_line(struct conn *c, size_t off)
{
	const char *nl = memchr(c->in + off, '\n', c->in_len - off);
	size_t	    n;

	if (nl == NULL)
		return 0;
	n = (size_t)(nl - (c->in + off));
	c->events->frame(c, c->in + off, n);
	return n + 1;
}

static void
consume(struct conn *c)
{
	size_t off = 0, n;

	for (;;) {
		if (c->fd == -1 || off == c->in_len)
			break;
		if (c->events->reply == NULL && !c->is_ws)
			n = take_line(c, off);
		else if (c->is_ws && c->upgraded)
			n = take_frame(c, off);
		else
			n = take_reply(c);
		if (n == 0)
			break;
		off += n;
		if (!c->is_ws && c->events->reply != NULL)
			break; /* one reply at a time: no pipelining */
	}
	if (c->fd == -1)
		return;
	memmove(c->in, c->in + off, c->in_len - off);
	c->in_len -= off;
}

static void
on_event(struct conn *c, uint32_t events)
{
	ssize_t n;
	bool	had_out = c->connecting || c->out_len > 0;

	if (events & EPOLLOUT) {
		if (c->connecting) {
			c->connecting = false;
			if (!c->is_ws && c->events->open != NULL)
				c->events->open(c);
		}
		if (c->fd != -1)
			flush(c);
	}
	if (c->fd != -1 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
		grow(&c->in, &c->in_cap, c->in_len + READ_CHUNK);
		n = read(c->fd, c->in + c->in_len, c->in_cap - c->in_len);
		if (n > 0) {
			c->in_len += (size_t)n;
			consume(c);
		} else if (n == 0 || errno != EAGAIN)
			conn_close(c);
	}
	if (c->fd != -1 && had_out != (c->connecting || c->out_len > 0))
		watch(c, EPOLL_CTL_MOD);
}

void
pool_run(struct pool *p)
{
	struct epoll_event ev[ROUND_EVENTS];
	int64_t		   ticked = 0, now;
	int		   n;

	while (!p->stop) {
		n = epoll_wait(p->epoll, ev, ROUND_EVENTS, p->tick_ms);
		for (int i = 0; i < n; i++)
			if (((struct conn *)ev[i].data.ptr)->fd != -1)
				on_event(ev[i].data.ptr, ev[i].events);
		now = now_ns();
		if (p->deadline_ns != 0 && now >= p->deadline_ns)
			break;
		if (p->tick != NULL &&
		    now - ticked >= (int64_t)p->tick_ms * 1000000) {
			ticked = now;
			p->tick(p);
		}
	}
}
