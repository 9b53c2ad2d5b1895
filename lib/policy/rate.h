/* SPDX-License-Identifier: MIT */
/*
 * rate.h -- How often somebody may do something: fixed windows, in Redis.
 *
 * A limit counts one subject (a user, an address, a name) in one bucket.  All
 * workers of all nodes share the counts in Redis; while it is away each process
 * counts for itself, so that a limit gets looser, never absent.  With
 * rate_limit.enabled = off nothing is counted and everything is let through.
 */
#ifndef PARLEY_POLICY_RATE_H
#define PARLEY_POLICY_RATE_H

#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct err;
struct redis_reply;

struct rate_limit {
	const char *bucket;   /* "login"; static */
	const char *subject;  /* "u42", "a192.0.2.1" */
	int64_t	    max;      /* so many ... */
	int64_t	    window_s; /* ... in so many seconds */
};

/* An address as a subject: an IPv6 one stands for its /64. */
const char *rate_address(struct arena *, const char *address);

/* Counts one in each; -1 "rate_limited", with the wait, if one is above max. */
int rate_take(struct app *, struct arena *, const struct rate_limit *, size_t n,
    struct err *);

/* Takes the one back: what was counted beforehand turned out to be fine. */
void rate_give_back(
    struct app *, struct arena *, const struct rate_limit *, size_t n);

/*
 * rate_take() in two halves, for who has a pipeline to put it in: queues two
 * commands a limit, then judges by their replies (NULL: no Redis).
 */
void rate_ask(struct app *, struct arena *, const struct rate_limit *, size_t n,
    int64_t now_ms);
int  rate_judge(struct app *, const struct rate_limit *, size_t n,
     int64_t now_ms, const struct redis_reply *, struct err *);

#endif
