/* SPDX-License-Identifier: MIT */
/*
 * store_group.h -- What groups need stored, in the context's words.
 *
 * Those that change something belong into a transaction that holds the
 * conversation's row (group_store_get() with locks): it orders everything.
 */
#ifndef PARLEY_CONVERSATION_STORE_GROUP_H
#define PARLEY_CONVERSATION_STORE_GROUP_H

#include "conversation/group.h"
#include "conversation/rules.h"

struct db_stmt;

/* A conversation's row, as far as groups and the world are concerned. */
struct group_state {
	uint64_t		   id;
	enum conversation_type	   type;
	enum conversation_status   status;
	const char		  *title;
	struct conversation_shared shared;
	uint64_t		   last_seq, members_version;
	int64_t			   created_ms;
};

/* 1 found, 0 none, -1; locks: to the end of the transaction. */
int group_store_get(struct db *, struct arena *, uint64_t conv_id, bool locks,
    struct group_state *, struct err *);

/* What n people are in it; the standings lack what the group decides. */
struct group_person {
	struct group_member	     member; /* role MEMBER_NONE: none */
	struct conversation_standing standing;
	bool			     has_asked; /* to be let in */
};
int group_store_people(struct db *, struct arena *, uint64_t conv_id,
    const uint64_t *ids, size_t n, struct group_person *people_r, struct err *);

/* conversation_standings(), all of one query. */
int group_store_standings(struct db *, struct arena *,
    const struct conversation_seat *, size_t n,
    struct conversation_standing *standings_r, struct err *);

/* A new group; members are added apart. */
int group_store_make(
    struct db *, struct group_state *, int64_t now_ms, struct err *);

/* Writes what the row says now: settings, status, counts and version. */
int group_store_put(struct db *, const struct group_state *, struct err *);

/* Something moved in n groups that their rows do not hold: for GET /sync. */
int group_store_touch(
    struct db *, struct arena *, const uint64_t *ids, size_t n, struct err *);

/* Members from here on; whatever had them waiting outside is forgotten. */
int group_store_enter(struct db *, struct arena *, const struct group_state *,
    const struct group_member *, size_t n, struct err *);

/* 1 gone, 0 there was no such member; they are remembered as former ones. */
int group_store_leave(struct db *, uint64_t conv_id, uint64_t user_id,
    bool was_kicked, int64_t now_ms, struct err *);

int group_store_member_put(
    struct db *, uint64_t conv_id, const struct group_member *, struct err *);

/* Members by rank after a mark (role MEMBER_NONE: from the start). */
int group_store_members(struct db *, struct arena *, uint64_t conv_id,
    const struct group_member *mark, unsigned limit, struct group_member **,
    size_t *n_r, struct err *);

/* Owner and admins that have one of these permissions. */
int group_store_staff(struct db *, struct arena *, uint64_t conv_id,
    unsigned permissions, const uint64_t **ids_r, size_t *n_r, struct err *);

/* Groups of a user with ids above after, ascending. */
int group_store_of_user(struct db *, struct arena *, uint64_t user_id,
    uint64_t after, unsigned limit, const uint64_t **ids_r, size_t *n_r,
    struct err *);

int group_store_ban(
    struct db *, uint64_t conv_id, const struct group_ban *, struct err *);
/* 1 lifted, 0 there was none. */
int group_store_unban(
    struct db *, uint64_t conv_id, uint64_t user_id, struct err *);
int
group_store_bans(struct db *, struct arena *, uint64_t conv_id, uint64_t after,
    unsigned limit, struct group_ban **, size_t *n_r, struct err *);

/* All SQL of it, for the test that prepares it on a fresh schema. */
const struct db_stmt *group_statements(size_t *n_r);
const struct db_stmt *member_statements(size_t *n_r);

#endif
