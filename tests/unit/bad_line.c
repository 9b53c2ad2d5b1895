/* SPDX-License-Identifier: MIT */
/* bad_line.c -- A line to MariaDB that gives an answer as it is told to. */
#include "bad_line.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD = 4, PACKETS_MAX = 26, ROOM = 1 << 16 };

/* What the test says, and every line's process hears. */
struct plan {
	_Atomic size_t n; /* 0: there is none */
	char	       order[2 * PACKETS_MAX];
};

static struct plan *plan;

/* What has come of an answer that there is a plan for. */
struct gathered {
	unsigned char bytes[ROOM];
	size_t	      len;
};

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static void
give(int fd, const void *bytes, size_t n)
{
	if (write(fd, bytes, n) != (ssize_t)n)
		_exit(0);
}

/* Where each of n packets begins, and the last one ends: or not yet. */
static size_t
find_packets(const struct gathered *g, size_t n, size_t at[PACKETS_MAX + 1])
{
	size_t i = 0;

	at[0] = 0;
	while (i < n && at[i] + HEAD <= g->len) {
		const unsigned char *p = g->bytes + at[i];

		at[i + 1] = at[i] + HEAD + p[0] + (p[1] << 8) + (p[2] << 16);
		i++;
	}
	return i == n && at[n] <= g->len;
}

static void
carry_out(int client, struct gathered *g)
{
	size_t at[PACKETS_MAX + 1], n = atomic_load(&plan->n);
	char   answer[ROOM];
	size_t len = 0;

	if (!find_packets(g, n, at))
		return;
	for (const char *c = plan->order; *c >= 'a' && *c <= 'z'; c++) {
		size_t i = (size_t)(*c - 'a'), size = at[i + 1] - at[i];

		if (len + size > sizeof(answer))
			abort();
		memcpy(answer + len, g->bytes + at[i], size);
		len += size;
	}
	atomic_store(&plan->n, 0);
	/* In one piece: what is too much is read ahead with what is not. */
	give(client, answer, len);
	if (strchr(plan->order, '.') != NULL)
		_exit(0);
	give(client, g->bytes + at[n], g->len - at[n]);
	g->len = 0;
}

static void
pass(int from, int to)
{
	char	bytes[ROOM];
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (n <= 0)
		_exit(0);
	give(to, bytes, (size_t)n);
}

static void
serve(int client, int server)
{
	static struct gathered g;
	struct pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};

	while (poll(ends, 2, -1) > 0) {
		if (ends[0].revents != 0)
			pass(client, server);
		if (ends[1].revents != 0 && atomic_load(&plan->n) == 0)
			pass(server, client);
		else if (ends[1].revents != 0) {
			ssize_t n = read(server, g.bytes + g.len, ROOM - g.len);

			if (n <= 0)
				_exit(0);
			g.len += (size_t)n;
			carry_out(client, &g);
		}
	}
}

static void
listen_at(const char *path, const char *server)
{
	struct sockaddr_un here = address_of(path), there = address_of(server);
	int		   fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		abort();
	if (fork() != 0) { /* whoever connects from here on is heard */
		close(fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (fork() == 0) {
			int far = socket(AF_UNIX, SOCK_STREAM, 0);

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (connect(far, (struct sockaddr *)&there,
				sizeof(there)) == 0)
				serve(client, far);
			_exit(0);
		}
		close(client);
	}
}

void
bad_line_start(const char *path, const char *server)
{
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED)
		abort();
	listen_at(path, server);
}

void
bad_line_next(size_t n, const char *order)
{
	(void)snprintf(plan->order, sizeof(plan->order), "%s", order);
	atomic_store(&plan->n, n);
}
