/* SPDX-License-Identifier: MIT */
/*
 * redis_async.c -- Redis without ever waiting, on the loop of a daemon.
 *
 * A connection that subscribes can do nothing else, so there are two.  They
 * come and go together: up means that both are there and every channel is
 * confirmed; what is published from then on arrives.  If one is lost, or
 * Redis is silent for too long, both are given up and made anew.
 *
 * hiredis frees a context by itself when it fails.  A link forgets its context
 * in the one hook that hiredis always calls then, cleanup().
 */
#include "data/redis.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "data/redis_place.h"

enum {
	CHANNELS = 16,
	PENDING_MAX = 16 * 1024 * 1024,
	RETRY_MIN_MS = 20,
	RETRY_MAX_MS = 1000,
	PING_MS = 1000,
	SILENCE_MS = 5000
};

struct link {
	struct redis_async *owner;
	redisAsyncContext  *ac; /* NULL: none, or about to be freed */
	int		    fd;
	int		    events;
	bool		    is_connected;
};

struct redis_async {
	struct loop		 *loop;
	struct redis_async_events events;
	void			 *ctx;
	struct redis_place	 *place;
	struct link		  out; /* commands */
	struct link		  in;  /* subscriptions */
	char			 *channels[CHANNELS];
	size_t			  nchannels, nconfirmed;
	bool			  is_up, has_answered, is_losing, is_closing;
	int64_t			  retry_ms, heard_ms;
	struct loop_timer	 *retry, *ping;
};

static void connect_both(void *ctx);

/* -- hiredis on our loop --------------------------------------------------- */

static void lose(struct redis_async *, const char *why);

static void
on_event(void *ctx, int fd, int events)
{
	struct link *l = ctx;

	(void)fd;
	if (events & LOOP_READ)
		redisAsyncHandleRead(l->ac);
	if (events & LOOP_WRITE && l->ac != NULL && l->events & LOOP_WRITE)
		redisAsyncHandleWrite(l->ac);
}

static void
want(struct link *l, int events)
{
	struct err e = {0};

	if (events == l->events || l->fd == -1)
		return;
	l->events = events;
	if (events == 0)
		loop_unwatch(l->owner->loop, l->fd);
	else if (loop_watch(l->owner->loop, l->fd, events, on_event, l, &e) ==
		 -1)
		log_err("redis.watch", &e);
}

static void
add_read(void *l)
{
	want(l, ((struct link *)l)->events | LOOP_READ);
}

static void
del_read(void *l)
{
	want(l, ((struct link *)l)->events & ~LOOP_READ);
}

static void
add_write(void *l)
{
	want(l, ((struct link *)l)->events | LOOP_WRITE);
}

static void
del_write(void *l)
{
	want(l, ((struct link *)l)->events & ~LOOP_WRITE);
}

static void
cleanup(void *ctx)
{
	struct link *l = ctx;

	want(l, 0);
	l->ac = NULL;
	l->fd = -1;
	l->is_connected = false;
}

/* -- up and down ----------------------------------------------------------- */

/* Gives up both connections, tells once, and tries again later. */
static void
lose(struct redis_async *r, const char *why)
{
	struct link *links[] = {&r->out, &r->in};
	bool	     was_up = r->is_up;

	if (r->is_losing || r->is_closing)
		return;
	r->is_losing = true;
	r->is_up = false;
	metric_add(METRIC_REDIS_ERRORS, 1);
	for (size_t i = 0; i < 2; i++)
		if (links[i]->ac != NULL)
			redisAsyncFree(links[i]->ac);
	loop_timer_cancel(r->loop, &r->ping);
	loop_timer_cancel(r->loop, &r->retry);
	r->retry = loop_timer(r->loop, r->retry_ms, 0, connect_both, r);
	r->retry_ms *= 2;
	if (r->retry_ms > RETRY_MAX_MS)
		r->retry_ms = RETRY_MAX_MS;
	r->is_losing = false;
	if (!was_up)
		return;
	log_warn("redis.lost", LOG_STR("why", why));
	if (r->events.lost != NULL)
		r->events.lost(r->ctx);
}

static void
check_up(struct redis_async *r)
{
	if (r->is_up || !r->has_answered || !r->in.is_connected ||
	    r->nconfirmed < r->nchannels)
		return;
	r->is_up = true;
	r->retry_ms = RETRY_MIN_MS;
	log_info("redis.connected", LOG_STR("at", r->place->at.text));
	if (r->events.connected != NULL)
		r->events.connected(r->ctx);
}

static bool
is_text(const redisReply *reply, const char *text)
{
	return reply->type == REDIS_REPLY_STRING &&
	       strcmp(reply->str, text) == 0;
}

/* ["subscribe", channel, n] once, then ["message", channel, text]. */
static void
on_message(redisAsyncContext *ac, void *data, void *ctx)
{
	struct redis_async *r = ctx;
	const redisReply   *reply = data;

	(void)ac;
	if (reply == NULL || r->is_closing || r->is_losing)
		return;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
		lose(r, "subscription refused");
		return;
	}
	r->heard_ms = loop_now_ms(r->loop);
	if (is_text(reply->element[0], "subscribe")) {
		r->nconfirmed++;
		check_up(r);
	} else if (is_text(reply->element[0], "message") &&
		   r->events.message != NULL)
		r->events.message(
		    r->ctx, reply->element[2]->str, reply->element[2]->len);
}

