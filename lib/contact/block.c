/* SPDX-License-Identifier: MIT */
/*
 * block.c -- Use cases: somebody bars another, or no longer.
 *
 * A block ends the open request between the two and their invitations to
 * groups, whoever sent them, and bars new ones, messages and calls both ways;
 * it removes nothing else.  Who is barred is not told: the request just ends.
 *
 * Who was barred may bar in turn, but must not learn by it who it is: the list
 * of blocks keeps of each whether they were known when it was made.
 */
#include "account/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/str.h"
#include "contact/event.h"
#include "contact/expire.h"
#include "contact/store.h"
#include "conversation/group.h"
#include "data/app.h"
#include "data/db.h"
#include "delivery/outbox.h"
#include "presence/presence.h"

struct blocking {
	struct arena	    *arena;
	uint64_t	     me, them;
	const struct people *people; /* me, them */
	bool		     have_met;
	int64_t		     now_ms, open_since_ms;
};

/* Theirs counts as rejected, the own one as withdrawn. */
static int
end_request(struct db *db, const struct blocking *b,
    const struct contact_bond *bond, struct err *e)
{
	struct contact_request r;
	int		       found;

	if (bond->expired_id != 0)
		return request_expire_id(
		    db, b->arena, bond->expired_id, b->people, b->now_ms, e);
	if (bond->request_id == 0)
		return 0;
	found =
	    contact_store_request_find(db, b->arena, bond->request_id, &r, e);
	if (found != 1)
		return found;
	r.status = bond->request_is_mine ? CONTACT_CANCELLED : CONTACT_REJECTED;
	if (contact_store_request_decide(db, r.id, r.status, b->now_ms, e) ==
	    -1)
		return -1;
	return contact_event_request(db, b->arena,
	    bond->request_is_mine ? "cancelled" : "rejected", &r, b->people,
	    b->now_ms, e);
}

/* The own devices; the other only sees the presence go. */
static int
tell_blocked(struct db *db, const struct blocking *b,
    const struct contact_blocked *blocked, struct err *e)
{
	if (sync_mark(db, b->me, SYNC_BLOCK, b->them, e) == -1 ||
	    contact_event(db, b->arena, b->me, "blocked", "block",
		blocked_json(b->arena, blocked, b->people), b->now_ms, e) == -1)
		return -1;
	return presence_between(db, b->me, b->them, b->now_ms, e);
}

static int
block_body(struct db *db, void *ctx, struct err *e)
{
	struct blocking	      *b = ctx;
	struct contact_blocked blocked = {b->them, b->now_ms, b->have_met};
	struct contact_bond    bond;

	if (contact_pair_lock(db, b->me, b->them, e) == -1 ||
	    contact_store_bonds(db, b->arena, b->me, &b->them, 1,
		b->open_since_ms, &bond, e) == -1)
		return -1;
	if (bond.blocked_by_me)
		return 0;
	if (bond.is_contact ||
	    contact_may_find(&bond, b->people->users[1].hidden))
		blocked.is_known = true;
	if (contact_store_block(db, b->me, &blocked, e) == -1 ||
	    contact_pair_settle(db, b->arena, b->me, b->them, e) == -1 ||
	    end_request(db, b, &bond, e) == -1 ||
	    group_invitations_cut(db, b->arena, b->me, b->them, b->now_ms, e) ==
		-1)
		return -1;
	return tell_blocked(db, b, &blocked, e);
}

/*
 * Whom the user may not know of is not to be blocked: an answer would tell that
 * they are there.  But whoever can write to the user can be barred, hidden or
 * not; and so can who blocked the user, for that is told.
 */
static int
may_block(struct app *app, const struct blocking *b, bool *may_r, struct err *e)
{
	const struct user  *them = &b->people->users[1];
	struct contact_bond bond;

	*may_r = false;
	if (them->id == 0)
		return 0;
	if (contact_bond_get(app, b->arena, b->me, b->them, &bond, e) == -1)
		return -1;
	*may_r = b->have_met || contact_may_find(&bond, them->hidden) ||
		 contact_is_barred(&bond);
	return 0;
}

int
contact_block(
    struct app *app, struct arena *a, uint64_t me, uint64_t them, struct err *e)
{
	const uint64_t	ids[] = {me, them};
	struct people	people;
	struct blocking b = {
	    .arena = a,
	    .me = me,
	    .them = them,
	    .people = &people,
	    .now_ms = clock_ms(),
	    .open_since_ms = contact_open_since(app),
	};
	bool may;
	int  met;

	if (me == them)
		return err_field(
		    e, "user_id", "self", "You cannot block yourself.");
	if (people_load(app, a, ids, 2, &people, e) == -1 ||
	    (met = conversation_have_met(app, a, me, them, e)) == -1)
		return -1;
	b.have_met = met == 1;
	if (may_block(app, &b, &may, e) == -1)
		return -1;
	if (!may)
		return err_set(
		    e, ERR_NOT_FOUND, "not_found", "There is no such user.");
	if (tx_run(app->db, block_body, &b, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

static int
unblock_body(struct db *db, void *ctx, struct err *e)
{
	struct blocking *b = ctx;
	int		 removed;

	if (contact_pair_lock(db, b->me, b->them, e) == -1)
		return -1;
	removed = contact_store_unblock(db, b->me, b->them, e);
	if (removed != 1)
		return removed;
	if (contact_pair_settle(db, b->arena, b->me, b->them, e) == -1)
		return -1;
	if (contact_event_person(db, b->arena, b->me, "unblocked", SYNC_BLOCK,
		b->them, b->now_ms, e) == -1)
		return -1;
	return presence_between(db, b->me, b->them, b->now_ms, e);
}

int
contact_unblock(
    struct app *app, struct arena *a, uint64_t me, uint64_t them, struct err *e)
{
	struct blocking b = {
	    .arena = a, .me = me, .them = them, .now_ms = clock_ms()};
	struct contact_bond bond;

	/* Asked before the lock, whose row nobody needs with a stranger. */
	if (contact_bond_get(app, a, me, them, &bond, e) == -1)
		return -1;
	if (!bond.blocked_by_me)
		return 0;
	if (tx_run(app->db, unblock_body, &b, e) == -1)
		return -1;
	outbox_nudge(app);
	return 0;
}

int
contact_block_list(struct app *app, struct arena *a, uint64_t me,
    const struct contact_page *page, struct contact_blocked **list_r,
    size_t *n_r, const char **next_r, struct err *e)
{
	int64_t after = 0;

	if (page->cursor != NULL &&
	    cursor_parse(page->cursor, &after, 1, e) == -1)
		return -1;
	if (contact_store_block_page(app->db, a, me, (uint64_t)after,
		page->limit + 1, list_r, n_r, e) == -1)
		return -1;
	*next_r = NULL;
	if (*n_r > page->limit) {
		*n_r = page->limit;
		*next_r = id_text(a, (*list_r)[*n_r - 1].user_id);
	}
	return 0;
}
