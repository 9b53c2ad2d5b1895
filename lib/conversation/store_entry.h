/* SPDX-License-Identifier: MIT */
/*
 * store_entry.h -- What the ways into a group need stored.
 *
 * Invitations, requests to be let in, and links.  Changes belong under the
 * lock of the group's row.
 */
#ifndef PARLEY_CONVERSATION_STORE_ENTRY_H
#define PARLEY_CONVERSATION_STORE_ENTRY_H

#include "conversation/group.h"

struct db;
struct db_stmt;
struct sync_place;

/* Invites n people; who is invited already stays so. */
int entry_store_invite(struct db *, struct arena *, uint64_t conv_id,
    const uint64_t *ids, size_t n, uint64_t by_id, int64_t now_ms,
    struct err *);

/* 1 gone, 0 there was none, -1. */
int entry_store_uninvite(
    struct db *, uint64_t conv_id, uint64_t user_id, struct err *);

/* Those of a group after a user's id, or those of a user after a group's. */
int entry_store_invitations(struct db *, struct arena *, uint64_t conv_id,
    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
    struct err *);
int entry_store_invitations_of(struct db *, struct arena *, uint64_t user_id,
    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
    struct err *);

/*
 * Holds what is counted of n people, ids ascending, till the transaction ends:
 * what waits for them, what they wait for, and what they send on that day.
 */
int entry_store_hold(struct db *, struct arena *, const uint64_t *ids, size_t n,
    uint64_t day, struct err *);

/* How many invitations wait for each of n people, who are held. */
int entry_store_waiting(struct db *, struct arena *, const uint64_t *ids,
    size_t n, uint64_t *waiting_r, struct err *);

/*
 * Of so many invitations that the user, who is held, wants to send on that day
 * as many as max leaves of it: counted.
 */
int entry_store_ration(struct db *, struct arena *, uint64_t user_id,
    unsigned want, unsigned max, unsigned *granted_r, struct err *);

/* Takes away the invitations of two people to each other; tells which. */
int entry_store_cut(struct db *, struct arena *, uint64_t x, uint64_t y,
    struct sync_place **, size_t *n_r, struct err *);

/* Takes away all that waits outside a group. */
int entry_store_turn_away(struct db *, uint64_t conv_id, struct err *);

/* Takes away what waits for the user, and what the user waits for. */
int entry_store_forget(struct db *, uint64_t user_id, struct err *);

/* One request of a person; asking again changes its note. */
int entry_store_ask(struct db *, const struct group_asking *, struct err *);
int entry_store_unask(
    struct db *, uint64_t conv_id, uint64_t user_id, struct err *);
int entry_store_requests(struct db *, struct arena *, uint64_t conv_id,
    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
    struct err *);

int entry_store_requests_of(struct db *, struct arena *, uint64_t user_id,
    uint64_t after, unsigned limit, struct group_asking **, size_t *n_r,
    struct err *);
/* How many wait of the user's, who is held. */
int entry_store_asked(
    struct db *, struct arena *, uint64_t user_id, size_t *n_r, struct err *);

int entry_store_link_add(
    struct db *, struct group_link *, int64_t now_ms, struct err *);
/* Those not revoked nor over, newest first, before an id (0: all). */
int entry_store_links(struct db *, struct arena *, uint64_t conv_id,
    uint64_t before, int64_t now_ms, unsigned limit, struct group_link **,
    size_t *n_r, struct err *);
/* One, and whether it still works: 1, else 0. */
int entry_store_link(struct db *, struct arena *, uint64_t id, int64_t now_ms,
    struct group_link *, struct err *);
/* 1 counted, 0 it is over. */
int
entry_store_link_use(struct db *, uint64_t id, int64_t now_ms, struct err *);
int entry_store_link_revoke(
    struct db *, uint64_t conv_id, uint64_t id, int64_t now_ms, struct err *);

const struct db_stmt *link_statements(size_t *n_r);
const struct db_stmt *entry_statements(size_t *n_r);

#endif
