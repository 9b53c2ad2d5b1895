/* SPDX-License-Identifier: MIT */
/*
 * hub_up.c -- What the hub says: entries of up:{n}, and its keys in Redis.
 *
 * Everything is sent and forgotten.  What is lost while Redis is away is made
 * good when it is back: the node announces itself and each socket catches up;
 * a lost acknowledgement is covered by the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/str.h"
#include "data/bus.h"
#include "delivery/hub_private.h"
#include "delivery/up.h"
#include "presence/keys.h"

#define UP_LENGTH "100000" /* entries kept at most: the oldest may be lost */

enum { ANNOUNCE_BATCH = 500 };

static void
command(struct hub *h, size_t argc, const char *const *argv)
{
	size_t *len = arena_alloc(h->arena, argc * sizeof(*len));

	for (size_t i = 0; i < argc; i++)
		len[i] = strlen(argv[i]);
	(void)h->port.send(h->port.ctx, argc, argv, len);
}

static void
send_to(struct hub *h, unsigned shard, struct up *up)
{
	char	    stream[BUS_NAME_MAX];
	size_t	    len;
	const char *argv[] = {
	    "XADD", stream, "MAXLEN", "~", UP_LENGTH, "*", "e", NULL};

	snprintf(up->node, sizeof(up->node), "%s", h->node);
	bus_stream_name(BUS_UP, shard, stream);
	argv[7] = up_encode(h->arena, up, &len);
	command(h, sizeof(argv) / sizeof(argv[0]), argv);
}

/* The user's shard, so that all that one user's sockets say keeps its order. */
static void
send_up(struct hub *h, struct up *up)
{
	send_to(h, bus_shard(up->user_id, h->shards), up);
}

/* -- the node and its users ------------------------------------------------ */

void
hub_beat(struct hub *h)
{
	char	    key[PRESENCE_KEY_SIZE];
	const char *alive[] = {"SET", presence_key(key, h->node, "alive"), "1",
	    "EX", arena_printf(h->arena, "%d", PRESENCE_ALIVE_S)};
	const char *known[] = {"SADD", PRESENCE_NODES, h->node};

	command(h, 5, alive);
	command(h, 3, known);
}

/*
 * Who was here when we were last heard of, and is not now, goes into "gone":
 * deliver tells their contacts.  Each shard's owner hears of us before it
 * hears of anybody here.
 */
void
hub_announce(struct hub *h)
{
	char	    online[PRESENCE_KEY_SIZE], gone[PRESENCE_KEY_SIZE];
	const char *join[] = {"SUNIONSTORE", gone, gone, online};
	const char *clear[] = {"DEL", online};
	const char *stay[] = {"SDIFFSTORE", gone, gone, online};
	const char *add[2 + ANNOUNCE_BATCH] = {"SADD", online, PRESENCE_MARK};
	struct up   started = {.kind = UP_STARTED};
	size_t	    at = 0, n = 3;
	uint64_t    id;
	void	   *value;

	presence_key(online, h->node, "online");
	presence_key(gone, h->node, "gone");
	hub_beat(h);
	command(h, 4, join);
	command(h, 2, clear);
	while (map_next(h->users, &at, &id, &value)) {
		add[n++] = id_text(h->arena, id);
		if (n == 2 + ANNOUNCE_BATCH) {
			command(h, n, add);
			n = 2;
		}
	}
	if (n > 2)
		command(h, n, add);
	command(h, 4, stay);
	for (unsigned shard = 0; shard < h->shards; shard++)
		send_to(h, shard, &started);
}

void
hub_user_online(struct hub *h, uint64_t user_id)
{
	char	    key[PRESENCE_KEY_SIZE];
	const char *argv[] = {"SADD", presence_key(key, h->node, "online"),
	    id_text(h->arena, user_id)};

	command(h, 3, argv);
}

void
hub_user_offline(struct hub *h, uint64_t user_id)
{
	struct up   up = {.kind = UP_OFFLINE, .user_id = user_id};
	char	    online[PRESENCE_KEY_SIZE], gone[PRESENCE_KEY_SIZE];
	const char *leave[] = {
	    "SMOVE", online, gone, id_text(h->arena, user_id)};

	presence_key(online, h->node, "online");
	presence_key(gone, h->node, "gone");
	command(h, 4, leave);
	send_up(h, &up);
}

/* -- sockets --------------------------------------------------------------- */

static void
flush_all_acks(struct hub *h)
{
	while (!TAILQ_EMPTY(&h->acking))
		hub_flush_acks(h, TAILQ_FIRST(&h->acking));
}

