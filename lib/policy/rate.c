/* SPDX-License-Identifier: MIT */
/*
 * rate.c -- Limits as counters that a window's number is part of.
 *
 * rate:{bucket}:{subject}:{window} is counted up and dies by itself after the
 * window, so there is nothing to reset and nothing to sweep.
 */
#include "policy/rate.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/metrics.h"
#include "data/app.h"
#include "data/redis.h"
#include "policy/state.h"

static bool
is_off(const struct app *app)
{
	return !config_bool(app->config, "rate_limit.enabled");
}

static int64_t
window_of(const struct rate_limit *limit, int64_t now_ms)
{
	return now_ms / 1000 / limit->window_s;
}

static const char *
key_of(struct arena *a, const struct rate_limit *limit, int64_t now_ms)
{
	return arena_printf(a, "rate:%s:%s:%lld", limit->bucket, limit->subject,
	    (long long)window_of(limit, now_ms));
}

const char *
rate_address(struct arena *a, const char *address)
{
	struct in6_addr in6;

	if (inet_pton(AF_INET6, address, &in6) != 1)
		return arena_printf(a, "a%s", address);
	return arena_printf(a, "a%s", hex(a, in6.s6_addr, 8));
}

/*
 * Without Redis: a small table of this process alone.  Whoever collides takes
 * the place over, which forgives some; it is a fallback.
 */
static int64_t
count_locally(struct app *app, const struct rate_limit *limit, int64_t now_ms,
    int64_t add)
{
	unsigned char	   digest[SHA256_SIZE];
	char		   key[160];
	struct rate_count *count;
	uint64_t	   id;
	int		   n;

	n = snprintf(key, sizeof key, "%s:%s", limit->bucket, limit->subject);
	sha256(key, n < (int)sizeof key ? (size_t)n : sizeof key - 1, digest);
	memcpy(&id, digest, sizeof id);
	count = &policy_state(app)->counts[id % RATE_COUNTS];
	if (count->id != id || count->window != window_of(limit, now_ms))
		*count = (struct rate_count){id, window_of(limit, now_ms), 0};
	count->n += add;
	return count->n;
}

void
rate_ask(struct app *app, struct arena *a, const struct rate_limit *limits,
    size_t n, int64_t now_ms)
{
	if (is_off(app))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *key = key_of(a, &limits[i], now_ms);

		redis_queue(app->redis, "INCR %s", key);
		redis_queue(app->redis, "EXPIRE %s %lld", key,
		    (long long)limits[i].window_s);
	}
}

static int
refuse(const struct rate_limit *limit, int64_t now_ms, struct err *e)
{
	int64_t wait =
	    (window_of(limit, now_ms) + 1) * limit->window_s - now_ms / 1000;

	metric_add(METRIC_RATE_LIMITED, 1);
	err_set(e, ERR_RATE_LIMITED, "rate_limited",
	    "Too many requests. Try again in %lld s.", (long long)wait);
	e->retry_after_s = wait < 1 ? 1 : (int)wait;
	return -1;
}

int
rate_judge(struct app *app, const struct rate_limit *limits, size_t n,
    int64_t now_ms, const struct redis_reply *replies, struct err *e)
{
	if (is_off(app))
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct redis_reply *r =
		    replies == NULL ? NULL : &replies[2 * i];
		int64_t count = r != NULL && r->type == REDIS_INTEGER
				    ? r->integer
				    : count_locally(app, &limits[i], now_ms, 1);

		if (count > limits[i].max)
			return refuse(&limits[i], now_ms, e);
	}
	return 0;
}

int
rate_take(struct app *app, struct arena *a, const struct rate_limit *limits,
    size_t n, struct err *e)
{
	struct redis_reply *replies = NULL;
	struct err	    gone = {0};
	int64_t		    now = clock_ms();
	size_t		    nreplies;

	if (is_off(app))
		return 0;
	rate_ask(app, a, limits, n, now);
	if (redis_run(app->redis, a, &replies, &nreplies, &gone) == -1)
		replies = NULL;
	return rate_judge(app, limits, n, now, replies, e);
}

void
rate_give_back(
    struct app *app, struct arena *a, const struct rate_limit *limits, size_t n)
{
	struct redis_reply *replies;
	struct err	    gone = {0};
	int64_t		    now = clock_ms();
	size_t		    nreplies;

	if (is_off(app))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *key = key_of(a, &limits[i], now);

		redis_queue(app->redis, "DECR %s", key);
		redis_queue(app->redis, "EXPIRE %s %lld", key,
		    (long long)limits[i].window_s);
	}
	if (redis_run(app->redis, a, &replies, &nreplies, &gone) == -1)
		for (size_t i = 0; i < n; i++)
			(void)count_locally(app, &limits[i], now, -1);
}
