/* SPDX-License-Identifier: MIT */
/*
 * moved.c -- Something moved in conversations that their rows do not hold.
 *
 * A member goes by another name, a message is not what it was: of the row only
 * the moment changes, which is what GET /sync goes by.  The rows of many are
 * locked in the order of their ids, and before that of the user, as by who
 * comes in.
 */
#include <string.h>

#include "base/arena.h"
#include "base/json_write.h"
#include "base/str.h"
#include "conversation/store_group.h"
#include "delivery/outbox.h"
#include "sync/sync.h"

enum { AT_ONCE = 100, GROUPS_MAX = 5000 };

static const char *
frame_of(struct arena *a, uint64_t conv_id, uint64_t user_id,
    const char *display_name)
{
	return json_write_new(a,
	    json_pack("{s:s, s:{s:s, s:s, s:s, s:s}}", "event", "member",
		"data", "action", "changed", "conv_id", id_text(a, conv_id),
		"user_id", id_text(a, user_id), "display_name", display_name));
}

static int
tell(struct db *db, struct arena *a, const uint64_t *ids, size_t n,
    uint64_t user_id, const char *display_name, int64_t now_ms, struct err *e)
{
	struct outbox_event *o = arena_alloc(a, n * sizeof(*o));

	for (size_t i = 0; i < n; i++) {
		o[i] = (struct outbox_event){
		    .key = ids[i],
		    .audience = OUTBOX_MEMBERS,
		    .conv_id = ids[i],
		    .members_version = OUTBOX_MEMBERS_NOW,
		    .frame = frame_of(a, ids[i], user_id, display_name),
		};
		o[i].frame_len = strlen(o[i].frame);
	}
	return outbox_add(db, o, n, now_ms, e);
}

int
conversation_member_renamed(struct db *db, struct arena *a, uint64_t user_id,
    const char *display_name, int64_t now_ms, struct err *e)
{
	const uint64_t *ids;
	uint64_t	after = 0;
	size_t		n = AT_ONCE;

	for (size_t told = 0; n == AT_ONCE && told < GROUPS_MAX; told += n) {
		if (group_store_of_user(
			db, a, user_id, after, AT_ONCE, &ids, &n, e) == -1)
			return -1;
		if (n == 0)
			return 0;
		if (group_store_touch(db, a, ids, n, e) == -1 ||
		    sync_mark_member(db, a, user_id, ids, n, e) == -1 ||
		    tell(db, a, ids, n, user_id, display_name, now_ms, e) == -1)
			return -1;
		after = ids[n - 1];
	}
	return 0;
}

int
conversation_message_changed(struct db *db, struct arena *a, uint64_t conv_id,
    uint64_t seq, struct err *e)
{
	if (group_store_touch(db, a, &conv_id, 1, e) == -1)
		return -1;
	return sync_mark_message(db, conv_id, seq, e);
}
