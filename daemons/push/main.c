/* SPDX-License-Identifier: MIT */
/*
 * push -- The hub: holds this node's sockets.
 *
 *	push [-n] [INSTANCE]
 *
 * attach brings sockets to INSTANCE/run/hub.sock, PARLEY_HUB of websocketd's
 * environment.  Redis is the only engine it speaks to, and it waits for none.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/token.h"
#include "base/config.h"
#include "base/err.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/process.h"
#include "data/redis.h"
#include "delivery/daemon.h"
#include "delivery/health.h"
#include "delivery/hub.h"
#include "delivery/node_id.h"
#include "presence/keys.h"

enum { TICK_MS = 1000, BACKLOG = 1024 };

struct push {
	struct config	   *config;
	struct loop	   *loop;
	struct token_keys  *keys;
	struct redis_async *redis;
	struct hub	   *hub;
	int		    listen_fd, health_fd;
	bool		    has_redis;
};

static int
to_redis(void *ctx, size_t argc, const char *const *argv, const size_t *len)
{
	struct push *p = ctx;

	return p->redis == NULL ? -1
				: redis_async_send(p->redis, argc, argv, len);
}

static void
on_connected(void *ctx)
{
	struct push *p = ctx;

	p->has_redis = true;
	hub_connected(p->hub);
}

static void
on_lost(void *ctx)
{
	struct push *p = ctx;

	p->has_redis = false;
	log_warn("hub.redis.lost", LOG_STR("then", "catching up"));
}

static void
on_message(void *ctx, const char *data, size_t len)
{
	struct push *p = ctx;

	hub_message(p->hub, data, len);
}

static void
on_tick(void *ctx)
{
	struct push *p = ctx;

	health_beat(p->health_fd, p->has_redis ? NULL : "redis: not connected");
	hub_live(p->hub, health_is_live(config_instance(p->config)));
	hub_tick(p->hub);
}

static int
open_redis(struct push *p, const char *node, struct err *e)
{
	static const struct redis_async_events events = {
	    on_connected, on_lost, on_message};
	char channel[PRESENCE_KEY_SIZE];

	if (redis_async_new(&p->redis, p->config, p->loop, &events, p, e) == -1)
		return -1;
	presence_key(channel, node, NULL);
	if (redis_async_subscribe(p->redis, channel) == -1 ||
	    redis_async_subscribe(p->redis, PRESENCE_NODES) == -1)
		return err_set(e, ERR_INTERNAL, "internal", "subscribe");
	return 0;
}

static int
open_all(struct push *p, const char *instance, struct err *e)
{
	struct hub_port port = {to_redis, p};
	char		node[NODE_ID_SIZE];

	if (config_load(&p->config, instance, e) == -1)
		return -1;
	log_open("push", log_level_of(config_str(p->config, "log.level")));
	instance = config_instance(p->config);
	if (metrics_open(instance, "push", e) == -1 ||
	    node_id(p->config, node, e) == -1 ||
	    token_keys_load(&p->keys, instance, e) == -1 ||
	    loop_new(&p->loop, e) == -1)
		return -1;
	p->hub = hub_new(p->config, p->loop, p->keys, node, &port);
	if (open_redis(p, node, e) == -1 ||
	    local_socket_listen(instance, "hub", SOCK_SEQPACKET, BACKLOG,
		&p->listen_fd, e) == -1 ||
	    hub_listen(p->hub, p->listen_fd, e) == -1 ||
	    health_open(instance, "push", &p->health_fd, e) == -1)
		return -1;
	loop_timer(p->loop, 0, TICK_MS, on_tick, p);
	return 0;
}

static void
close_all(struct push *p)
{
	if (p->health_fd != -1)
		close(p->health_fd);
	if (p->listen_fd != -1)
		close(p->listen_fd);
	hub_free(&p->hub);
	redis_async_free(&p->redis);
	token_keys_free(&p->keys);
	loop_free(&p->loop);
	config_free(&p->config);
}

int
main(int argc, char **argv)
{
	struct push p = {.listen_fd = -1, .health_fd = -1};
	struct err  e = {0};
	const char *instance;
	int	    rc;

	if (!daemon_options(argc, argv, "push", &instance, &rc))
		return rc;
	process_start("push");
	log_open("push", LOG_LEVEL_INFO);
	rc = open_all(&p, instance, &e);
	if (rc == 0)
		rc = sandbox_enter("push", p.config, &e);
	if (rc == 0)
		rc = loop_run(p.loop, &e);
	if (rc == -1)
		log_err("push.stopped", &e);
	close_all(&p);
	return rc == 0 ? 0 : 1;
}
