/* SPDX-License-Identifier: MIT */
/*
 * redis.h -- Redis: commands and pipelines that end in time.
 *
 * Redis is disposable: whoever calls must have an answer for its absence.
 * Errors are ERR_UNAVAILABLE "unavailable"; an error reply is a reply.  After
 * a failure Redis is not asked again for redis.retry_ms by any process of the
 * program, and then by one alone (breaker.h): a dead Redis costs a request
 * nothing, and a hung one a time-out to one request at a time.
 */
#ifndef PARLEY_DATA_REDIS_H
#define PARLEY_DATA_REDIS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct config;
struct err;
struct loop;
struct redis;
struct redis_async;

enum redis_type {
	REDIS_NIL,
	REDIS_STRING,
	REDIS_INTEGER,
	REDIS_ARRAY,
	REDIS_ERROR
};

struct redis_reply {
	enum redis_type		  type;
	int64_t			  integer;
	const char		 *str; /* NUL-terminated; STRING and ERROR */
	size_t			  len;
	size_t			  n; /* of an array */
	const struct redis_reply *element;
};

int  redis_new(struct redis **, const struct config *, struct err *);
void redis_free(struct redis **);

/* Is Redis being spared just now, as far as this program knows? */
bool redis_is_down(const struct redis *);

/*
 * One command, with hiredis's format (%s, %b with size_t, %lld ...).  The
 * reply is copied into the arena.  timeout_ms 0: redis.timeout_ms; a blocking
 * command (XREADGROUP BLOCK) gives more than it blocks.
 */
int redis_call(struct redis *, struct arena *, struct redis_reply *,
    struct err *, const char *fmt, ...);
int redis_call_argv(struct redis *, struct arena *, struct redis_reply *,
    int timeout_ms, size_t argc, const char *const *argv, const size_t *argvlen,
    struct err *);

/*
 * A pipeline: queue any number, then run: n replies, in order.  Or in two
 * halves, for who waits for something else, too, or for a command that blocks
 * (less than timeout_ms): nothing may be asked over this connection in between.
 * redis_fd() is readable when a reply comes; -1 if there is no connection.
 */
void redis_queue(struct redis *, const char *fmt, ...);
void redis_queue_argv(struct redis *, size_t argc, const char *const *argv,
    const size_t *argvlen);
int  redis_run(struct redis *, struct arena *, struct redis_reply **replies_r,
     size_t *n_r, struct err *);
int  redis_begin(struct redis *, int timeout_ms, struct err *);
int  redis_end(struct redis *, struct arena *, size_t n,
     struct redis_reply *replies_r, struct err *);
int  redis_fd(const struct redis *);

/*
 * The hub's way: never waits.  It connects by itself, again after a loss
 * (with back-off up to 1 s), and calls back.
 */
struct redis_async_events {
	void (*connected)(void *ctx);
	void (*lost)(void *ctx);
	/* A message on a subscribed channel. */
	void (*message)(void *ctx, const char *, size_t);
};
int redis_async_new(struct redis_async **, const struct config *, struct loop *,
    const struct redis_async_events *, void *ctx, struct err *);
void redis_async_free(struct redis_async **);
int  redis_async_subscribe(struct redis_async *, const char *channel);

/*
 * Sends and forgets: 0, or -1 while not connected or when more than
 * 16 MiB wait to be sent.
 */
int redis_async_send(struct redis_async *, size_t argc, const char *const *argv,
    const size_t *argvlen);

#endif
