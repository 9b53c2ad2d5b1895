/* SPDX-License-Identifier: MIT */
/*
 * deliver_private.h -- What deliver's files share.
 *
 *	deliver.c	   a step: consume, dispatch, finish; its timers
 *	deliver_event.c	   events of the outbox: for whom, and where they are
 *	deliver_lane.c	   keys that wait, with what waits in them
 *	deliver_bucket.c   how fast a key's events go
 *	deliver_dead.c	   events that fail by themselves, and end
 *	deliver_member.c   who is in a conversation, remembered
 *	deliver_node.c	   the nodes, and the message each is about to get
 *	deliver_locate.c   who of many is online where
 *	deliver_lease.c	   whose shards are ours, and what is said for them
 *	deliver_up.c	   what hubs say: acknowledgements, typing
 *	deliver_asked.c	   replays that were asked for, one after another
 *	deliver_replay.c   connecting, and catching up
 *	deliver_news.c	   what is no message, for who may have missed it
 *
 * Who looks how to whom is in deliver_presence.h.
 */
#ifndef PARLEY_DELIVERY_DELIVER_PRIVATE_H
#define PARLEY_DELIVERY_DELIVER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/str.h"
#include "data/bus.h"
#include "delivery/deliver.h"
#include "delivery/event.h"
#include "delivery/node_id.h"
#include "delivery/up.h"
#include "delivery/wire.h"

struct app;
struct arena;
struct asked;
struct lease;
struct map;

enum {
	DELIVER_NODES_MAX = 64,
	DELIVER_MESSAGE_MAX = 262144, /* of a node; then it is sent at once */
	DELIVER_CONTACTS_MAX = 5000,  /* that presence is told to */
	DELIVER_AWAY_MAX = 500,	      /* that are told to be away */
	DELIVER_BEAT_MS = 3000,	      /* a hub misses nothing for longer */
	DELIVER_GONE_MS =
	    30000 /* that a node is missed before it is forgotten */
};

struct node {
	char	      id[NODE_ID_SIZE];
	uint64_t      counter;	  /* of the last message on its channel */
	int64_t	      missing_ms; /* not among the nodes since; 0: it is */
	bool	      is_away;	  /* since the bus was emptied: see below */
	struct strbuf out;	  /* the next one; begun if it has data */
};

/* A user without a device: in a while the contacts are told. */
struct leaver {
	uint64_t	 user_id;
	int64_t		 left_ms, due_ms;
	bool		 is_noted, has_entry;
	struct bus_entry entry; /* done when it is over */
	TAILQ_ENTRY(leaver) by_time;
};

/* An event of the bus that waits here for its turn; its data follow it. */
struct held_event {
	uint64_t	 id;
	struct bus_entry entry;
	STAILQ_ENTRY(held_event) behind;
	char data[];
};

/* A key whose events wait, in order; see deliver_lane.c. */
struct lane {
	uint64_t key;
	STAILQ_HEAD(, held_event) held;
	uint64_t last;	     /* the id of the last one held */
	uint64_t failed;     /* the event that failed last, … */
	unsigned attempts;   /* … how often, … */
	int64_t	 first_ms;   /* … and since when */
	int64_t	 due_ms;     /* not before, by clock_boot_ms() */
	bool	 is_spilled; /* some more wait on the bus */
	TAILQ_ENTRY(lane) next;
};

struct deliver {
	struct app   *app;
	struct bus   *bus;
	struct arena *arena;		 /* of one step */
	uint64_t      epoch;		 /* of this process */
	struct lease *lease[BUS_TOPICS]; /* NULL: all shards are ours */
	bool	      is_emptied; /* the bus was: hubs are to hear of it */
	int64_t	      emptied_us; /* when they last heard of that */
	unsigned      voice;	  /* for which we speak, and its fence */
	uint32_t      fence;
	uint32_t      held[BUS_SHARDS_MAX];  /* the fence of ours; 0: not */
	uint32_t      heard[BUS_SHARDS_MAX]; /* highest fence of a relay */
	struct node   node[DELIVER_NODES_MAX];
	size_t	      nnodes;
	int64_t	      nodes_ms; /* when the nodes were looked at */
	struct map   *members;	/* by conversation; see deliver_member.c */
	size_t	      nmembers; /* users remembered in all of them */
	struct map   *lanes;	/* by key; see deliver_lane.c */
	TAILQ_HEAD(lane_list, lane) waiting;
	size_t	    held_bytes;
	int64_t	    lanes_due_ms; /* the first of them; 0: none */
	bool	    is_dry;	  /* … a lane is that has more on the bus */
	int64_t	    rewound_ms;	  /* when the bus was begun anew for that */
	struct map *buckets;	  /* by key; see deliver_bucket.c */
	int64_t	    rate, burst;
	unsigned    attempts_max;
	size_t	    ndead; /* dead letters, as of dead_ms */
	int64_t	    dead_ms;
	struct map *askers; /* by node and socket; see deliver_asked.c */
	TAILQ_HEAD(asked_list, asked) asking;
	struct map *leavers; /* by user */
	TAILQ_HEAD(leaver_list, leaver) leaving;
	struct map *choosers; /* by user; see deliver_chosen.c */
	TAILQ_HEAD(chooser_list, chooser) choosing;
	int64_t	 offline_ms;
	uint64_t replay_max, replay_newest;
	/* What was handled and is to be finished; see deliver.c. */
	struct bus_entry *done; /* to be reported as done, without data */
	size_t		  ndone, done_cap;
	uint64_t	 *handled; /* outbox rows to be removed */
	size_t		  nhandled, handled_cap;
	int64_t		  finish_ms; /* at the latest; 0: there is nothing */
};

