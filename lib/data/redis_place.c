/* SPDX-License-Identifier: MIT */
/* redis_place.c -- Where Redis is, and how it is greeted. */
#include "data/redis_place.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/secret.h"

static char *
kept(const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (text != NULL && copy == NULL)
		abort();
	return copy;
}

int
redis_place_new(
    struct redis_place **p_r, const struct config *config, struct err *e)
{
	struct redis_place    *p = calloc(1, sizeof(*p));
	struct arena	      *a = arena_new(1024);
	const struct endpoint *list;
	struct endpoint	       own = {0};
	size_t		       n;
	int		       rc;

	if (p == NULL)
		abort();
	own.path = config_str(config, "redis.socket");
	if (*own.path == '\0')
		own.path = arena_printf(
		    a, "%s/run/redis.sock", config_instance(config));
	own.text = own.path;
	/* It was checked when it was read. */
	(void)endpoints_parse(a, config_str(config, "redis.host"), &list, &n);
	if (n == 0)
		list = &own;
	p->at = (struct endpoint){
	    kept(list->text), kept(list->path), kept(list->host), list->port};
	rc = secret_text(config_instance(config), "redis", p->password, e);
	arena_free(&a);
	*p_r = p;
	if (rc == -1)
		redis_place_free(p_r);
	return rc;
}

void
redis_place_free(struct redis_place **p)
{
	if (*p == NULL)
		return;
	free((char *)(*p)->at.text);
	free((char *)(*p)->at.path);
	free((char *)(*p)->at.host);
	explicit_bzero((*p)->password, sizeof((*p)->password));
	free(*p);
	*p = NULL;
}

struct redisContext *
redis_place_connect(const struct redis_place *p, struct timeval timeout)
{
	redisContext *ctx;

	if (p->at.path != NULL)
		return redisConnectUnixWithTimeout(p->at.path, timeout);
	ctx = redisConnectWithTimeout(p->at.host, (int)p->at.port, timeout);
	if (ctx != NULL && ctx->err == 0)
		(void)redisEnableKeepAlive(ctx);
	return ctx;
}

struct redisAsyncContext *
redis_place_connect_async(const struct redis_place *p)
{
	return p->at.path != NULL
		   ? redisAsyncConnectUnix(p->at.path)
		   : redisAsyncConnect(p->at.host, (int)p->at.port);
}

int
redis_place_greet(const struct redis_place *p, struct redisContext *ctx)
{
	redisReply *reply;
	bool	    is_taken;

	if (p->password[0] == '\0')
		return 0;
	reply = redisCommand(ctx, "AUTH %s", p->password);
	is_taken = reply != NULL && reply->type == REDIS_REPLY_STATUS;
	if (reply != NULL)
		freeReplyObject(reply);
	return is_taken ? 0 : -1;
}
