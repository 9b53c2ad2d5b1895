/* SPDX-License-Identifier: MIT */
/*
 * redis_place.h -- Where Redis is, and how it is greeted.
 *
 * The instance's own socket, or redis.host on another machine; where
 * INSTANCE/secrets/redis holds a password, every connection begins with it.
 * It is read once, at the start.  hiredis 0.14 knows no TLS: between machines
 * a tunnel is the operator's.
 */
#ifndef PARLEY_DATA_REDIS_PLACE_H
#define PARLEY_DATA_REDIS_PLACE_H

#include <stdbool.h>
#include <sys/time.h>

#include "base/endpoint.h"
#include "base/secret.h"

struct config;
struct err;
struct redisAsyncContext;
struct redisContext;

struct redis_place {
	struct endpoint at;
	char		password[SECRET_TEXT]; /* "": none */
};

int redis_place_new(struct redis_place **, const struct config *, struct err *);
void redis_place_free(struct redis_place **);

/* As hiredis's own: NULL, or a context that may hold an error. */
struct redisContext *
redis_place_connect(const struct redis_place *, struct timeval);
struct redisAsyncContext *redis_place_connect_async(const struct redis_place *);

/* Sends the password, if there is one: 0, or -1 where it is refused. */
int redis_place_greet(const struct redis_place *, struct redisContext *);

#endif