/* -- deliver.c ------------------------------------------------------------- */

/* An entry, a row of the outbox is over: both go a little later, with others.
 */
void deliver_done(struct deliver *, const struct bus_entry *);
void deliver_handled(struct deliver *, uint64_t outbox_id);

/* -- deliver_lease.c ------------------------------------------------------- */

/*
 * Renews, and gives the bus what is ours; nothing may be in hand.  1 if a
 * shard is not ours any more: what is kept of it has to be forgotten.
 */
bool deliver_leases_due(const struct deliver *);
int  deliver_leases(struct deliver *, struct err *);

/*
 * What the bus assigned in its last round is claimed, before we act on it; the
 * same results.
 */
int deliver_claims(struct deliver *, struct err *);

/* May we still act?  0, or -1: everything has to start over. */
int deliver_may_act(const struct deliver *, struct err *);

/* What is told from now on is told for this shard, or (none) for nobody. */
void deliver_speak_for(struct deliver *, enum bus_topic, unsigned shard);
void deliver_speak_for_user(struct deliver *, uint64_t user_id);
void deliver_speak_for_nobody(struct deliver *);

/* Is what hubs say of this user ours? */
bool deliver_owns_user(const struct deliver *, uint64_t user_id);

/* Was it published by a relay whose shard has another owner by now? */
bool deliver_is_stale(struct deliver *, const struct bus_entry *);

/* -- deliver_member.c ------------------------------------------------------ */

struct members {
	uint64_t	version;
	uint64_t	newest; /* the highest of after */
	size_t		n;
	const uint64_t *after; /* what is up to it is from before they came */
	uint64_t	id[];  /* ascending */
};

/* The members at version or later; valid until the next call. */
int  deliver_members(struct deliver *, uint64_t conv_id, uint64_t version,
     const struct members **, struct err *);
bool members_has(const struct members *, uint64_t user_id);

/* Those who were there when seq was said: their ids, of n, and how many. */
size_t members_at(const struct members *, uint64_t seq, uint64_t *ids);
void   deliver_members_free(struct deliver *);

#define MEMBERS_NOW OUTBOX_MEMBERS_NOW /* at whatever version that is */

/* Ids, ascending and each once; returns how many are left. */
size_t ids_sort(uint64_t *, size_t n);

/* The place of an id; -1 if it is not there. */
ptrdiff_t ids_find(const uint64_t *, size_t n, uint64_t id);

/* -- deliver_locate.c ------------------------------------------------------ */

/*
 * Who of n users (ascending, distinct) is on which node: one trip, two for a
 * crowd.  Only who is online is in it.
 */
struct whereabouts {
	const uint64_t *user; /* ascending */
	size_t		n;
	bool	       *is_on; /* node by node, nnodes * n */
};
int deliver_locate(struct deliver *, const uint64_t *users, size_t n,
    struct whereabouts *, struct err *);

/*
 * Where to send something that comes alone: the same, but where a question
 * costs more than to send in vain, who is not online may be in it.
 */
int deliver_address(struct deliver *, const uint64_t *users, size_t n,
    struct whereabouts *, struct err *);

/* -- deliver_node.c -------------------------------------------------------- */

/*
 * Looks at the nodes again; those that died have lost their users.  One that
 * another deliver found dead, or that only an old entry of its hub names, has
 * its place here for DELIVER_GONE_MS more.
 */
int deliver_nodes(struct deliver *, struct err *);

/*
 * Redis was emptied: of the users of each node known nothing is known until
 * its hub announces them.  So long, but not for ever, nobody is told how they
 * look: how long yet, or 0.
 */
void	deliver_nodes_await(struct deliver *);
int64_t deliver_nodes_awaited_ms(const struct deliver *);

