/* SPDX-License-Identifier: MIT */
/*
 * redis.c -- Redis: commands and pipelines that end in time.
 *
 * Commands are formatted when they are queued, connected or not, and sent
 * together.  Before that one recv() without waiting tells whether Redis has
 * hung up; what fails after it may or may not have run, so it is not sent
 * again.  A connection that failed once is never used again: a late reply
 * must not answer the next command.
 */
#include "data/redis.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/err.h"
#include "base/metrics.h"
#include "data/breaker.h"
#include "data/redis_place.h"

enum { QUEUE_MAX = 64 * 1024 * 1024 };

struct redis {
	struct redis_place *place;
	int		    timeout_ms;
	struct breaker	    breaker;
	redisContext	   *ctx; /* NULL: not connected */
	int		    ctx_timeout_ms;
	char		   *queue; /* formatted commands */
	size_t		    queue_len, queue_cap, queued;
	bool		    queue_is_bad;
};

static int
unavailable(struct err *e, const char *what)
{
	metric_add(METRIC_REDIS_ERRORS, 1);
	err_set(e, ERR_UNAVAILABLE, "unavailable", "Redis: %s", what);
	e->retry_after_s = 1;
	return -1;
}

static struct timeval
interval(int ms)
{
	return (struct timeval){ms / 1000, (ms % 1000) * 1000};
}

int
redis_new(struct redis **redis_r, const struct config *config, struct err *e)
{
	struct redis *r = calloc(1, sizeof(*r));

	*redis_r = NULL;
	if (r == NULL)
		abort();
	if (redis_place_new(&r->place, config, e) == -1) {
		free(r);
		return -1;
	}
	r->timeout_ms = (int)config_int(config, "redis.timeout_ms");
	r->breaker.metric = METRIC_REDIS_BREAKER;
	r->breaker.retry_ms = config_int(config, "redis.retry_ms");
	*redis_r = r;
	return 0;
}

static void
disconnect(struct redis *r)
{
	if (r->ctx != NULL)
		redisFree(r->ctx);
	r->ctx = NULL;
}

void
redis_free(struct redis **r)
{
	if (*r == NULL)
		return;
	disconnect(*r);
	redis_place_free(&(*r)->place);
	free((*r)->queue);
	free(*r);
	*r = NULL;
}

bool
redis_is_down(const struct redis *r)
{
	return metric_get(r->breaker.metric) != 0;
}

/* -- connecting ------------------------------------------------------------ */

