/* SPDX-License-Identifier: MIT */
/*
 * presence.c -- Use cases: who is there, and somebody looks different now.
 *
 * One script asks all live nodes in one trip.  Who has just left is there: the
 * contacts are told only when nobody comes back in time.  Without Redis nobody
 * is known to be there, and nobody waits to find that out.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "data/app.h"
#include "data/redis.h"
#include "delivery/outbox.h"
#include "presence/keys.h"
#include "presence/presence.h"

enum { ASK_MAX = 1000 }; /* what Lua's unpack() surely takes */

static const char script[] =
    "local there = {} "
    "for i = 1, #ARGV do there[i] = 0 end "
    "for _, n in ipairs(redis.call('SMEMBERS', KEYS[1])) do "
    " if redis.call('EXISTS', 'node:' .. n .. ':alive') == 1 then "
    "  for _, set in ipairs({':online', ':gone'}) do "
    "   local m = redis.call('SMISMEMBER', 'node:' .. n .. set,"
    "    unpack(ARGV)) "
    "   for i = 1, #m do if m[i] == 1 then there[i] = 1 end end "
    "  end "
    " end "
    "end "
    "return there";

const char *
presence_shown(const char *chosen, bool has_device)
{
	if (!has_device || (chosen != NULL && strcmp(chosen, "invisible") == 0))
		return "offline";
	return chosen == NULL || *chosen == '\0' ? "online" : chosen;
}

/* Whether each of at most ASK_MAX users has a device. */
static void
ask(struct app *app, struct arena *a, const uint64_t *ids, size_t n,
    bool *there_r)
{
	const char	 **argv = arena_alloc(a, (n + 4) * sizeof(*argv));
	size_t		  *len = arena_alloc(a, (n + 4) * sizeof(*len));
	struct redis_reply reply;
	struct err	   e = {0};

	argv[0] = "EVAL";
	argv[1] = script;
	argv[2] = "1";
	argv[3] = PRESENCE_NODES;
	for (size_t i = 0; i < n; i++)
		argv[i + 4] = id_text(a, ids[i]);
	for (size_t i = 0; i < n + 4; i++)
		len[i] = strlen(argv[i]);
	if (redis_call_argv(app->redis, a, &reply, 0, n + 4, argv, len, &e) ==
		-1 ||
	    reply.type != REDIS_ARRAY || reply.n != n)
		return; /* all of them look away */
	for (size_t i = 0; i < n; i++)
		there_r[i] = reply.element[i].integer == 1;
}

void
presence_of(struct app *app, struct arena *a, const uint64_t *user_ids,
    const char *const *chosen, size_t n, const char **status_r)
{
	bool *there = arena_alloc(a, n * sizeof(*there));

	for (size_t i = 0; i < n; i += ASK_MAX)
		ask(app, a, user_ids + i, n - i < ASK_MAX ? n - i : ASK_MAX,
		    there + i);
	for (size_t i = 0; i < n; i++)
		status_r[i] = presence_shown(chosen[i], there[i]);
}

int
presence_changed(struct db *db, uint64_t user_id, int64_t now_ms, struct err *e)
{
	struct outbox_event event = {
	    .key = user_id, .audience = OUTBOX_PRESENCE, .users = {user_id}};

	return outbox_add(db, &event, 1, now_ms, e);
}

/* Keyed by who is told, so that it follows what that one was told before. */
int
presence_between(
    struct db *db, uint64_t a, uint64_t b, int64_t now_ms, struct err *e)
{
	const struct outbox_event events[] = {
	    {.key = a, .audience = OUTBOX_PRESENCE, .users = {a, b}},
	    {.key = b, .audience = OUTBOX_PRESENCE, .users = {b, a}},
	};

	return outbox_add(db, events, 2, now_ms, e);
}