/*
 * Is none of the user's sockets here welcomed yet?  One that still waits for
 * its answer may be refused, and then nobody was told of the user.
 */
static bool
is_first(const struct hub_socket *s)
{
	const struct hub_socket *one;

	LIST_FOREACH(one, &s->user->sockets, of_user)
	if (one->is_quiet_listed)
		return false;
	return true;
}

void
hub_ask_connect(struct hub *h, struct hub_socket *s)
{
	struct up up = {.kind = UP_CONNECT,
	    .socket = s->id,
	    .session_id = s->session_id,
	    .user_id = s->user->id};

	/* What the device acknowledged on its last socket counts already. */
	flush_all_acks(h);
	s->opened_ms = clock_ms();
	up.opened_ms = (uint64_t)s->opened_ms;
	up.request = s->request = ++h->last_request;
	up.is_first = is_first(s);
	send_up(h, &up);
}

void
hub_ask_replay(struct hub *h, struct hub_socket *s)
{
	struct up up = {.kind = UP_REPLAY,
	    .socket = s->id,
	    .session_id = s->session_id,
	    .user_id = s->user->id,
	    .opened_ms = (uint64_t)s->opened_ms,
	    .since_ms = (uint64_t)s->since_ms,
	    .at = s->cursor};

	hub_flush_acks(h, s);
	s->wants_room = false;
	hub_socket_state(h, s, HUB_REPLAY);
	up.request = s->request = ++h->last_request;
	up.pairs = arena_alloc(h->arena, (s->seen.n + 1u) * sizeof(*up.pairs));
	for (unsigned i = 0; i < s->seen.n; i++)
		if (s->seen.range[i].conv_id >= s->cursor.conv_id)
			up.pairs[up.npairs++] = (struct up_pair){
			    s->seen.range[i].conv_id, s->seen.range[i].last};
	send_up(h, &up);
}

void
hub_typing(struct hub *h, struct hub_socket *s, uint64_t conv_id)
{
	struct up up = {.kind = UP_TYPING,
	    .session_id = s->session_id,
	    .user_id = s->user->id,
	    .at = {conv_id, 0}};

	send_up(h, &up);
}

/* -- acknowledgements ------------------------------------------------------ */

void
hub_flush_acks(struct hub *h, struct hub_socket *s)
{
	struct up up = {.kind = UP_ACK,
	    .session_id = s->session_id,
	    .user_id = s->user->id,
	    .pairs = s->acks,
	    .npairs = s->nacks};

	if (!s->is_ack_listed)
		return;
	send_up(h, &up);
	TAILQ_REMOVE(&h->acking, s, by_ack);
	s->is_ack_listed = false;
	free(s->acks);
	s->acks = NULL;
	s->nacks = 0;
}

static void
on_ack_timer(void *ctx)
{
	struct hub *h = ctx;

	h->ack_timer = NULL;
	flush_all_acks(h);
	arena_reset(h->arena);
}

static void
gather_ack(struct hub *h, struct hub_socket *s)
{
	s->acks = calloc(HUB_ACKS_MAX, sizeof(*s->acks));
	if (s->acks == NULL)
		abort();
	s->is_ack_listed = true;
	TAILQ_INSERT_TAIL(&h->acking, s, by_ack);
	if (h->ack_timer == NULL)
		h->ack_timer =
		    loop_timer(h->loop, h->ack_flush_ms, 0, on_ack_timer, h);
}

/* Makes room for another conversation, as often as one user may ask. */
static bool
make_room(struct hub *h, struct hub_socket *s)
{
	struct hub_user *u = s->user;
	int64_t		 now = loop_now_ms(h->loop);

	if (now - u->full_ms >= HUB_FULL_MS) {
		u->full_ms = now;
		u->nfull = 0;
	}
	if (u->nfull++ >= HUB_FULL_MAX) {
		hub_socket_refuse(h, s, "rate_limited");
		return false;
	}
	hub_flush_acks(h, s);
	return true;
}

bool
hub_ack(struct hub *h, struct hub_socket *s, uint64_t conv_id, uint64_t seq)
{
	for (unsigned i = 0; i < s->nacks; i++)
		if (s->acks[i].conv_id == conv_id) {
			if (s->acks[i].seq < seq)
				s->acks[i].seq = seq;
			return true;
		}
	if (s->nacks == HUB_ACKS_MAX && !make_room(h, s))
		return false;
	if (!s->is_ack_listed)
		gather_ack(h, s);
	s->acks[s->nacks++] = (struct up_pair){conv_id, seq};
	return true;
}
