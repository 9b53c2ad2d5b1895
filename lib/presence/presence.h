/* SPDX-License-Identifier: MIT */
/*
 * presence.h -- Who is there, as others may see it.
 *
 * Each node keeps the set node:{id}:online of its users, and one heartbeat key
 * node:{id}:alive; whoever is in the set of a live node is online.  What a
 * user chose (away, busy, invisible) colours it.  Without Redis: offline.
 */
#ifndef PARLEY_PRESENCE_PRESENCE_H
#define PARLEY_PRESENCE_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct db;
struct err;

/*
 * The status others see of n users: "online" "away" "busy" "offline"; one
 * round trip to Redis.  chosen[i] is the user's own choice.  Never fails.
 */
void presence_of(struct app *, struct arena *, const uint64_t *user_ids,
    const char *const *chosen, size_t n, const char **status_r);

/*
 * The user chose another presence: tells the contacts once the caller's
 * transaction commits (follow it with outbox_nudge()).
 */
int
presence_changed(struct db *, uint64_t user_id, int64_t now_ms, struct err *);

/*
 * What stands between two people changed, or was told: each learns how the
 * other looks now (a "profile", and contacts presence), after what else the
 * caller's transaction tells them.
 */
int presence_between(
    struct db *, uint64_t a, uint64_t b, int64_t now_ms, struct err *);

/*
 * How somebody with a device, or without, looks to others who chose chosen:
 * "online" "away" "busy" "offline".
 */
const char *presence_shown(const char *chosen, bool has_device);

#endif