static void
on_pong(redisAsyncContext *ac, void *data, void *ctx)
{
	struct redis_async *r = ctx;

	(void)ac;
	if (data == NULL || r->is_closing || r->is_losing)
		return;
	r->heard_ms = loop_now_ms(r->loop);
	r->has_answered = true;
	check_up(r);
}

static void
on_greeted(redisAsyncContext *ac, void *data, void *ctx)
{
	const redisReply *reply = data;

	(void)ac;
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
		lose(ctx, "the password in secrets/redis is refused");
}

static void
on_ping_due(void *ctx)
{
	struct redis_async *r = ctx;

	if (loop_now_ms(r->loop) - r->heard_ms > SILENCE_MS)
		lose(r, "silent");
	else if (r->out.ac != NULL)
		redisAsyncCommand(r->out.ac, on_pong, r, "PING");
}

static void
subscribe(struct redis_async *r, const char *channel)
{
	redisAsyncCommand(r->in.ac, on_message, r, "SUBSCRIBE %s", channel);
}

static void
on_connect(const redisAsyncContext *ac, int status)
{
	struct link	   *l = ac->data;
	struct redis_async *r = l->owner;

	if (status != REDIS_OK) {
		l->ac = NULL; /* hiredis is freeing it */
		lose(r, "refused");
		return;
	}
	/* A hung Redis takes connections, too: up is who has answered. */
	l->is_connected = true;
	if (r->place->password[0] != '\0')
		redisAsyncCommand(
		    l->ac, on_greeted, r, "AUTH %s", r->place->password);
	if (l == &r->out)
		redisAsyncCommand(l->ac, on_pong, r, "PING");
	else
		for (size_t i = 0; i < r->nchannels; i++)
			subscribe(r, r->channels[i]);
	check_up(r);
}

static void
on_disconnect(const redisAsyncContext *ac, int status)
{
	struct link *l = ac->data;

	(void)status;
	lose(l->owner, ac->errstr == NULL ? "closed" : ac->errstr);
}

static int
link_connect(struct link *l)
{
	redisAsyncContext *ac = redis_place_connect_async(l->owner->place);

	if (ac == NULL)
		abort();
	if (ac->err != 0) {
		redisAsyncFree(ac);
		return -1;
	}
	l->ac = ac;
	l->fd = ac->c.fd;
	l->events = 0;
	ac->data = l;
	ac->ev.data = l;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = cleanup;
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
	return 0;
}

static void
connect_both(void *ctx)
{
	struct redis_async *r = ctx;

	r->retry = NULL;
	r->nconfirmed = 0;
	r->has_answered = false;
	r->heard_ms = clock_mono_us() / 1000;
	if (link_connect(&r->out) == -1 || link_connect(&r->in) == -1) {
		lose(r, "refused");
		return;
	}
	r->ping = loop_timer(r->loop, PING_MS, PING_MS, on_ping_due, r);
}

/* -- what the daemon calls ------------------------------------------------- */

int
redis_async_new(struct redis_async **r_r, const struct config *config,
    struct loop *loop, const struct redis_async_events *events, void *ctx,
    struct err *e)
{
	struct redis_async *r = calloc(1, sizeof(*r));

	*r_r = NULL;
	if (r == NULL)
		abort();
	if (redis_place_new(&r->place, config, e) == -1) {
		free(r);
		return -1;
	}
	r->loop = loop;
	r->events = *events;
	r->ctx = ctx;
	r->out = (struct link){.owner = r, .fd = -1};
	r->in = r->out;
	r->retry_ms = RETRY_MIN_MS;
	/* From the loop, so that no callback comes before we return. */
	r->retry = loop_timer(loop, 0, 0, connect_both, r);
	*r_r = r;
	return 0;
}

void
redis_async_free(struct redis_async **rp)
{
	struct redis_async *r = *rp;

	if (r == NULL)
		return;
	*rp = NULL;
	r->is_closing = true;
	loop_timer_cancel(r->loop, &r->retry);
	loop_timer_cancel(r->loop, &r->ping);
	if (r->out.ac != NULL)
		redisAsyncFree(r->out.ac);
	if (r->in.ac != NULL)
		redisAsyncFree(r->in.ac);
	for (size_t i = 0; i < r->nchannels; i++)
		free(r->channels[i]);
	redis_place_free(&r->place);
	free(r);
}

int
redis_async_subscribe(struct redis_async *r, const char *channel)
{
	for (size_t i = 0; i < r->nchannels; i++)
		if (strcmp(r->channels[i], channel) == 0)
			return 0;
	if (r->nchannels == CHANNELS)
		return -1;
	if ((r->channels[r->nchannels] = strdup(channel)) == NULL)
		abort();
	r->nchannels++;
	if (r->in.is_connected)
		subscribe(r, channel);
	return 0;
}

int
redis_async_send(struct redis_async *r, size_t argc, const char *const *argv,
    const size_t *argvlen)
{
	if (!r->is_up || r->out.ac == NULL ||
	    sdslen(r->out.ac->c.obuf) > PENDING_MAX)
		return -1;
	return redisAsyncCommandArgv(r->out.ac, NULL, NULL, (int)argc,
		   (const char **)argv, argvlen) == REDIS_OK
		   ? 0
		   : -1;
}
