/* SPDX-License-Identifier: MIT */
/*
 * deliver_presence.h -- Who comes, who leaves, and who is told; for deliver's
 * files alone.
 *
 *	deliver_presence.c who came, and who is told
 *	deliver_leaver.c   who left, and when that is told
 *	deliver_chosen.c   who chose to look different
 *	deliver_node_life.c  nodes that begin, die and come back
 */
#ifndef PARLEY_DELIVERY_DELIVER_PRESENCE_H
#define PARLEY_DELIVERY_DELIVER_PRESENCE_H

#include "delivery/deliver_private.h"

struct redis_reply;

/* -- deliver_presence.c ---------------------------------------------------- */

/* A user's first socket of a node is there. */
int deliver_arrived(struct deliver *, uint64_t user_id, struct err *);

/* All contacts who are online are sent that the user has this status. */
int deliver_tell_contacts(
    struct deliver *, uint64_t user_id, const char *status, struct err *);

/* The number of nodes the user has a device on, or -1. */
int deliver_count_nodes(struct deliver *, uint64_t user_id, struct err *);

/* How somebody looks now, in frames of the step: none, for one who has left. */
struct look {
	const char *frame[3];
	size_t	    n;
};

/*
 * What one of two is to learn of the other: profile, and to contacts presence;
 * where a request waits, the own profile, too.  The caller hands it out, behind
 * what it is to correct.
 */
int deliver_look(struct deliver *, uint64_t to, uint64_t about,
    struct look *look_r, struct err *);
int deliver_look_tell(struct deliver *, const struct whereabouts *, uint64_t to,
    const struct look *, struct err *);

/*
 * After it was told of a pair, to and about: is it still so?  If not, it is
 * told once more, so that it is not older than what another deliver has told.
 */
int deliver_look_again(struct deliver *, const struct whereabouts *,
    const uint64_t *pair, struct look *, struct err *);

/*
 * The contacts' presence, for a socket that is new; or for one that may have
 * missed some, then of those who are away, too.
 */
int deliver_snapshot(
    struct deliver *, struct node *, const struct up *, struct err *);

/* -- deliver_leaver.c ------------------------------------------------------ */

/*
 * A user's last socket of a node went: by an entry, or by its node's set of
 * those who are gone.
 */
void deliver_left(struct deliver *, uint64_t user_id, const struct bus_entry *);

/* The same for one whose node died then: nobody waits for a return. */
void deliver_gone(struct deliver *, uint64_t user_id, int64_t left_ms);

/* Do we wait for whether this user comes back?  And: who was awaited is. */
bool deliver_awaits(const struct deliver *, uint64_t user_id);
int  deliver_returned(struct deliver *, uint64_t user_id, struct err *);

/*
 * Those who are away long enough look offline, and were last seen then; as many
 * as there is time for in a step.
 */
int  deliver_leavers(struct deliver *, struct err *);
void deliver_leavers_free(struct deliver *);

/* This shard is another's, who reads from the bus who left. */
void deliver_leavers_drop(struct deliver *, unsigned shard);

/* -- deliver_chosen.c ------------------------------------------------------ */

void deliver_choosers_init(struct deliver *);
void deliver_choosers_free(struct deliver *);

/*
 * The user looks different to all contacts.  *is_kept_r: it was too soon, and
 * will be told and done later.
 */
int deliver_chosen(struct deliver *, const struct delivery_event *,
    const struct bus_entry *, bool *is_kept_r, struct err *);

/* The bus hands everything out again: what was to be told is forgotten. */
void deliver_choosers_drop(struct deliver *);

/* Tells what is due, and when the next is. */
int	deliver_choosers(struct deliver *, struct err *);
int64_t deliver_choosers_due_ms(const struct deliver *);

/* -- deliver_node_life.c --------------------------------------------------- */

/* A hub begins anew, or is heard of again: whom it lost, and whom it has. */
int deliver_node_started(struct deliver *, const char *node, struct err *);

/* Of those who left a node, each of ours is looked after. */
void deliver_node_gone(struct deliver *, const struct redis_reply *set);

/* A node is heard of no more: its users went with it. */
int deliver_node_died(struct deliver *, const char *node, struct err *);

#endif
