/* SPDX-License-Identifier: MIT */
/*
 * group_invite.c -- People who are no contacts are asked in, within bounds.
 *
 * An invitation reaches somebody who did not ask for it.  So one person may
 * send so many in a day, and so many may wait for one.  Both are counted under
 * the locks of all whom it concerns, taken in the order of their ids.  Who may
 * be asked at all is judged before: see group_add.c.
 */
#include "base/arena.h"
#include "base/config.h"
#include "conversation/group_change.h"
#include "conversation/store_entry.h"
#include "data/app.h"
#include "web/web.h"

enum { DAY_MS = 24 * 3600 * 1000 };

int
group_count_hold(struct db *db, const struct group_change *x,
    const uint64_t *ids, size_t n, struct err *e)
{
	uint64_t *all = arena_alloc(x->arena, (n + 1) * sizeof(*all));
	size_t	  at = 0;

	while (at < n && ids[at] < x->actor.id)
		at++;
	for (size_t i = 0; i < n; i++)
		all[i < at ? i : i + 1] = ids[i];
	all[at] = x->actor.id;
	return entry_store_hold(
	    db, x->arena, all, n + 1, (uint64_t)(x->now_ms / DAY_MS), e);
}

/* Those for whom too many wait. */
static int
spare_the_busy(struct db *db, const struct group_change *x, const uint64_t *ids,
    size_t n, enum group_addition *fate, struct err *e)
{
	uint64_t max =
	    (uint64_t)config_int(x->app->config, "group.invitations_pending");
	uint64_t *waiting = arena_alloc(x->arena, n * sizeof(*waiting));

	if (entry_store_waiting(db, x->arena, ids, n, waiting, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		fate[i] = waiting[i] < max ? ADDITION_INVITED : ADDITION_FULL;
	return 0;
}

/* Of those left, as many as the actor may still invite today. */
static int
ration(struct db *db, const struct group_change *x, size_t n,
    enum group_addition *fate, struct err *e)
{
	unsigned max =
	    (unsigned)config_int(x->app->config, "group.invitations_per_day");
	unsigned want = 0, granted = 0;

	for (size_t i = 0; i < n; i++)
		want += fate[i] == ADDITION_INVITED;
	if (want == 0 || !config_bool(x->app->config, "rate_limit.enabled"))
		return 0;
	if (entry_store_ration(
		db, x->arena, x->actor.id, want, max, &granted, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (fate[i] == ADDITION_INVITED && granted > 0)
			granted--;
		else if (fate[i] == ADDITION_INVITED)
			fate[i] = ADDITION_LIMITED;
	return 0;
}

int
group_ration_wait_s(int64_t now_ms)
{
	return (int)((DAY_MS - now_ms % DAY_MS + 999) / 1000);
}

int
group_invite(struct db *db, struct group_change *x, const uint64_t *ids,
    size_t n, enum group_addition *fate, struct err *e)
{
	uint64_t *asked = arena_alloc(x->arena, n * sizeof(*asked));
	size_t	  nasked = 0;

	if (group_count_hold(db, x, ids, n, e) == -1 ||
	    spare_the_busy(db, x, ids, n, fate, e) == -1 ||
	    ration(db, x, n, fate, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (fate[i] == ADDITION_INVITED)
			asked[nasked++] = ids[i];
	if (nasked == 0)
		return 0;
	if (entry_store_invite(db, x->arena, x->conv_id, asked, nasked,
		x->actor.id, x->now_ms, e) == -1 ||
	    group_tell_staff(db, x, "invited",
		json_pack("{s:o}", "user_ids", json_ids(asked, nasked)),
		e) == -1)
		return -1;
	return group_tell_users(db, x, asked, nasked, "conversation", "invited",
	    json_pack("{s:s, s:o}", "title", x->g.title, "by",
		group_name_json(x->arena, &x->actor)),
	    e);
}
