/* SPDX-License-Identifier: MIT */
/*
 * writer_ask.c -- A worker asks the writer, within a deadline.
 *
 * The connection is kept.  Who was not answered in time hangs up, for the
 * answer may come yet and would be taken for the next one's; the breaker then
 * spares all workers of the program another wait.  A writer that is gone at
 * once is asked again with the next draft: that costs nothing.
 */
#include "message/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/local_socket.h"
#include "base/metrics.h"
#include "data/app.h"
#include "data/breaker.h"
#include "message/writer_wire.h"

struct asker {
	int	       fd; /* -1: not connected */
	int64_t	       timeout_ms;
	struct breaker breaker;
	char	       in[WRITER_WIRE_MAX];
};

static void
hang_up(struct asker *k)
{
	if (k->fd != -1)
		close(k->fd);
	k->fd = -1;
}

static void
asker_free(void *state)
{
	hang_up(state);
	free(state);
}

static struct asker *
asker_of(struct app *app)
{
	struct app_kept *kept = &app->kept[APP_WRITER];
	struct asker	*k = kept->state;

	if (k != NULL)
		return k;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		abort();
	k->fd = -1;
	k->timeout_ms = config_int(app->config, "writer.timeout_ms");
	k->breaker = (struct breaker){
	    METRIC_WRITER_BREAKER, k->timeout_ms, 2 * k->timeout_ms * 1000};
	*kept = (struct app_kept){k, asker_free};
	return k;
}

/*
 * A writer whose backlog is full does not make us wait; later who waits for an
 * answer sleeps in recv() itself, which is a call less than poll() before it.
 */
static int
become_patient(const struct asker *k)
{
	const struct timeval most = {
	    k->timeout_ms / 1000, k->timeout_ms % 1000 * 1000};

	return fcntl(k->fd, F_SETFL, 0) == -1
		   ? -1
		   : setsockopt(
			 k->fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
}

static int
reach(struct app *app, struct asker *k)
{
	struct sockaddr_un at;

	if (k->fd != -1)
		return 0;
	if (local_socket_at(&at, config_instance(app->config), "writer") == -1)
		return -1;
	k->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (k->fd != -1 &&
	    connect(k->fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    become_patient(k) == 0)
		return 0;
	hang_up(k);
	return -1;
}

/* A connection that a former writer left is found out here, and made anew. */
static int
ask(struct app *app, struct asker *k, const struct strbuf *out)
{
	for (int i = 0; i < 2; i++) {
		if (reach(app, k) == -1)
			return -1;
		if (send(k->fd, out->data, out->len,
			MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)out->len)
			return 0;
		hang_up(k);
	}
	return -1;
}

/* The length of the answer; 0: hung up; -1: none in time. */
static ssize_t
await(struct asker *k)
{
	int64_t end = clock_mono_us() + k->timeout_ms * 1000;
	ssize_t n;

	do
		n = recv(k->fd, k->in, sizeof(k->in), 0);
	while (n == -1 && errno == EINTR && clock_mono_us() < end);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return 0;
	return n;
}

/* 1 with the fate, 0 without, -1 where the writer has no MariaDB. */
static int
consult(struct app *app, struct arena *a, struct asker *k,
    struct message_draft *draft, struct err *e)
{
	int64_t	      start_us = clock_mono_us();
	struct strbuf out;
	ssize_t	      n;
	int	      told;

	if (!breaker_enter(&k->breaker, start_us))
		return 0;
	strbuf_init(&out, a);
	writer_put_draft(&out, draft);
	if (ask(app, k, &out) == -1) {
		breaker_stumble(&k->breaker, start_us, clock_mono_us());
		return 0;
	}
	n = await(k);
	if (n == -1) {
		breaker_trip(&k->breaker, start_us, clock_mono_us());
		hang_up(k);
		return 0;
	}
	told = n == 0 ? -1 : writer_get_fate(a, k->in, (size_t)n, draft, e);
	if (told == -1) {
		breaker_stumble(&k->breaker, start_us, clock_mono_us());
		hang_up(k);
		return 0;
	}
	breaker_close(&k->breaker);
	if (told == 1)
		return 1;
	/* A fault of its own need not be ours; MariaDB's absence is. */
	if (e->kind == ERR_UNAVAILABLE)
		return -1;
	err_clear(e);
	return 0;
}

int
message_writer_ask(struct app *app, struct arena *a,
    struct message_draft *draft, struct err *e)
{
	struct asker *k = asker_of(app);
	int	      told;

	if (k->timeout_ms == 0)
		return 0;
	told = consult(app, a, k, draft, e);
	metric_add(METRIC_WRITER_PASSED, told == 0);
	return told;
}
