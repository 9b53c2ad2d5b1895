/* SPDX-License-Identifier: MIT */
/*
 * hub.c -- The whole of the hub: beginning, end, time, catching up.
 *
 * Every list of sockets is in the order of time and has one time-out, so what
 * is due stands at its head and a tick costs what it finds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/metrics.h"
#include "delivery/hub_private.h"
#include "presence/keys.h"

struct hub *
hub_new(const struct config *config, struct loop *loop, struct token_keys *keys,
    const char *node, const struct hub_port *port)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->config = config;
	h->is_live = true;
	h->loop = loop;
	h->keys = keys;
	h->port = *port;
	h->arena = arena_new(0);
	snprintf(h->node, sizeof(h->node), "%s", node);
	h->shards = (unsigned)config_int(config, "bus.shards");
	h->sockets_max = (size_t)config_int(config, "websocket.max_sockets");
	h->buffer_max = (size_t)config_int(config, "hub.buffer_kb") << 10;
	h->memory_max = (size_t)config_int(config, "hub.memory_mb") << 20;
	h->user_max = 2 * (size_t)config_int(config, "session.max");
	if (h->user_max < HUB_USER_MIN)
		h->user_max = HUB_USER_MIN;
	h->address_max =
	    config_bool(config, "rate_limit.enabled")
		? (size_t)config_int(config, "websocket.pending_per_address")
		: HUB_PENDING_MAX;
	h->heartbeat_ms = config_int(config, "websocket.heartbeat_s") * 1000;
	h->ack_flush_ms = config_int(config, "hub.ack_flush_ms");
	h->users = map_new();
	h->sockets = map_new();
	h->waiting_from = map_new();
	TAILQ_INIT(&h->quiet);
	TAILQ_INIT(&h->acking);
	TAILQ_INIT(&h->gathering);
	TAILQ_INIT(&h->resting);
	for (int i = 0; i <= HUB_CLOSING; i++)
		TAILQ_INIT(&h->waiting[i]);
	return h;
}

void
hub_free(struct hub **hub)
{
	struct hub *h = *hub;

	if (h == NULL)
		return;
	for (int i = 0; i <= HUB_CLOSING; i++)
		while (!TAILQ_EMPTY(&h->waiting[i]))
			hub_socket_free(h, TAILQ_FIRST(&h->waiting[i]));
	loop_timer_cancel(h->loop, &h->ack_timer);
	loop_timer_cancel(h->loop, &h->return_timer);
	loop_timer_cancel(h->loop, &h->resync_timer);
	loop_timer_cancel(h->loop, &h->turn_timer);
	map_free(&h->users);
	map_free(&h->sockets);
	map_free(&h->waiting_from);
	arena_free(&h->arena);
	free(h);
	*hub = NULL;
}

struct hub_counts
hub_counts(const struct hub *h)
{
	return (struct hub_counts){
	    h->nsockets, map_size(h->users), h->buffered};
}

/* -- catching up ----------------------------------------------------------- */

void
hub_socket_catch_up(struct hub *h, struct hub_socket *s)
{
	s->cursor = (struct up_pair){0, 0};
	s->nwithheld = 0;
	hub_ask_replay(h, s);
}

/*
 * What else a socket may have missed since when.  A hub that was never sure to
 * hear everything knows no such time, but not more than since it is open; that
 * may be what was to follow its hello.
 */
static int64_t
missed_since(const struct hub *h, const struct hub_socket *s)
{
	return h->lost_ms != 0 ? h->lost_ms : s->opened_ms;
}

/* A whole list at a time: those that move to the end of it come only once. */
static void
catch_up_all(struct hub *h, enum hub_state state)
{
	struct hub_socket *last = TAILQ_LAST(&h->waiting[state], hub_list);
	struct hub_socket *s, *next;

	for (s = TAILQ_FIRST(&h->waiting[state]); s != NULL; s = next) {
		next = s == last ? NULL : TAILQ_NEXT(s, by_wait);
		if (state == HUB_PENDING)
			hub_ask_connect(h, s);
		else {
			if (s->since_ms == 0)
				s->since_ms = missed_since(h, s);
			hub_socket_catch_up(h, s);
		}
		arena_reset(h->arena);
	}
}

static void
on_resync(void *ctx)
{
	struct hub *h = ctx;

	h->resync_timer = NULL;
	metric_add(METRIC_HUB_RESYNCS, 1);
	log_info("hub.resync", LOG_INT("sockets", h->nsockets));
	hub_announce(h);
	catch_up_all(h, HUB_PENDING);
	catch_up_all(h, HUB_REPLAY);
	catch_up_all(h, HUB_LIVE);
}

void
hub_resync(struct hub *h)
{
	if (h->resync_timer != NULL)
		return;
	if (h->intact_ms > HUB_SLACK_MS)
		h->lost_ms = h->intact_ms - HUB_SLACK_MS;
	h->resync_timer = loop_timer(h->loop, HUB_RESYNC_MS, 0, on_resync, h);
}

void
hub_connected(struct hub *h)
{
	/* Before anybody who comes until then is spoken of. */
	hub_announce(h);
	hub_resync(h);
}

/* -- time ------------------------------------------------------------------ */

/* The first of a list if it has stood there for so long. */
static struct hub_socket *
overdue(struct hub *h, enum hub_state state, int64_t ms)
{
	struct hub_socket *s = TAILQ_FIRST(&h->waiting[state]);

	return s != NULL && loop_now_ms(h->loop) - s->wait_since_ms >= ms
		   ? s
		   : NULL;
}

static void
end_silent(struct hub *h)
{
	int64_t		   now = loop_now_ms(h->loop);
	struct hub_socket *s;

	while ((s = TAILQ_FIRST(&h->quiet)) != NULL &&
	       now - s->quiet_since_ms >= 2 * h->heartbeat_ms)
		hub_socket_free(h, s);
}

void
hub_live(struct hub *h, bool is_live)
{
	h->is_live = is_live;
}

void
hub_tick(struct hub *h)
{
	int64_t		   now = loop_now_ms(h->loop);
	struct hub_socket *s;

	while ((s = overdue(h, HUB_PENDING, HUB_ANSWER_MS)) != NULL)
		hub_socket_refuse(h, s, "unavailable");
	while ((s = overdue(h, HUB_CLOSING, HUB_CLOSING_MS)) != NULL)
		hub_socket_free(h, s);
	while ((s = overdue(h, HUB_REPLAY, HUB_ANSWER_MS)) != NULL)
		if (s->wants_room)
			hub_socket_state(h, s, HUB_REPLAY); /* it is his turn */
		else
			hub_ask_replay(h, s); /* on from where it stands */
	end_silent(h);
	if (now - h->beat_ms >= PRESENCE_BEAT_MS) {
		h->beat_ms = now;
		hub_beat(h);
	}
	arena_reset(h->arena);
}