static bool
is_alive(const struct redis *r)
{
	char c;

	return r->ctx != NULL &&
	       recv(r->ctx->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	       (errno == EAGAIN || errno == EINTR);
}

static int
set_timeout(struct redis *r, int timeout_ms)
{
	if (timeout_ms == r->ctx_timeout_ms)
		return 0;
	r->ctx_timeout_ms = timeout_ms;
	return redisSetTimeout(r->ctx, interval(timeout_ms)) == REDIS_OK ? 0
									 : -1;
}

/* What hiredis says of the connection, which ends here. */
static int
broken(struct redis *r, struct err *e)
{
	int rc = unavailable(e, r->ctx == NULL	   ? "out of memory"
				: r->ctx->err == 0 ? "cannot be set up"
						   : r->ctx->errstr);

	disconnect(r);
	return rc;
}

static int
make_connection(struct redis *r, struct err *e)
{
	disconnect(r);
	r->ctx = redis_place_connect(r->place, interval(r->timeout_ms));
	r->ctx_timeout_ms = 0;
	if (r->ctx == NULL || r->ctx->err != 0 ||
	    set_timeout(r, r->timeout_ms) == -1)
		return broken(r, e);
	if (redis_place_greet(r->place, r->ctx) == 0)
		return 0;
	if (r->ctx->err != 0)
		return broken(r, e);
	disconnect(r);
	return unavailable(e, "the password in secrets/redis is refused");
}

/* Lets in who may ask, with a connection; start_us: when they came. */
static int
ready(struct redis *r, int timeout_ms, int64_t start_us, struct err *e)
{
	r->breaker.probe_us = (r->timeout_ms * 2 + timeout_ms) * INT64_C(1000);
	if (!breaker_enter(&r->breaker, start_us))
		return unavailable(e, "did not answer a moment ago");
	if (!is_alive(r) && make_connection(r, e) == -1) {
		breaker_trip(&r->breaker, start_us, clock_mono_us());
		return -1;
	}
	if (set_timeout(r, timeout_ms) == 0)
		return 0;
	breaker_stumble(&r->breaker, start_us, clock_mono_us());
	return broken(r, e);
}

/* -- replies --------------------------------------------------------------- */

static void
copy_reply(struct arena *a, const redisReply *from, struct redis_reply *to)
{
	struct redis_reply *elements;

	*to = (struct redis_reply){.str = ""};
	switch (from->type) {
	case REDIS_REPLY_INTEGER:
		to->type = REDIS_INTEGER;
		to->integer = from->integer;
		break;
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		to->type = from->type == REDIS_REPLY_ERROR ? REDIS_ERROR
							   : REDIS_STRING;
		to->len = from->len;
		to->str = arena_memdup(a, from->str, to->len + 1);
		break;
	case REDIS_REPLY_ARRAY:
		to->type = REDIS_ARRAY;
		to->n = from->elements;
		elements = arena_alloc(a, to->n * sizeof(*elements));
		for (size_t i = 0; i < to->n; i++)
			copy_reply(a, from->element[i], &elements[i]);
		to->element = elements;
		break;
	default:
		to->type = REDIS_NIL;
	}
}

/* Reads n replies. */
static int
take_replies(struct redis *r, struct arena *a, struct redis_reply *replies,
    size_t n, int64_t start_us, struct err *e)
{
	void  *reply;
	size_t got = 0;

	for (; got < n && redisGetReply(r->ctx, &reply) == REDIS_OK; got++) {
		copy_reply(a, reply, &replies[got]);
		freeReplyObject(reply);
	}
	if (got < n) {
		breaker_stumble(&r->breaker, start_us, clock_mono_us());
		return broken(r, e);
	}
	breaker_close(&r->breaker);
	return 0;
}

/* Sends formatted commands and reads n replies. */
static int
converse(struct redis *r, const char *commands, size_t len, int timeout_ms,
    struct arena *a, struct redis_reply *replies, size_t n, struct err *e)
{
	int64_t start_us = clock_mono_us();

	if (ready(r, timeout_ms == 0 ? r->timeout_ms : timeout_ms, start_us,
		e) == -1)
		return -1;
	if (redisAppendFormattedCommand(r->ctx, commands, len) != REDIS_OK)
		return broken(r, e);
	return take_replies(r, a, replies, n, start_us, e);
}

/* -- commands -------------------------------------------------------------- */

static int
call_formatted(struct redis *r, struct arena *a, struct redis_reply *reply,
    int timeout_ms, char *command, int len, struct err *e)
{
	int rc;

	if (len < 0)
		return err_set(e, ERR_INTERNAL, "internal",
		    "Redis: a command that cannot be formatted");
	rc = converse(r, command, (size_t)len, timeout_ms, a, reply, 1, e);
	redisFreeCommand(command);
	return rc;
}

int
redis_call(struct redis *r, struct arena *a, struct redis_reply *reply,
    struct err *e, const char *fmt, ...)
{
	char   *command;
	va_list ap;
	int	len;

	va_start(ap, fmt);
	len = redisvFormatCommand(&command, fmt, ap);
	va_end(ap);
	return call_formatted(r, a, reply, 0, command, len, e);
}

int
redis_call_argv(struct redis *r, struct arena *a, struct redis_reply *reply,
    int timeout_ms, size_t argc, const char *const *argv, const size_t *argvlen,
    struct err *e)
{
	char *command;
	int   len = redisFormatCommandArgv(
	      &command, (int)argc, (const char **)argv, argvlen);

	return call_formatted(r, a, reply, timeout_ms, command, len, e);
}

/* -- pipelines ------------------------------------------------------------- */

static void
queue_formatted(struct redis *r, char *command, int len)
{
	size_t need, cap = r->queue_cap == 0 ? 4096 : r->queue_cap;

	if (len < 0 || (need = r->queue_len + (size_t)len) > QUEUE_MAX) {
		r->queue_is_bad = true;
		if (len >= 0)
			redisFreeCommand(command);
		return;
	}
	while (cap < need)
		cap *= 2;
	if (cap != r->queue_cap) {
		if ((r->queue = realloc(r->queue, cap)) == NULL)
			abort();
		r->queue_cap = cap;
	}
	memcpy(r->queue + r->queue_len, command, (size_t)len);
	r->queue_len = need;
	r->queued++;
	redisFreeCommand(command);
}

void
redis_queue(struct redis *r, const char *fmt, ...)
{
	char   *command;
	va_list ap;
	int	len;

	va_start(ap, fmt);
	len = redisvFormatCommand(&command, fmt, ap);
	va_end(ap);
	queue_formatted(r, command, len);
}

void
redis_queue_argv(struct redis *r, size_t argc, const char *const *argv,
    const size_t *argvlen)
{
	char *command;
	int   len = redisFormatCommandArgv(
	      &command, (int)argc, (const char **)argv, argvlen);

	queue_formatted(r, command, len);
}

/* What was queued, as one text; the queue is empty then. */
static int
take_queue(struct redis *r, size_t *len_r, size_t *n_r, struct err *e)
{
	bool bad = r->queue_is_bad;

	*len_r = r->queue_len;
	*n_r = r->queued;
	r->queued = r->queue_len = 0;
	r->queue_is_bad = false;
	if (bad)
		return err_set(e, ERR_INTERNAL, "internal",
		    "Redis: a pipeline that is too long or cannot be "
		    "formatted");
	return 0;
}

int
redis_run(struct redis *r, struct arena *a, struct redis_reply **replies_r,
    size_t *n_r, struct err *e)
{
	size_t n, len;
	int    rc = take_queue(r, &len, &n, e);

	*n_r = 0;
	*replies_r = arena_alloc(a, n * sizeof(**replies_r));
	if (rc == -1 ||
	    (n > 0 && converse(r, r->queue, len, 0, a, *replies_r, n, e) == -1))
		return -1;
	*n_r = n;
	return 0;
}

int
redis_begin(struct redis *r, int timeout_ms, struct err *e)
{
	int64_t start_us = clock_mono_us();
	size_t	n, len;
	int	is_sent = 0;

	if (take_queue(r, &len, &n, e) == -1 ||
	    ready(r, timeout_ms, start_us, e) == -1)
		return -1;
	if (redisAppendFormattedCommand(r->ctx, r->queue, len) == REDIS_OK)
		while (is_sent == 0 &&
		       redisBufferWrite(r->ctx, &is_sent) == REDIS_OK)
			continue;
	if (is_sent != 0)
		return 0;
	breaker_stumble(&r->breaker, start_us, clock_mono_us());
	return broken(r, e);
}

int
redis_end(struct redis *r, struct arena *a, size_t n,
    struct redis_reply *replies, struct err *e)
{
	int64_t start_us = clock_mono_us();

	if (r->ctx == NULL)
		return unavailable(e, "the connection is gone");
	return take_replies(r, a, replies, n, start_us, e);
}

int
redis_fd(const struct redis *r)
{
	return r->ctx == NULL ? -1 : r->ctx->fd;
}
