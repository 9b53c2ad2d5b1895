/* SPDX-License-Identifier: MIT */
/*
 * group_change.h -- What every change of a group begins and ends with.
 *
 * Begin: the row is locked, and what the caller is there is read under that
 * lock.  End: the row is written, the history says what happened, and open
 * sockets are told.
 */
#ifndef PARLEY_CONVERSATION_GROUP_CHANGE_H
#define PARLEY_CONVERSATION_GROUP_CHANGE_H

#include "account/account.h"
#include "conversation/store_group.h"

struct group_change {
	struct app	   *app;
	struct arena	   *arena;
	int64_t		    now_ms;
	uint64_t	    conv_id;
	struct user	    actor;
	struct group_state  g;
	struct group_person me;
};

/* Before the transaction: who acts.  -1 "not_found" if nobody does. */
int group_change_init(struct group_change *, struct app *, struct arena *,
    uint64_t me, uint64_t conv_id, struct err *);

/* Locks (or only reads) the conversation; may the actor do this there? */
int group_lock(
    struct db *, struct group_change *, enum conversation_action, struct err *);
int group_look(
    struct db *, struct group_change *, enum conversation_action, struct err *);

/* The row and the caller, with no question asked; -1 "not_found". */
int group_load(struct db *, struct group_change *, bool locks, struct err *);

/* Why somebody does not see a conversation: always -1. */
int group_why_not(
    struct app *, struct arena *, uint64_t me, uint64_t conv_id, struct err *);

/* Others in it, their standings complete. */
int group_people(struct db *, const struct group_change *, const uint64_t *ids,
    size_t n, struct group_person *people_r, struct err *);

/* A member: -1 "not_found" if they are none. */
int group_member_load(struct db *, const struct group_change *,
    uint64_t user_id, struct group_person *, struct err *);

/* Runs a body whose context begins with its struct group_change. */
int group_run(struct group_change *,
    int (*body)(struct db *, void *ctx, struct err *), struct err *);

/* Both at once, for a change that needs no preparation. */
int group_perform(struct group_change *, struct app *, struct arena *,
    uint64_t me, uint64_t conv_id,
    int (*body)(struct db *, void *ctx, struct err *), struct err *);

/* All n are still there, and will be until the transaction's end. */
int group_hold(struct db *, struct group_change *, const uint64_t *ids,
    size_t n, struct err *);

/*
 * n people come in: counted, written, told.  action is what the history says;
 * -1 "full": then nobody came in.  The last step of a change.
 */
int group_enter(struct db *, struct group_change *, const uint64_t *ids,
    size_t n, const char *action, struct err *);

/* The group is over: nobody's any more, and they are told. */
int group_end(struct db *, struct group_change *, struct err *);

/* Members changed by so many: counted, and the version stepped.  Not stored. */
void group_step(struct group_change *, int by);

/*
 * What happened, in the history: {"action", "actor", …} with what extra holds
 * (its reference is taken; NULL: nothing).  The row must have been stored.
 */
int group_say(struct db *, struct group_change *, const char *action,
    json_t *extra, struct err *);

/* The same of somebody: "users" names them; 0, or who is gone: nobody. */
int group_say_of(struct db *, struct group_change *, const char *action,
    uint64_t user_id, json_t *extra, struct err *);

/*
 * To open sockets, in order with the group's messages: {"event", "data"} with
 * action and conv_id beside what extra holds (its reference is taken).
 */
int group_tell_members(struct db *, struct group_change *, const char *event,
    const char *action, json_t *extra, struct err *);
int group_tell_user(struct db *, struct group_change *, uint64_t user_id,
    const char *event, const char *action, json_t *extra, struct err *);

/* The same to n users, the frame being one. */
int group_tell_users(struct db *, struct group_change *, const uint64_t *ids,
    size_t n, const char *event, const char *action, json_t *extra,
    struct err *);

/* "member" to those who decide who comes in: what waits outside changed. */
int group_tell_staff(struct db *, struct group_change *, const char *action,
    json_t *extra, struct err *);

/*
 * Holds what is counted of the actor and of n others, ids ascending: see
 * entry_store_hold().
 */
int group_count_hold(struct db *, const struct group_change *,
    const uint64_t *ids, size_t n, struct err *);

/*
 * Invites n people, ids ascending, who may be invited, and are not yet:
 * fate_r[i] becomes ADDITION_INVITED, or tells why that was too much.  See
 * group_invite.c.
 */
int group_invite(struct db *, struct group_change *, const uint64_t *ids,
    size_t n, enum group_addition *fate_r, struct err *);

/* The group is over: nobody waits outside any more, and they are told. */
int group_turn_away(struct db *, struct group_change *, struct err *);

/* How long until more may be invited by who invited too many. */
int group_ration_wait_s(int64_t now_ms);

/* For GET /sync: this member came, went or changed; so for them, too. */
int group_mark_member(
    struct db *, struct group_change *, uint64_t user_id, struct err *);

/* {"id", "display_name"}: how a person is named in the history. */
json_t *group_name_json(struct arena *, const struct user *);

#endif
