/* SPDX-License-Identifier: MIT */
/*
 * mark.c -- "Look at this again", and how long that is worth keeping.
 *
 * Each mark takes a few old ones of the same scope away, so the table stays as
 * small as what happened of late, without anybody who goes through it.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "data/app.h"
#include "sync/store.h"

enum { RECENT_PAGE = 1000 };

static int
mark(struct db *db, unsigned scope, uint64_t scope_id, unsigned kind,
    uint64_t ref, struct err *e)
{
	int64_t kept_ms = (int64_t)SYNC_KEPT_DAYS * 24 * 60 * 60 * 1000;

	if (sync_store_mark(db, scope, scope_id, kind, ref, e) == -1)
		return -1;
	return sync_store_sweep(
	    db, scope, scope_id, clock_ms() - kept_ms - SYNC_WINDOW_MS, e);
}

int
sync_mark(struct db *db, uint64_t user_id, enum sync_kind kind, uint64_t ref,
    struct err *e)
{
	return mark(db, SYNC_OF_USER, user_id, (unsigned)kind, ref, e);
}

int
sync_mark_many(struct db *db, struct arena *a, const struct sync_place *places,
    size_t n, struct err *e)
{
	struct sync_stamp *stamps = arena_alloc(a, n * sizeof(*stamps));

	for (size_t i = 0; i < n; i++)
		stamps[i] = (struct sync_stamp){SYNC_OF_USER, places[i].user_id,
		    (unsigned)places[i].kind, places[i].ref};
	return n == 0 ? 0 : sync_store_mark_many(db, a, stamps, n, e);
}

int
sync_mark_in(struct db *db, uint64_t conv_id, uint64_t user_id, struct err *e)
{
	return mark(db, SYNC_IN_CONVERSATION, conv_id,
	    user_id != 0 ? SYNC_MEMBER : SYNC_CONVERSATION, user_id, e);
}

/* The list with n more behind its n_r. */
static void
append(struct arena *a, struct sync_place **list_r, size_t *n_r,
    uint64_t user_id, const struct sync_seen *marks, size_t n)
{
	struct sync_place *all = arena_alloc(a, (*n_r + n) * sizeof(*all));

	if (*n_r > 0)
		memcpy(all, *list_r, *n_r * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[(*n_r)++] = (struct sync_place){
		    user_id, (enum sync_kind)marks[i].kind, marks[i].ref};
	*list_r = all;
}

int
sync_recent(struct app *app, struct arena *a, uint64_t user_id,
    int64_t since_ms, struct sync_place **list_r, size_t *n_r, struct err *e)
{
	struct sync_seen  last = {0};
	struct sync_seen *marks;
	size_t		  n = RECENT_PAGE;

	*list_r = NULL;
	*n_r = 0;
	while (n == RECENT_PAGE) {
		if (sync_store_marks(app->db, a, user_id, since_ms, &last,
			RECENT_PAGE, &marks, &n, e) == -1)
			return -1;
		append(a, list_r, n_r, user_id, marks, n);
		if (n > 0)
			last = marks[n - 1];
	}
	return 0;
}

int
sync_mark_members(struct db *db, struct arena *a, uint64_t conv_id,
    const uint64_t *user_ids, size_t n, struct err *e)
{
	struct sync_stamp *stamps = arena_alloc(a, 2 * n * sizeof(*stamps));

	for (size_t i = 0; i < n; i++) {
		stamps[2 * i] = (struct sync_stamp){
		    SYNC_IN_CONVERSATION, conv_id, SYNC_MEMBER, user_ids[i]};
		stamps[2 * i + 1] = (struct sync_stamp){
		    SYNC_OF_USER, user_ids[i], SYNC_CONVERSATION, conv_id};
	}
	return n == 0 ? 0 : sync_store_mark_many(db, a, stamps, 2 * n, e);
}

int
sync_mark_member(struct db *db, struct arena *a, uint64_t user_id,
    const uint64_t *conv_ids, size_t n, struct err *e)
{
	struct sync_stamp *stamps = arena_alloc(a, n * sizeof(*stamps));

	for (size_t i = 0; i < n; i++)
		stamps[i] = (struct sync_stamp){
		    SYNC_IN_CONVERSATION, conv_ids[i], SYNC_MEMBER, user_id};
	return n == 0 ? 0 : sync_store_mark_many(db, a, stamps, n, e);
}

int
sync_mark_message(struct db *db, uint64_t conv_id, uint64_t seq, struct err *e)
{
	return mark(db, SYNC_IN_CONVERSATION, conv_id, SYNC_MESSAGE,
	    SYNC_MESSAGE_REF | seq, e);
}
