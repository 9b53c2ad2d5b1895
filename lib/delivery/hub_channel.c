/* SPDX-License-Identifier: MIT */
/*
 * hub_channel.c -- What deliver says: frames for users, answers for sockets.
 *
 * A socket that catches up gets its conversations in the order of their ids,
 * each up to what is stored by then.  So a live message of a conversation
 * whose turn is still to come is not written: the replay will bring it.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/metrics.h"
#include "delivery/hub_private.h"
#include "delivery/lease.h"

/* Has the replay brought all there was of the conversation? */
static bool
is_caught_up(const struct hub_socket *s, uint64_t conv_id)
{
	return s->state == HUB_LIVE || conv_id < s->cursor.conv_id ||
	       (conv_id == s->cursor.conv_id && s->cursor.seq == UINT64_MAX);
}

/*
 * The replay is to bring it; but who reads the replay from the history need
 * not be the deliver that this comes from, and may have read before it was
 * there.  So the end of the replay is where that is seen.
 */
static void
withhold(struct hub_socket *s, const struct wire_record *r)
{
	size_t i = 0;

	while (i < s->nwithheld && s->withheld[i].conv_id != r->conv_id)
		i++;
	if (i == HUB_WITHHELD_MAX)
		return; /* there are more than these: see is_behind() */
	s->withheld[i] = (struct up_pair){r->conv_id, r->seq};
	if (i == s->nwithheld)
		s->nwithheld++;
}

static bool
is_behind(const struct hub_socket *s)
{
	for (size_t i = 0; i < s->nwithheld; i++)
		if (seen_judge(&s->seen, s->withheld[i].conv_id,
			s->withheld[i].seq) != SEEN_REPEAT)
			return true;
	return s->nwithheld == HUB_WITHHELD_MAX;
}

static void
give_live(struct hub *h, struct hub_socket *s, const struct wire_record *r)
{
	if (s->state == HUB_PENDING || s->state == HUB_CLOSING)
		return;
	if (r->seq == 0) {
		hub_socket_gather(h, s, r->frame, r->frame_len);
		return;
	}
	if (!is_caught_up(s, r->conv_id)) {
		withhold(s, r);
		return;
	}
	switch (seen_judge(&s->seen, r->conv_id, r->seq)) {
	case SEEN_REPEAT:
		metric_add(METRIC_HUB_DROPPED, 1);
		break;
	case SEEN_GAP:
		hub_socket_catch_up(h, s);
		break;
	case SEEN_NEW:
		seen_note(&s->seen, r->conv_id, r->seq);
		hub_socket_gather(h, s, r->frame, r->frame_len);
		break;
	}
}

static void
to_users(struct hub *h, const struct wire_record *r)
{
	for (size_t i = 0; i < r->ntargets; i++) {
		struct hub_user	  *u = map_get(h->users, wire_target(r, i));
		struct hub_socket *s, *next;

		for (s = u == NULL ? NULL : LIST_FIRST(&u->sockets); s != NULL;
		     s = next) {
			next = LIST_NEXT(s, of_user);
			if (r->arg == 0 || s->session_id != r->arg)
				give_live(h, s, r);
		}
	}
}

/* The world channel: one record, however many are here. */
static void
to_all(struct hub *h, const struct wire_record *r)
{
	size_t	 at = 0;
	uint64_t id;
	void	*value;

	while (map_next(h->sockets, &at, &id, &value)) {
		struct hub_socket *s = value;

		if (r->arg == 0 || s->session_id != r->arg)
			give_live(h, s, r);
	}
}

/* The session has ended: its sockets are told, and close. */
static void
to_session(struct hub *h, const struct wire_record *r)
{
	struct hub_user	  *u = map_get(h->users, wire_target(r, 0));
	struct hub_socket *s, *next;

	for (s = u == NULL ? NULL : LIST_FIRST(&u->sockets); s != NULL;
	     s = next) {
		next = LIST_NEXT(s, of_user);
		if (s->session_id != r->arg)
			continue;
		if (s->state == HUB_PENDING)
			hub_socket_refuse(h, s, "unauthorized");
		else
			hub_socket_end(h, s, r->frame, r->frame_len);
	}
}

/* Part of a replay: no gap is looked for, for it says where to start. */
static void
give_replay(struct hub *h, struct hub_socket *s, const struct wire_record *r)
{
	if (r->seq != 0) {
		if (seen_judge(&s->seen, r->conv_id, r->seq) == SEEN_REPEAT)
			return;
		seen_note(&s->seen, r->conv_id, r->seq);
	}
	hub_socket_gather(h, s, r->frame, r->frame_len);
}