/* The node of a name; one that is new to us is taken in.  NULL: too many. */
struct node *deliver_node(struct deliver *, const char *id);
void	     deliver_node_forget(struct deliver *, const char *id);

/* A record without targets to every node: whoever is online gets it. */
int deliver_to_all(struct deliver *, const struct wire_record *, struct err *);

/* A record to each node, for those of its targets who are there. */
int deliver_to_users(struct deliver *, const struct whereabouts *,
    const struct wire_record *, struct err *);
int deliver_to_node(
    struct deliver *, struct node *, const struct wire_record *, struct err *);

/* To these users wherever they are: locates them first. */
int deliver_to(struct deliver *, const uint64_t *users, size_t n,
    const char *frame, size_t len, struct err *);

/* Publishes what each node is about to get. */
int deliver_flush(struct deliver *, struct err *);

/* Looks at the nodes, and publishes to each, if only something empty. */
int deliver_beat(struct deliver *, struct err *);

/* Every hub is to catch up with everything. */
int deliver_resync(struct deliver *, struct err *);

/* -- deliver_event.c ------------------------------------------------------- */

/*
 * Events, in order: what was handled is noted as done.  What waits in lanes
 * and is due comes before them.
 */
int deliver_events(
    struct deliver *, const struct bus_entry *, size_t n, struct err *);

/* -- deliver_lane.c -------------------------------------------------------- */

void deliver_lanes_init(struct deliver *);
void deliver_lanes_free(struct deliver *);

/* The lane of a key, if it has one. */
struct lane *deliver_lane(const struct deliver *, uint64_t key);

/*
 * If the key has to wait, so does this event, behind the others; true if so.
 * An event that waits there already is done with: the one there counts.
 */
bool deliver_lane_joins(
    struct deliver *, const struct delivery_event *, const struct bus_entry *);

/*
 * This event is the first that waits, not before due_ms.  -1: too many wait.
 */
int deliver_lane_wait(struct deliver *, const struct delivery_event *,
    const struct bus_entry *, int64_t due_ms, struct lane **lane_r,
    struct err *);

/* Takes the first out of a lane; its data are the step's.  False: none. */
bool
deliver_lane_next(struct deliver *, struct lane *, struct bus_entry *entry_r);

/* After a look at all that was due: lanes that are over go. */
void deliver_lanes_settle(struct deliver *);

/* The bus hands everything out again: nothing is held, keys wait as before. */
void deliver_lanes_drop(struct deliver *);

/* -- deliver_bucket.c ------------------------------------------------------ */

/*
 * May one more event of this key go now?  Else *due_ms_r says when.
 */
bool deliver_bucket_take(
    struct deliver *, uint64_t key, int64_t now_ms, int64_t *due_ms_r);
void deliver_buckets_free(struct deliver *);

/* -- deliver_dead.c -------------------------------------------------------- */

/*
 * An event failed by itself, for the reason in *e: it waits for another
 * attempt with its key, or becomes a dead letter.  -1: an engine is gone.
 */
int deliver_failed(struct deliver *, const struct delivery_event *,
    const struct bus_entry *, struct err *);

/* Counts the dead letters now and then. */
void deliver_dead_count(struct deliver *);

/* -- deliver_up.c ---------------------------------------------------------- */

/* Entries of `up`, in order: acted upon, and noted as done. */
int
deliver_ups(struct deliver *, const struct bus_entry *, size_t n, struct err *);

/* -- deliver_replay.c ------------------------------------------------------ */

/*
 * Welcomes a socket whose session lives: 1, then its replay may be asked for;
 * 0: it was refused.
 */
int deliver_connect(struct deliver *, const struct up *, struct err *);

/* A piece of a replay; is_new: behind the presence of all contacts. */
int deliver_catch_up(
    struct deliver *, const struct up *, bool is_new, struct err *);

/* -- deliver_asked.c ------------------------------------------------------- */

void deliver_asked_init(struct deliver *);
void deliver_asked_free(struct deliver *);

/* This entry asks for a replay: it gets its turn, and is done then. */
int deliver_ask(struct deliver *, const struct up *, const struct bus_entry *,
    struct err *);

/* Answers as many as there is time for in a step.  Are there more? */
int  deliver_answer(struct deliver *, struct err *);
bool deliver_is_asked(const struct deliver *);

/* The bus hands everything out again: what was asked is forgotten. */
void deliver_asked_drop(struct deliver *);

/* -- deliver_news.c -------------------------------------------------------- */

/* To a socket that may have missed what is no message since up->since_ms. */
int
deliver_news(struct deliver *, struct node *, const struct up *, struct err *);

#endif