static void
welcome(struct hub *h, struct hub_socket *s)
{
	char	   frame[256];
	struct err e = {0};
	int	   n;

	n = snprintf(frame, sizeof(frame),
	    "{\"event\":\"hello\",\"data\":{\"session_id\":\"%llu\","
	    "\"node\":\"%s\",\"heartbeat_s\":%lld}}\n",
	    (unsigned long long)s->session_id, h->node,
	    (long long)(h->heartbeat_ms / 1000));
	hub_socket_state(h, s, HUB_REPLAY);
	hub_socket_heard(h, s);
	if (hub_socket_write(h, s, frame, (size_t)n) && s->is_unheard &&
	    hub_socket_listen(h, s, &e) == -1)
		log_err("hub.watch", &e);
}

static void
cursor(struct hub *h, struct hub_socket *s, const struct wire_record *r)
{
	s->cursor = (struct up_pair){r->conv_id, r->seq};
	if (!hub_socket_put(h, s))
		return;
	if (s->out.len == 0)
		hub_ask_replay(h, s);
	else
		s->wants_room = true;
}

static void
to_socket(struct hub *h, const struct wire_record *r)
{
	struct hub_socket *s = map_get(h->sockets, wire_target(r, 0));

	if (s == NULL || s->state == HUB_CLOSING || s->request != r->arg)
		return;
	switch (r->kind) {
	case WIRE_WELCOME:
		if (s->state == HUB_PENDING)
			welcome(h, s);
		break;
	case WIRE_REFUSED:
		hub_socket_refuse(h, s, "unauthorized");
		break;
	case WIRE_STAND:
		seen_stand(&s->seen, r->conv_id, r->seq);
		break;
	case WIRE_CURSOR:
		cursor(h, s, r);
		break;
	case WIRE_END:
		s->since_ms = 0;
		if (is_behind(s))
			hub_socket_catch_up(h, s);
		else
			hub_socket_state(h, s, HUB_LIVE);
		break;
	default:
		give_replay(h, s, r);
	}
}

/*
 * Something was lost and a replay is about to be asked for.  Who were given
 * what came after it would seem to have the lost, too; so nothing that has a
 * place in an order is given until then, for the replay brings it all.
 */
static bool
must_wait(const struct hub *h, const struct wire_record *r)
{
	if (h->resync_timer == NULL)
		return false;
	switch (r->kind) {
	case WIRE_USERS:
	case WIRE_ALL:
		return r->seq != 0;
	case WIRE_SOCKET:
	case WIRE_STAND:
	case WIRE_CURSOR:
	case WIRE_END:
		return true;
	default:
		return false;
	}
}

/*
 * Does one speak who is not the owner any more?  He believes to have told us,
 * and may remove what he told; so everybody catches up from the history.
 */
static bool
is_stale(struct hub *h, const struct wire_record *r)
{
	if (r->fence == 0 || r->voice >= WIRE_VOICES)
		return false;
	if (!lease_is_stale(r->fence, h->fence[r->voice])) {
		h->fence[r->voice] = r->fence;
		return false;
	}
	metric_add(METRIC_HUB_STALE, 1);
	hub_resync(h);
	return true;
}

static void
take(struct hub *h, const struct wire_record *r)
{
	if (is_stale(h, r) || must_wait(h, r))
		return;
	switch (r->kind) {
	case WIRE_USERS:
		to_users(h, r);
		break;
	case WIRE_ALL:
		to_all(h, r);
		break;
	case WIRE_RESYNC:
		hub_resync(h);
		break;
	case WIRE_SESSION:
	case WIRE_SOCKET:
	case WIRE_WELCOME:
	case WIRE_REFUSED:
	case WIRE_STAND:
	case WIRE_CURSOR:
	case WIRE_END:
		if (r->ntargets != 1)
			break;
		if (r->kind == WIRE_SESSION)
			to_session(h, r);
		else
			to_socket(h, r);
		break;
	}
}

void
hub_message(struct hub *h, const char *data, size_t len)
{
	struct wire_reader reader;
	struct wire_record record;
	int		   rc;

	if (wire_open(&reader, data, len) == -1) {
		log_warn("hub.message.foreign", LOG_INT("bytes", len));
		return;
	}
	if (!wire_track(&h->tracker, reader.epoch, reader.counter,
		loop_now_ms(h->loop)))
		hub_resync(h);
	else
		h->intact_ms = clock_ms();
	while ((rc = wire_next(&reader, &record)) == 1)
		take(h, &record);
	hub_put_gathered(h);
	if (rc == -1) {
		log_warn("hub.message.broken", LOG_INT("bytes", len));
		hub_resync(h);
	}
	arena_reset(h->arena);
}
